import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { freePort } from '../e2e/harness/freePort.ts';
import { modelsDirectory } from './testing/modelFixtures.ts';
import { startNats, whyNoNats } from './testing/natsServer.ts';
import { spawnServerProcess } from './testing/serverProcess.ts';

const skip = whyNoNats() ?? false;
const WAITING = 'waiting for NATS: it is tried until it is there';

/** A gateway or a worker that finds no NATS at this address, and waits for it. */
async function startWaiting(t: TestContext, role: 'serve' | 'worker', queue: string) {
  const port = await freePort();
  const modelsDir = role === 'serve' ? { MODELS_DIR: await modelsDirectory(t) } : undefined;
  let isTold = () => {};
  const waits = new Promise<void>((resolve) => {
    isTold = resolve;
  });
  const process = await spawnServerProcess(t, {
    args: [role],
    env: { QUEUE: queue, PORT: String(port), HOST: '127.0.0.1', WORKERS: '1', PLATFORM: '0', ...modelsDir },
    onLog: ({ msg }) => msg === WAITING && isTold(),
  });
  await Promise.race([waits, process.ready]);
  assert.ok(process.log.some(({ msg }) => msg === WAITING));
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: response.status, text: await response.text() };
  };
  return { ...process, ask };
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
  const page = await gateway.ask('/');
  assert.deepEqual([page.status, JSON.parse(page.text).error.code], [503, 'not_ready']);
  await nats.start();
  await Promise.all(all.map(({ ready }) => ready));
  for (const { ask, log } of all) {
    assert.equal((await ask('/readyz')).status, 200);
    assert.equal(log.filter(({ msg }) => msg === WAITING).length, 1);
  }
  assert.equal((await gateway.ask('/')).status, 200);
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
