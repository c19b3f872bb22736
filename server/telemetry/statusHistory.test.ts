import assert from 'node:assert/strict';
import test from 'node:test';
import { STATUS_SAMPLES } from '../../protocol/status.ts';
import { createHistory } from './statusHistory.ts';

const READING = { sessions: 2, waiting: 1, workers: 2, memoryBytes: 100 };
const timing = (serverMs: number) => ({ queueMs: 1, decodeMs: 2, inferMs: 3.26, serverMs });

test('a sample has what happened in its interval, and nothing of the one before', () => {
  const history = createHistory();
  for (const ms of [10, 20, 30, 40]) history.labelled(timing(ms));
  history.dropped('stale');
  history.dropped('superseded');
  history.dropped('stale');
  history.sample(READING);
  history.labelled(timing(50));
  history.sample({ ...READING, sessions: 3 });
  history.sample(READING);
  assert.deepEqual(history.since(undefined), {
    first: 0,
    sessions: [2, 3, 2],
    labelled: [4, 1, 0],
    waiting: [1, 1, 1],
    workers: [2, 2, 2],
    memoryBytes: [100, 100, 100],
    ages: {
      queue: { p50: [1, 1, null], p95: [1, 1, null] },
      decode: { p50: [2, 2, null], p95: [2, 2, null] },
      infer: { p50: [3.3, 3.3, null], p95: [3.3, 3.3, null] },
      server: { p50: [20, 50, null], p95: [40, 50, null] },
    },
    drops: { stale: [2, 0, 0], superseded: [1, 0, 0] },
  });
});

test('who has samples gets those after them; who has others, of a server before, gets all', () => {
  const history = createHistory();
  for (let sessions = 0; sessions < 5; sessions++) history.sample({ ...READING, sessions });
  const after = (number: number | undefined) => {
    const { first, sessions } = history.since(number);
    return [first, sessions];
  };
  assert.deepEqual(after(2), [3, [3, 4]]);
  assert.deepEqual(after(4), [5, []]);
  assert.deepEqual(after(5), [0, [0, 1, 2, 3, 4]]);
});

test('the oldest samples go, and numbers stay', () => {
  const history = createHistory();
  for (let sessions = 0; sessions < STATUS_SAMPLES + 7; sessions++) history.sample({ ...READING, sessions });
  const all = history.since(undefined);
  assert.deepEqual([all.first, all.sessions.length, all.sessions[0]], [7, STATUS_SAMPLES, 7]);
  assert.equal(history.since(3).first, 7, 'what is gone cannot be gone on from');
  assert.deepEqual(history.since(STATUS_SAMPLES + 5).sessions, [STATUS_SAMPLES + 6]);
});
