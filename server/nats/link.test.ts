import assert from 'node:assert/strict';
import test from 'node:test';
import { StorageType } from '@nats-io/jetstream';
import { freePort } from '../../e2e/harness/freePort.ts';
import { startNats, startNatsCluster, whyNoNats } from '../testing/natsServer.ts';
import { SILENT_LOG } from '../testing/silentLog.ts';
import { connectNats, type NatsOptions } from './link.ts';

const skip = whyNoNats();
const options = (url: string, more: Partial<NatsOptions> = {}): NatsOptions => ({
  urls: url.split(','),
  name: 'tests',
  clientName: 'test',
  ...more,
});

test('an address that is none, and a server that is not there, are said in words without secrets', async () => {
  await assert.rejects(connectNats(options('http://user:secret@host'), SILENT_LOG), (error: Error) => {
    assert.match(error.message, /^"http:\/\/host" is no address of NATS. Write nats:/);
    return true;
  });
  const port = await freePort();
  await assert.rejects(
    connectNats(options(`nats://user:secret@127.0.0.1:${port}`), SILENT_LOG),
    (error: Error) => {
      assert.match(error.message, /^NATS cannot be reached at nats:\/\/127\.0\.0\.1:\d+: connection refused/);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    },
  );
});

test('a file that cannot be read is named', async () => {
  const broken = connectNats(
    options('nats://127.0.0.1:1', { credentialsFile: '/nowhere/to.creds' }),
    SILENT_LOG,
  );
  await assert.rejects(broken, /The credentials for NATS cannot be read: .*\/nowhere\/to\.creds/);
});

test('who is not let in hears it; a user and a token are let in', {
  skip,
}, async (t) => {
  const { url } = await startNats(t, ['--user', 'lens', '--pass', 'p@ss']);
  await assert.rejects(
    connectNats(options(url), SILENT_LOG),
    /refused this process: .*Give it the user and password/,
  );
  const link = await connectNats(options(url, { user: 'lens', password: 'p@ss' }), SILENT_LOG);
  assert.equal(link.maxPayload, 1_048_576);
  await link.close();
  const { url: other } = await startNats(t, ['--auth', 'word']);
  await (await connectNats(options(other, { token: 'word' }), SILENT_LOG)).close();
});

test('a server without TLS is named where TLS is asked for', { skip }, async (t) => {
  const { url } = await startNats(t);
  await assert.rejects(
    connectNats(options(url.replace('nats:', 'tls:')), SILENT_LOG),
    /No secure connection to NATS at tls:/,
  );
});

test('a stream is made once by many, and again when the server came back without it', { skip }, async (t) => {
  const server = await startNats(t);
  const link = await connectNats(options(server.url), SILENT_LOG);
  t.after(() => link.close());
  const config = { name: 'tests_A', subjects: ['tests.a'], storage: StorageType.Memory };
  await Promise.all([link.ensureStream(config), link.ensureStream(config), link.ensureStream(config)]);
  assert.equal((await link.manager.streams.info('tests_A')).config.num_replicas, 1);
  await link.ensureStream({ ...config, subjects: ['tests.a', 'tests.b'] });

  const changes: boolean[] = [];
  const isBack = new Promise<void>((resolve) => {
    link.onChange((isConnected) => {
      changes.push(isConnected);
      if (isConnected) resolve();
    });
  });
  await server.kill();
  await server.start();
  await isBack;
  assert.deepEqual(changes, [false, true]);
  assert.equal(link.isConnected, true);
  await link.ensureStream(config);
  assert.deepEqual((await link.manager.streams.info('tests_A')).config.subjects, ['tests.a']);
});

test('in a cluster of three a stream has three copies', { skip }, async (t) => {
  const servers = await startNatsCluster(t);
  const link = await connectNats(options(servers.map(({ url }) => url).join(',')), SILENT_LOG);
  t.after(() => link.close());
  await link.ensureStream({ name: 'tests_A', subjects: ['tests.a'], storage: StorageType.Memory });
  assert.equal((await link.manager.streams.info('tests_A')).config.num_replicas, 3);
});
