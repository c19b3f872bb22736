import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import type { ServerMessageOf } from '../../protocol/messages.ts';
import { frameOf } from '../testing/media.ts';
import { recordLog } from '../testing/recordedLog.ts';
import { helloStream } from '../testing/streamClient.ts';
import { testServer } from '../testing/testServer.ts';

const NO_STOP = { skip: process.platform === 'win32' && 'has no SIGSTOP' };
/** More than an answer has to be waited for before the usual time of answers is known. */
const FRAMES_TO_KNOW = 8;

/** Two workers, both ready, and a client that has had some answers. */
async function liveServer(t: TestContext) {
  const recorded = recordLog();
  const workers = { count: 2, threads: 1, frameTimeoutMs: 20_000 };
  const server = await testServer(t, { workers }, recorded.log);
  await recorded.nth('worker ready', 2);
  const cat = await frameOf('cat.png');
  const openClient = async () => {
    const client = await helloStream(server.url);
    t.after(() => client.close());
    return () => client.recognize(cat);
  };
  const recognize = await openClient();
  /** Sends frames one after the other until one has labels; resolves with the number that was lost before. */
  const lostUntilLabels = async () => {
    for (let lost = 0; ; lost++) {
      const answer: ServerMessageOf<'labels' | 'dropped'> = await recognize();
      if (answer.type === 'labels') return lost;
      assert.ok(['worker_lost', 'stale'].includes(answer.reason), answer.reason);
    }
  };
  for (let frame = 0; frame < FRAMES_TO_KNOW; frame++) await lostUntilLabels();
  return { ...recorded, server, recognize, openClient, lostUntilLabels };
}

const messagesOf = (lines: readonly { message: string }[]) =>
  lines.map(({ message }) => message).filter((message) => message.startsWith('worker '));

test(
  'a worker that hangs at work costs one frame: others go on, and a new one replaces it',
  NO_STOP,
  async (t) => {
    const { server, lines, nth, recognize, openClient, lostUntilLabels } = await liveServer(t);
    const recognizeToo = await openClient();
    const [stopped, other] = server.workerPids;
    assert.ok(stopped && other);
    const before = lines.length;
    process.kill(stopped, 'SIGSTOP');
    // Two frames at once need both workers. Only where the first had its answer before the second came, neither meets the one that hangs.
    const lost = [];
    while (lost.length === 0) {
      const answers = await Promise.all([recognize(), recognizeToo()]);
      lost.push(...answers.flatMap((answer) => (answer.type === 'dropped' ? [answer.reason] : [])));
    }
    assert.deepEqual(lost, ['worker_lost']);
    assert.equal((await nth('worker is silent', 1)).pid, stopped);
    assert.equal(await lostUntilLabels(), 0, 'the cores of the silent one are free again');
    // Not before it is ready is the silent one ended.
    assert.equal((await nth('worker lost', 1)).pid, stopped);
    const logged = messagesOf(lines.slice(before)).filter((message) => message !== 'worker loads a model');
    assert.deepEqual(logged, ['worker is silent', 'worker ready', 'worker lost']);
    assert.equal(await lostUntilLabels(), 0);
    assert.ok(!server.workerPids.includes(stopped) && server.workerPids.includes(other));
    assert.equal(server.workerPids.length, 2);
  },
);

test(
  'a worker that hangs with nothing to do is detected and replaced before it gets a frame',
  NO_STOP,
  async (t) => {
    const { server, nth, lostUntilLabels } = await liveServer(t);
    const [stopped] = server.workerPids;
    assert.ok(stopped);
    process.kill(stopped, 'SIGSTOP');
    assert.equal((await nth('worker is silent', 1)).pid, stopped);
    assert.equal((await nth('worker lost', 1)).pid, stopped);
    assert.equal((await nth('worker ready', 3)).pid, server.workerPids[0]);
    for (let frame = 0; frame < 4; frame++) assert.equal(await lostUntilLabels(), 0);
  },
);

test(
  'a silent worker that answers after all is given back, and the next one is not needed',
  NO_STOP,
  async (t) => {
    const { server, all, nth, lostUntilLabels } = await liveServer(t);
    const pids = server.workerPids;
    const [stopped] = pids;
    assert.ok(stopped);
    process.kill(stopped, 'SIGSTOP');
    await nth('worker is silent', 1);
    assert.equal(server.workerPids.length, 3, 'the next one is being started');
    process.kill(stopped, 'SIGCONT');
    await nth('worker answered after all', 1);
    for (let frame = 0; frame < 4; frame++) assert.equal(await lostUntilLabels(), 0);
    assert.equal(all('worker lost').length, 0);
    assert.ok(pids.every((pid) => server.workerPids.includes(pid)));
  },
);

test('all workers are killed at once: all are started again at once, on the same connection', async (t) => {
  const { server, all, nth, lostUntilLabels } = await liveServer(t);
  const killed = server.workerPids;
  for (const pid of killed) process.kill(pid, 'SIGKILL');
  await nth('worker lost', 2);
  assert.deepEqual(
    all('worker lost').map(({ delayMs }) => delayMs),
    [0, 0],
  );
  assert.ok((await lostUntilLabels()) <= 2);
  await nth('worker ready', 4);
  assert.ok(killed.every((pid) => !server.workerPids.includes(pid)));
});

test('five kills in a row: each is replaced at once, and the other worker serves all the while', async (t) => {
  const { server, all, nth, lostUntilLabels } = await liveServer(t);
  const [, other] = server.workerPids;
  for (let kill = 1; kill <= 5; kill++) {
    // Whatever stands in the first place: at first one that serves, then one that loads.
    const victim = server.workerPids.find((pid) => pid !== other);
    assert.ok(victim);
    process.kill(victim, 'SIGKILL');
    await nth('worker lost', kill);
    assert.ok((await lostUntilLabels()) <= 1);
  }
  assert.deepEqual(
    all('worker lost').map(({ delayMs }) => delayMs),
    process.platform === 'win32' ? [0, 0, 200, 400, 800] : [0, 0, 0, 0, 0],
  );
  assert.ok(server.workerPids.includes(other ?? 0), 'the other was not touched');
  assert.equal(await lostUntilLabels(), 0);
});

test('a worker that keeps crashing soon after its start is started after growing delays', {
  skip: process.platform === 'win32' && 'has no signals of crashes',
}, async (t) => {
  const { server, all, nth, lostUntilLabels } = await liveServer(t);
  const [, other] = server.workerPids;
  for (let crash = 1; crash <= 3; crash++) {
    await nth('worker ready', crash + 1);
    const victim = server.workerPids.find((pid) => pid !== other);
    assert.ok(victim);
    process.kill(victim, 'SIGSEGV');
    await nth('worker lost', crash);
    assert.ok((await lostUntilLabels()) <= 1);
  }
  assert.deepEqual(
    all('worker lost').map(({ delayMs }) => delayMs),
    [0, 0, 200],
  );
});
