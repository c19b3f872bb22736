import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FrameLabels } from '../recognizers/recognizer.ts';
import { FlashMeter } from './flashMeter.ts';

/** The server's clock is this far ahead of the page's. */
const OFFSET_MS = 1_700_000_000_123;
const codeAt = (pageMs: number, picture = 0) => ({ clockMs: (pageMs + OFFSET_MS) % 65_536, picture });

function labelsOf(capturedAtMs: number, ...names: string[]): FrameLabels {
  return {
    backend: 'server',
    modelIndex: 0,
    session: 's',
    capturedAtMs,
    maxLabelAgeMs: 1_000,
    labels: names.map((label, id) => ({ id, label, score: 0.9 })),
    trace: {
      capturedAtMs,
      grabbedAtMs: capturedAtMs + 1,
      sentAtMs: capturedAtMs + 5,
      arrivedAtMs: capturedAtMs + 40,
      timing: { queueMs: 1, decodeMs: 3, inferMs: 20, serverMs: 25 },
      link: { uplinkMs: 5, downlinkMs: 5 },
    },
  };
}

const meterFor = (names: readonly string[], known: readonly string[] = names) =>
  new FlashMeter({
    names,
    serverOffsetMs: () => OFFSET_MS,
    canName: (name) => known.includes(name),
  });

test('a flash is measured from its drawing to the drawing of its name', () => {
  const meter = meterFor(['cat', 'cup']);
  meter.saw(1_030, codeAt(1_000, 1));
  meter.saw(1_063, codeAt(1_000, 1));
  assert.equal(meter.drew(labelsOf(1_030, 'cat'), 1_080), undefined, 'still the name of the photo before');
  const sample = meter.drew(labelsOf(1_063, 'cat', 'cup'), 1_110);
  assert.ok(sample);
  const { split, backend, ...times } = sample;
  assert.equal(backend, 'server');
  assert.deepEqual(times, {
    flashedAtMs: 1_000,
    seenAtMs: 1_030,
    firstCapturedAtMs: 1_030,
    capturedAtMs: 1_063,
    drawnAtMs: 1_110,
  });
  assert.equal(split.infer, 20);
  assert.equal(split.draw, 7);
  assert.equal(meter.drew(labelsOf(1_063, 'cup'), 1_140), undefined, 'each flash counts once');
});

test('labels that come after the next flash still belong to theirs', () => {
  const meter = meterFor(['cat', 'cup']);
  meter.saw(100, codeAt(80, 0));
  meter.saw(700, codeAt(680, 1));
  assert.equal(meter.drew(labelsOf(100, 'cat'), 720)?.seenAtMs, 100);
  assert.equal(meter.drew(labelsOf(700, 'cup'), 740)?.seenAtMs, 700);
  assert.equal(meter.flashes, 2);
});

test('a picture that stands still and is captured again belongs to the flash that it shows', () => {
  const meter = meterFor(['cat', 'cup']);
  meter.saw(100, codeAt(80, 0));
  meter.saw(700, codeAt(680, 1));
  assert.equal(meter.drew(labelsOf(500, 'cat'), 540)?.seenAtMs, 100);
  assert.equal(meter.drew(labelsOf(900, 'cup'), 940)?.seenAtMs, 700);
});

test('a name that was still on the screen when its flash came is no label of that flash', () => {
  const meter = meterFor(['cat', 'cup']);
  meter.saw(100, codeAt(80, 0));
  assert.ok(meter.drew(labelsOf(100, 'cat'), 140));
  meter.saw(700, codeAt(680, 1));
  assert.ok(meter.drew(labelsOf(700, 'cat', 'cup'), 740));
  meter.saw(1_300, codeAt(1_280, 0));
  assert.equal(meter.drew(labelsOf(1_300, 'cat', 'cup'), 1_340), undefined);
  assert.equal(meter.drew(labelsOf(1_333, 'cat'), 1_373), undefined);
  assert.equal(meter.held, 1);
  meter.saw(1_900, codeAt(1_880, 1));
  assert.ok(meter.drew(labelsOf(1_900, 'cat', 'cup'), 1_940), 'gone in between');
});

test('a picture that cannot be read is of no flash, and what its labels name is not held', () => {
  const meter = meterFor(['cat', 'cup']);
  meter.saw(100, codeAt(80, 0));
  assert.ok(meter.drew(labelsOf(100, 'cat'), 140));
  meter.saw(667, undefined);
  assert.equal(meter.drew(labelsOf(667, 'cat', 'cup'), 707), undefined);
  meter.saw(700, codeAt(660, 1));
  const sample = meter.drew(labelsOf(700, 'cup'), 740);
  assert.equal(sample?.flashedAtMs, 660);
  assert.equal(meter.held, 0);
});

test('where the model has no such name, any labels of the frame count', () => {
  const meter = meterFor(['cat'], []);
  meter.saw(100, codeAt(80));
  assert.equal(meter.drew(labelsOf(99, 'dog'), 140), undefined, 'of a frame that showed no flash');
  assert.equal(meter.drew(labelsOf(100), 150)?.drawnAtMs, 150);
});

test('a code holds across the turn of its clock, and one of another clock is known as such', () => {
  for (const flashedAtMs of [0, 65_000, 65_536 - (OFFSET_MS % 65_536), 200_000]) {
    const meter = meterFor(['cat']);
    meter.saw(flashedAtMs + 45, codeAt(flashedAtMs));
    assert.equal(meter.drew(labelsOf(flashedAtMs + 45, 'cat'), flashedAtMs + 90)?.flashedAtMs, flashedAtMs);
  }
  const meter = meterFor(['cat']);
  meter.saw(100_000, codeAt(80_000));
  assert.equal(meter.drew(labelsOf(100_000, 'cat'), 100_060)?.flashedAtMs, undefined);
});

test('a flash that comes again counts again, and what it remembers is bounded', () => {
  const meter = meterFor(['cat', 'cup']);
  for (let turn = 0; turn < 2_000; turn++) meter.saw(turn * 33, codeAt(turn % 2, turn % 2));
  assert.equal(meter.flashes, 2_000);
  assert.equal(meter.drew(labelsOf(33 * 1_000, 'cat'), 70_000), undefined);
  assert.ok(meter.drew(labelsOf(33 * 1_999, 'cup'), 70_000));
});
