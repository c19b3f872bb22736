import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FramesInFlight } from './framesInFlight.ts';
import { WELCOME } from './welcomeFixture.ts';

const SOCKET = { isOpen: true, bufferedBytes: 0, send() {}, sendFrame: () => 100, abandon() {} };
const IMAGE = new Uint8Array([255, 216, 1, 2]);

/** As many credits, and a clock that is set by hand. */
function framesWith(credits: number) {
  const clock = { nowMs: 0 };
  const frames = new FramesInFlight<string>(() => clock.nowMs);
  frames.opened({ ...WELCOME, credits });
  const send = (modelIndex = 0) => frames.send({ image: IMAGE, format: 'jpeg', modelIndex }, SOCKET)?.seq;
  const drop = (seq = 0) => frames.answered({ type: 'dropped', seq, reason: 'stale' });
  return { clock, frames, send, drop };
}

test('a frame spends a credit and its answer gives it back', () => {
  const { frames, send, drop } = framesWith(2);
  const first = send();
  assert.ok(send());
  assert.equal(frames.hasCredit, false);
  assert.equal(send(), undefined);
  assert.equal(drop(first)?.sent.seq, first);
  assert.equal(frames.hasCredit, true);
});

test('an answer that was not asked for, or comes twice, gives no credit', () => {
  const { frames, send, drop } = framesWith(1);
  assert.equal(drop(9), undefined);
  const seq = send();
  drop(seq);
  send();
  assert.equal(drop(seq), undefined);
  assert.equal(frames.count, 1);
});

test('a new socket begins with all credits', () => {
  const { frames, send } = framesWith(1);
  send();
  frames.opened({ ...WELCOME, credits: 1 });
  assert.deepEqual([frames.count, frames.hasCredit, frames.oldestWaitMs], [0, true, undefined]);
});

test('frames of secondary models are counted among those in flight', () => {
  const { frames, send, drop } = framesWith(3);
  send();
  const secondary = send(1);
  assert.deepEqual([frames.count, frames.secondaryCount], [2, 1]);
  drop(secondary);
  assert.deepEqual([frames.count, frames.secondaryCount], [1, 0]);
});

test('the oldest unanswered frame is known, out of order answers or not', () => {
  const { clock, frames, send, drop } = framesWith(3);
  assert.equal(frames.oldestWaitMs, undefined);
  const sent = [100, 200, 300].map((atMs) => {
    clock.nowMs = atMs;
    return send();
  });
  clock.nowMs = 1_000;
  drop(sent[1]);
  assert.equal(frames.oldestWaitMs, 900);
  drop(sent[0]);
  assert.equal(frames.oldestWaitMs, 700);
});

test('an answer is late after 4 s, and after twice that once it was; one that comes makes it 4 s again', () => {
  const { clock, frames, send, drop } = framesWith(1);
  const lateAfterMs = () => {
    frames.opened({ ...WELCOME, credits: 1 });
    const startMs = clock.nowMs;
    send();
    while (!frames.noteLate()) clock.nowMs += 500;
    return clock.nowMs - startMs;
  };
  assert.deepEqual(
    [lateAfterMs(), lateAfterMs(), lateAfterMs(), lateAfterMs()],
    [4000, 8000, 16_000, 16_000],
  );
  frames.opened({ ...WELCOME, credits: 1 });
  drop(send());
  assert.equal(lateAfterMs(), 4000);
});
