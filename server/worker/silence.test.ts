import assert from 'node:assert/strict';
import test from 'node:test';
import { cameInTime, judgeSilence, type Silence } from './silence.ts';

const SILENT: Silence = {
  nowMs: 1_400,
  sinceMs: 1_000,
  limitMs: 400,
  ceilingMs: 5_000,
  dueAtMs: 1_400,
  othersAnsweredAtMs: 1_200,
  heldUp: 0,
};

test('a worker that is silent for its usual time while another answers is considered silent', () => {
  assert.deepEqual(judgeSilence(SILENT), { kind: 'silent' });
});

test('while no other answers either, it gets twice its usual time', () => {
  const alone = { ...SILENT, othersAnsweredAtMs: 900 };
  assert.deepEqual(judgeSilence(alone), { kind: 'wait', ms: 400, heldUp: 0 });
  assert.deepEqual(judgeSilence({ ...alone, nowMs: 1_800, dueAtMs: 1_800 }), { kind: 'silent' });
  assert.deepEqual(judgeSilence({ ...alone, ceilingMs: 400 }), { kind: 'silent' });
});

test('a process that was held up judges once more, so that an answer in the pipe can be read, but not forever', () => {
  const late = { ...SILENT, nowMs: 1_600 };
  assert.deepEqual(judgeSilence(late), { kind: 'wait', ms: 200, heldUp: 1 });
  assert.deepEqual(judgeSilence({ ...late, nowMs: 90_000 }), { kind: 'wait', ms: 500, heldUp: 1 });
  assert.deepEqual(judgeSilence({ ...late, heldUp: 5 }), { kind: 'silent' });
});

test('an answer that arrived while this process was held up is not overlooked', async () => {
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const nowMs = () => performance.now();
  const came = cameInTime(answered, { limitMs: 10, ceilingMs: 5_000, nowMs, othersAnsweredAtMs: nowMs });
  // The answer is there before the timer is due, and both are seen only after the loop was free again.
  setImmediate(answer);
  const until = nowMs() + 120;
  while (nowMs() < until) {
    // This process is held up.
  }
  assert.equal(await came, true);
});

test('a worker that never answers is considered silent', async () => {
  const nowMs = () => performance.now();
  assert.equal(
    await cameInTime(new Promise(() => {}), {
      limitMs: 5,
      ceilingMs: 5_000,
      nowMs,
      othersAnsweredAtMs: nowMs,
    }),
    false,
  );
});
