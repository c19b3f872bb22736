import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseReader, judgeReadback, probePixels, type Readback } from './readback.ts';

const DRAWN = probePixels();
const TRUE: Readback = { kind: 'true' };
const FALSE: Readback = { kind: 'false', meanDifference: 80, pattern: 'few-colours' };
const FAINT: Readback = { kind: 'faint', meanDifference: 1 };

/** The test picture with each level changed; a different fourth byte does not count. */
const changed = (change: (level: number, at: number) => number) =>
  DRAWN.map((level, at) => (at % 4 === 3 ? at % 256 : change(level, at)));

test('what was drawn is true, whatever the fourth byte is', () => {
  assert.deepEqual(
    judgeReadback(
      DRAWN,
      changed((level) => level),
    ),
    TRUE,
  );
});

test('a level more or less, here and there or everywhere, is faint', () => {
  for (const every of [1, 7, 400]) {
    const read = judgeReadback(
      DRAWN,
      changed((level, at) => (at % every === 0 ? level ^ 1 : level)),
    );
    assert.equal(read.kind, 'faint', `every ${every}`);
  }
});

test('noise of eight colours, as Firefox gives it, is false', () => {
  const colours = [211, 13, 94, 170, 251, 60, 133, 8];
  const read = judgeReadback(
    DRAWN,
    changed((_, at) => colours[(at >> 2) % 8] ?? 0),
  );
  assert.ok(read.kind === 'false' && read.pattern === 'few-colours' && read.meanDifference > 40);
});

test('white, black and nothing at all are one colour', () => {
  for (const level of [255, 0]) {
    const read = judgeReadback(
      DRAWN,
      changed(() => level),
    );
    assert.ok(read.kind === 'false' && read.pattern === 'one-colour');
  }
  const nothing = judgeReadback(DRAWN, []);
  assert.ok(nothing.kind === 'false' && nothing.pattern === 'one-colour');
});

test('noise of many colours, and another picture, are false', () => {
  const inverted = judgeReadback(
    DRAWN,
    changed((level) => 255 - level),
  );
  assert.ok(inverted.kind === 'false' && inverted.pattern === 'noise');
});

test('the usual way wherever it does no harm; else a frame of the video; else none', () => {
  const cases: [Readback, Readback | undefined, Readback | undefined, string][] = [
    [TRUE, TRUE, undefined, 'canvas'],
    [FAINT, FAINT, undefined, 'canvas'],
    // The pixels are true, the JPEG is not.
    [TRUE, FALSE, undefined, 'none'],
    [TRUE, FALSE, TRUE, 'video-frame'],
    [FALSE, undefined, TRUE, 'video-frame'],
    [FALSE, undefined, FAINT, 'video-frame'],
    [FALSE, undefined, FALSE, 'none'],
    [FALSE, undefined, undefined, 'none'],
  ];
  for (const [canvas, jpeg, videoFrame, expected] of cases) {
    assert.equal(chooseReader(canvas, jpeg, videoFrame), expected);
  }
});
