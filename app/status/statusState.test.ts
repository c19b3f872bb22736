import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ServerStatus, STATUS_SAMPLES } from '../../protocol/status.ts';
import { lastSample, mergeStatus, recentMean } from './statusState.ts';

/** An answer with samples from `first` on, whose sessions are their numbers. */
function answer(first: number, count: number, more: Partial<ServerStatus> = {}): ServerStatus {
  const numbers = Array.from({ length: count }, (_, index) => first + index);
  const ages = { p50: numbers, p95: numbers.map(() => null) };
  return {
    nowMs: 5,
    startedAtMs: 1,
    sessions: 0,
    maxSessions: 9,
    waitingFrames: 0,
    restarts: 0,
    serverMemoryBytes: 0,
    workers: [],
    models: [],
    history: {
      first,
      sessions: numbers,
      labelled: numbers,
      waiting: numbers,
      workers: numbers,
      memoryBytes: numbers,
      ages: { queue: ages, decode: ages, infer: ages, server: ages },
      drops: {},
    },
    ...more,
  };
}

test('new samples are put after the old ones; a reason that comes up has had none before', () => {
  const next = answer(3, 2);
  next.history.drops = { stale: [0, 7] };
  const { history } = mergeStatus(answer(0, 3), next);
  assert.deepEqual(history.sessions, [0, 1, 2, 3, 4]);
  assert.deepEqual(history.ages.infer.p50, [0, 1, 2, 3, 4]);
  assert.deepEqual(history.drops, { stale: [0, 0, 0, 0, 7] });
  const later = mergeStatus({ ...next, history }, answer(5, 1));
  assert.deepEqual(later.history.drops, { stale: [0, 0, 0, 0, 7, 0] });
  assert.equal(lastSample(later), 5);
});

test('only as many samples as the server keeps; of another server, or after a gap, only the new ones', () => {
  const merged = mergeStatus(answer(0, STATUS_SAMPLES), answer(STATUS_SAMPLES, 4));
  assert.equal(merged.history.sessions.length, STATUS_SAMPLES);
  assert.deepEqual([merged.history.first, merged.history.sessions[0]], [4, 4]);
  const restarted = answer(0, 2, { startedAtMs: 2 });
  assert.equal(mergeStatus(merged, restarted), restarted);
  const afterGap = answer(900, STATUS_SAMPLES);
  assert.equal(mergeStatus(merged, afterGap), afterGap);
  assert.equal(lastSample(answer(0, 0)), undefined);
});

test('the mean of the last values leaves out those that are not known', () => {
  assert.equal(recentMean([100, 1, null, 3], 3), 2);
  assert.equal(recentMean([null, null]), undefined);
});
