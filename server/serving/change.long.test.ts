import assert from 'node:assert/strict';
import { rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { frameOf } from '../testing/media.ts';
import { addColourModel, modelsDirectory } from '../testing/modelFixtures.ts';
import { recordLog } from '../testing/recordedLog.ts';
import { helloStream } from '../testing/streamClient.ts';
import { testServer } from '../testing/testServer.ts';

const LOADS = 'worker loads a model';
const cup = await frameOf('cup.png');

/** A server with two workers that are ready, and what its log says from then on. */
async function openServer(t: TestContext) {
  const modelsDir = await modelsDirectory(t);
  const recorded = recordLog();
  const models = { maxMemoryBytes: Number.POSITIVE_INFINITY, maxSlowdown: 1_000 };
  const workers = { count: 2, threads: 1, frameTimeoutMs: 20_000 };
  const server = await testServer(t, { modelsDir, models, workers }, recorded.log);
  await recorded.nth('worker ready', 2);
  const before = recorded.all(LOADS).length;
  /** Which models were loaded since then, and by whom. */
  const loads = () => recorded.all(LOADS).slice(before);
  const pidsOf = (model: string) => loads().flatMap((load) => (load.model === model ? Number(load.pid) : []));
  /** Whether frames of this model are answered. */
  const answers = async (model: string) => {
    const stream = await helloStream(server.url);
    stream.send({ type: 'configure', model });
    const answer = await stream.recognize(cup);
    await stream.close();
    return answer.type === 'labels' && answer.model.startsWith(`${model}@`);
  };
  const colours = path.join(modelsDir, 'colours');
  const addColours = () => addColourModel(modelsDir, 'image-classification');
  return { ...recorded, modelsDir, server, loads, pidsOf, answers, colours, addColours };
}

test('a model that comes or goes is the only one that is loaded, by the workers that are there', async (t) => {
  const { server, nth, loads, pidsOf, answers, colours, addColours } = await openServer(t);
  const pids = [...server.workerPids];
  await addColours();
  await nth('model is live', 1);
  // One process proves it; then each worker loads it.
  assert.deepEqual(
    loads().map(({ model }) => model),
    ['colours', 'colours', 'colours'],
  );
  assert.deepEqual(pidsOf('colours').slice(1).sort(), [...pids].sort());
  assert.deepEqual(server.workerPids, pids);
  assert.ok(await answers('colours'));

  await rm(colours, { recursive: true });
  await nth('model is gone', 1);
  assert.deepEqual([loads().length, server.workerPids], [3, pids]);
  assert.ok(await answers('coco-ssd'));
});

test('a model that ends the process that proves it never reaches a worker that serves', async (t) => {
  const { server, nth, on, all, answers, addColours } = await openServer(t);
  const pids = [...server.workerPids];
  on(LOADS, ({ pid }) => process.kill(Number(pid), 'SIGKILL'));
  await addColours();
  const { why } = await nth('model version refused', 1);
  assert.match(String(why), /The worker ended while it loaded this model: signal SIGKILL/);
  assert.deepEqual(server.workerPids, pids);
  assert.deepEqual(all('worker lost'), []);
  assert.ok(await answers('coco-ssd'));
});

test('one kill while a model is loaded does not refuse it, in the process that proves it or in a worker', async (t) => {
  for (const loadsBefore of [0, 1]) {
    const { server, on, all, nth, answers, addColours } = await openServer(t);
    let loads = 0;
    on(LOADS, ({ pid, model }) => {
      if (model === 'colours' && loads++ === loadsBefore) process.kill(Number(pid), 'SIGKILL');
    });
    await addColours();
    const refused = nth('model version refused', 1).then(({ why }) => assert.fail(String(why)));
    await Promise.race([nth('model is live', 1), refused]);
    assert.ok(loads > loadsBefore);
    assert.ok(await answers('colours'));
    assert.deepEqual(all('model version refused'), []);
    await server.close();
  }
});

test('workers that end over a model that was proven take the change back, and come back without it', async (t) => {
  const { server, nth, on, pidsOf, answers, colours, addColours } = await openServer(t);
  const [first, second] = server.workerPids;
  const spared = new Set<unknown>([first]);
  const stopKilling = on(LOADS, ({ pid, model }) => {
    if (model !== 'colours') return;
    // The first that loads it is the one that proves it.
    if (spared.size === 1) spared.add(pid);
    if (!spared.has(pid)) process.kill(Number(pid), 'SIGKILL');
  });
  await addColours();
  const { why } = await nth('model version refused', 1);
  stopKilling();
  assert.match(String(why), /The worker ended while it loaded this model: signal SIGKILL/);
  // The two, the one that proved it, one that it ended as well, and one that it did not.
  await nth('worker ready', 5);
  assert.equal(server.workerPids.length, 2);
  assert.ok(server.workerPids.includes(first ?? 0) && !server.workerPids.includes(second ?? 0));
  assert.ok(!pidsOf('colours').includes(server.workerPids.find((pid) => pid !== first) ?? 0));
  assert.ok(await answers('coco-ssd'));

  // A second check kills no process.
  const now = new Date();
  await utimes(path.join(colours, 'manifest.json'), now, now);
  await nth('model is live', 1);
  assert.ok(await answers('colours'));
});

const NO_STOP = { skip: process.platform === 'win32' && 'has no SIGSTOP' };
test(
  'a worker that starts during a change holds the new model, too, before it gets a frame',
  NO_STOP,
  async (t) => {
    const { server, nth, on, all, pidsOf, answers, addColours } = await openServer(t);
    const [first = 0] = server.workerPids;
    const proving = new Promise<number>((resolve) => {
      const stopListening = on(LOADS, ({ model, pid }) => {
        if (model !== 'colours') return;
        stopListening();
        process.kill(Number(pid), 'SIGSTOP');
        resolve(Number(pid));
      });
    });
    await addColours();
    const candidate = await proving;
    process.kill(first, 'SIGKILL');
    await nth('worker lost', 1);
    process.kill(candidate, 'SIGCONT');
    await nth('model is live', 1);
    await nth('worker ready', 4);
    assert.equal(server.workerPids.length, 2);
    const lacksIt = () => server.workerPids.some((pid) => !pidsOf('colours').includes(pid));
    while (lacksIt()) await nth(LOADS, all(LOADS).length + 1);
    for (let look = 0; look < 4; look++) assert.ok(await answers('colours'));
  },
);

test(
  'a worker that stood still during a change, and answers after all, holds the new model before it gets a frame',
  NO_STOP,
  async (t) => {
    const { server, nth, on, answers, addColours } = await openServer(t);
    const [first = 0, second = 0] = server.workerPids;
    process.kill(second, 'SIGSTOP');
    const stopListening = on(LOADS, ({ pid, model }) => {
      // The worker that is to take its place does not get ready either. On a busy machine the process that proves the
      // new model may be quicker, and is left alone.
      if (model !== 'coco-ssd') return;
      stopListening();
      process.kill(Number(pid), 'SIGSTOP');
    });
    assert.equal((await nth('worker is silent', 1)).pid, second);
    await addColours();
    await nth('model is live', 1);
    process.kill(second, 'SIGCONT');
    await nth('worker answered after all', 1);
    process.kill(first, 'SIGKILL');
    await nth('worker lost', 1);
    assert.ok(await answers('colours'));
    assert.ok(server.workerPids.includes(second));
  },
);
