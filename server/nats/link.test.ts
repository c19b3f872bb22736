import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { StorageType } from '@nats-io/jetstream';
import { freePort } from '../../e2e/harness/freePort.ts';
import { startNats, startNatsCluster, whyNoNats } from '../testing/natsServer.ts';
import { recordLog } from '../testing/recordedLog.ts';
import { SILENT_LOG } from '../testing/silentLog.ts';
import type { NatsOptions } from './connection.ts';
import { connectNats } from './link.ts';

const skip = whyNoNats();
const OTHER_REASON = 'still waiting for NATS, for another reason';
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

test('who waits for a server that is not there yet says so once, however often it is tried, and is let in when it comes', {
  skip,
}, async (t) => {
  const nats = await startNats(t);
  await nats.kill();
  // In its place something that counts attempts, and refuses them.
  let attempts = 0;
  const refusing = createServer((socket) => {
    attempts += 1;
    if (attempts === 3) refusing.close(() => void nats.start());
    socket.destroy();
  });
  refusing.listen(nats.port, '127.0.0.1');
  await once(refusing, 'listening');
  const { log, all } = recordLog();
  let began = 0;
  const wait = {
    signal: new AbortController().signal,
    began() {
      began += 1;
    },
  };
  const link = await connectNats(options(nats.url), log, wait);
  t.after(() => link.close());
  assert.ok(attempts >= 3);
  assert.equal(began, 1);
  const [line, ...others] = all('waiting for NATS: it is tried until it is there');
  assert.match(String(line?.why), /^NATS cannot be reached at nats:\/\/127\.0\.0\.1:\d+: /);
  assert.deepEqual(others, []);
  assert.equal(all('NATS is there').length, 1);
});

test('who waits says once more why, when the reason changes', async (t) => {
  const refusing = createServer((socket) => socket.destroy());
  refusing.listen(0, '127.0.0.1');
  await once(refusing, 'listening');
  const { port } = refusing.address() as AddressInfo;
  const { log, nth, all } = recordLog();
  const stop = new AbortController();
  t.after(() => refusing.close());
  const waiting = connectNats(options(`nats://127.0.0.1:${port}`), log, { signal: stop.signal });
  waiting.catch(() => {});
  await nth('waiting for NATS: it is tried until it is there', 1);
  refusing.close();
  assert.match(String((await nth(OTHER_REASON, 1)).why), /connection refused/);
  stop.abort(new Error('stopped'));
  await assert.rejects(waiting, /^Error: stopped$/);
  assert.equal(all(OTHER_REASON).length, 1);
});

test('waiting ends when it is given up, and never begins where a server refuses or the address is wrong', {
  skip,
}, async (t) => {
  const gone = await startNats(t);
  await gone.kill();
  const stop = new AbortController();
  const waiting = connectNats(options(gone.url), SILENT_LOG, {
    signal: stop.signal,
    began: () => stop.abort(new Error('stopped')),
  });
  await assert.rejects(waiting, /^Error: stopped$/);

  const wait = { signal: new AbortController().signal, began: () => assert.fail('it waits') };
  await assert.rejects(connectNats(options('http://host'), SILENT_LOG, wait), /is no address of NATS/);
  const { url } = await startNats(t, ['--user', 'lens', '--pass', 'p@ss']);
  await assert.rejects(connectNats(options(url), SILENT_LOG, wait), /refused this process/);
  const folder = await mkdtemp(path.join(tmpdir(), 'livelens-nats-'));
  t.after(() => rm(folder, { recursive: true }));
  const credentialsFile = path.join(folder, 'broken.creds');
  await writeFile(credentialsFile, 'no credentials');
  await assert.rejects(
    connectNats(options(gone.url, { credentialsFile }), SILENT_LOG, wait),
    /The credentials for NATS in .*broken\.creds cannot be used: unable to parse credentials\. Make the file again/,
  );
  const web = createServer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  web.listen(0, '127.0.0.1');
  t.after(() => web.close());
  await once(web, 'listening');
  const { port } = web.address() as AddressInfo;
  await assert.rejects(
    connectNats(options(`nats://127.0.0.1:${port}`), SILENT_LOG, wait),
    /^Error: NATS at .* cannot be used: unexpected response from server\. Check that nats-server runs there/,
  );
  const file = path.join(folder, 'nats.conf');
  const permissions = '{ publish: { deny: "$JS.>" } }';
  await writeFile(
    file,
    `authorization { users: [{ user: lens, password: word, permissions: ${permissions} }] }`,
  );
  const strict = await startNats(t, ['-c', file]);
  const user = { user: 'lens', password: 'word' };
  await assert.rejects(
    connectNats(options(strict.url, user), SILENT_LOG, wait),
    /has no JetStream for this process/,
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
