import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import test, { type TestContext } from 'node:test';
import { freePort } from '../e2e/harness/freePort.ts';
import { modelsDirectory } from './testing/modelFixtures.ts';
import { startNats, startNatsCluster, whyNoNats } from './testing/natsServer.ts';
import { spawnServerProcess } from './testing/serverProcess.ts';

const skip = whyNoNats() ?? false;
const WAITING = 'waiting for NATS: it is tried until it is there';

/** A gateway or a worker that finds no NATS at this address, and waits for it. */
async function startWaiting(t: TestContext, role: 'serve' | 'worker', queue: string) {
  const port = await freePort();
  const modelsDir = role === 'serve' ? { MODELS_DIR: await modelsDirectory(t) } : undefined;
  const lines = new EventEmitter();
  const process = await spawnServerProcess(t, {
    args: [role],
    env: {
      QUEUE: queue,
      PORT: String(port),
      HOST: '127.0.0.1',
      WORKERS: '1',
      PLATFORM: '0',
      CONTRACTS: 'all',
      ...modelsDir,
    },
    onLog: () => void lines.emit('line'),
  });
  const ended = process.exited.then(() => process.ready);
  ended.catch(() => {});
  /** Waits until the log has it. Rejects where the process ends instead. */
  async function logged(begin: string): Promise<void> {
    while (!process.log.some(({ msg }) => msg.startsWith(begin)))
      await Promise.race([once(lines, 'line'), ended]);
  }
  await logged(WAITING);
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: response.status, text: await response.text() };
  };
  return { ...process, ask, logged };
}

test('a gateway and a worker that start before NATS run, are not ready, and serve when it comes', {
  skip,
}, async (t) => {
  const nats = await startNats(t);
  await nats.kill();
  const all = await Promise.all([startWaiting(t, 'serve', nats.url), startWaiting(t, 'worker', nats.url)]);
  for (const { ask } of all) {
    assert.equal((await ask('/livez')).status, 200);
    assert.deepEqual(await ask('/readyz'), { status: 503, text: '{"ready":false,"models":[]}' });
  }
  const [gateway] = all;
  const page = await gateway.ask('/lens');
  assert.deepEqual([page.status, JSON.parse(page.text).error.code], [503, 'not_ready']);
  // Platforms that ask whether it is alive, by contracts that are on; of others they ask whether it is ready.
  assert.deepEqual(await gateway.ask('/v2/health/live'), { status: 200, text: '{"live":true}' });
  assert.deepEqual(await gateway.ask('/'), { status: 200, text: 'Healthy' });
  for (const path of ['/v2/health/ready', '/ping', '/health'])
    assert.equal((await gateway.ask(path)).status, 503, path);
  await nats.start();
  await Promise.all(all.map(({ ready }) => ready));
  for (const { ask, log } of all) {
    assert.equal((await ask('/readyz')).status, 200);
    assert.equal(log.filter(({ msg }) => msg === WAITING).length, 1);
  }
  assert.equal((await gateway.ask('/')).status, 200);
});

test('a gateway that waits for NATS and then for JetStream answers probes meanwhile, and its page when both are there', {
  skip,
}, async (t) => {
  const [first, ...others] = await startNatsCluster(t);
  assert.ok(first);
  await Promise.all([first, ...others].map(({ kill }) => kill()));
  const { ask, logged, ready } = await startWaiting(t, 'serve', first.url);
  ready.catch(() => {});
  await first.start();
  await logged('waiting for JetStream');
  assert.equal((await ask('/livez')).status, 200);
  await Promise.all(others.map(({ start }) => start()));
  await logged('listening');
  assert.equal((await ask('/')).status, 200);
});

for (const role of ['serve', 'worker'] as const) {
  test(`"${role}" that waits for NATS stops when it is asked to`, { skip }, async (t) => {
    const nats = await startNats(t);
    await nats.kill();
    const { child, exited, ready } = await startWaiting(t, role, nats.url);
    ready.catch(() => {});
    child.kill('SIGTERM');
    assert.deepEqual(await exited, [0, null]);
  });

  test(`"${role}" ends at once where NATS refuses it, with what to do`, { skip }, async (t) => {
    const { url } = await startNats(t, ['--user', 'lens', '--pass', 'word']);
    await assert.rejects(
      startWaiting(t, role, url),
      /livelens: NATS at .* refused this process: .*Give it the user/,
    );
  });
}
