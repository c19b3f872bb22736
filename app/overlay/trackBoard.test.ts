import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Label } from '../../protocol/messages.ts';
import { CARRY_DEFAULTS } from '../../vision/carry.ts';
import { CARRIED_SHAPES } from './carryShapes.ts';
import { confirmBoard, EMPTY_BOARD, hasSameNames, LEAVE_MS, shownLabels, updateBoard } from './trackBoard.ts';

const cat = (x: number): Label => ({ id: 1, label: 'cat', score: 0.9, box: [x, 0.2, 0.3, 0.3] });
const SHAPES = [CARRY_DEFAULTS, CARRIED_SHAPES] as const;
const at = (ms: number) => ({ shownAtMs: ms, nowMs: ms });

test('a label is shown where it was seen and moves on between results', () => {
  let board = updateBoard(
    EMPTY_BOARD,
    { session: 's1', maxLabelAgeMs: 1000, labels: [cat(0.1)], capturedAtMs: 0 },
    at(50),
  );
  board = updateBoard(
    board,
    { session: 's1', maxLabelAgeMs: 1000, labels: [cat(0.2)], capturedAtMs: 100 },
    at(150),
  );
  const [early] = shownLabels(board, at(200));
  const [late] = shownLabels(board, at(300));
  assert.ok(early?.box && late?.box && late.box[0] > early.box[0]);
});

test('a label that is missed leaves, fading, and is gone after that', () => {
  let board = updateBoard(
    EMPTY_BOARD,
    { session: 's1', maxLabelAgeMs: 1000, labels: [cat(0.1)], capturedAtMs: 0 },
    at(50),
  );
  board = updateBoard(board, { session: 's1', maxLabelAgeMs: 1000, labels: [], capturedAtMs: 100 }, at(150));
  assert.equal(shownLabels(board, at(160))[0]?.leaving, true);
  assert.deepEqual(shownLabels(board, at(150 + LEAVE_MS)), []);
});

test('a label that comes back while it leaves is simply there again', () => {
  let board = updateBoard(
    EMPTY_BOARD,
    { session: 's1', maxLabelAgeMs: 1000, labels: [cat(0.1)], capturedAtMs: 0 },
    at(50),
  );
  board = updateBoard(board, { session: 's1', maxLabelAgeMs: 1000, labels: [], capturedAtMs: 100 }, at(150));
  board = updateBoard(
    board,
    { session: 's1', maxLabelAgeMs: 1000, labels: [cat(0.1)], capturedAtMs: 180 },
    at(200),
  );
  assert.equal(shownLabels(board, at(210))[0]?.leaving, false);
});

test('when no answers come the labels fade while the picture goes on', () => {
  const board = updateBoard(
    EMPTY_BOARD,
    { session: 's1', maxLabelAgeMs: 1000, labels: [cat(0.1)], capturedAtMs: 0 },
    at(50),
  );
  assert.equal(shownLabels(board, at(800))[0]?.leaving, false);
  assert.equal(shownLabels(board, at(950))[0]?.leaving, true);
  assert.deepEqual(shownLabels(board, at(2000)), []);
});

test('over a paused picture the labels stay', () => {
  const board = updateBoard(
    EMPTY_BOARD,
    { session: 's1', maxLabelAgeMs: 1000, labels: [cat(0.1)], capturedAtMs: 0 },
    at(50),
  );
  assert.equal(shownLabels(board, { shownAtMs: 60, nowMs: 60_000 })[0]?.leaving, false);
});

test('an answer that was overtaken by a newer one is ignored', () => {
  const board = updateBoard(
    EMPTY_BOARD,
    { session: 's1', maxLabelAgeMs: 1000, labels: [cat(0.1)], capturedAtMs: 100 },
    at(150),
  );
  assert.equal(
    updateBoard(board, { session: 's1', maxLabelAgeMs: 1000, labels: [], capturedAtMs: 90 }, at(160)),
    board,
  );
});

test('a label without a box is shown without one', () => {
  const board = updateBoard(
    EMPTY_BOARD,
    {
      session: 's1',
      maxLabelAgeMs: 1000,
      labels: [{ id: 3, label: 'kitchen', score: 0.8 }],
      capturedAtMs: 0,
    },
    at(10),
  );
  assert.equal(shownLabels(board, at(20))[0]?.box, undefined);
});

test('a held thing, whose box is repeated to the digit, keeps moving, but not forever', () => {
  let board = updateBoard(
    EMPTY_BOARD,
    { session: 's1', maxLabelAgeMs: 1000, labels: [cat(0.1)], capturedAtMs: 0 },
    at(50),
  );
  board = updateBoard(
    board,
    { session: 's1', maxLabelAgeMs: 1000, labels: [cat(0.14)], capturedAtMs: 100 },
    at(150),
  );
  const [moving] = shownLabels(board, at(250));
  board = updateBoard(
    board,
    { session: 's1', maxLabelAgeMs: 1000, labels: [cat(0.14)], capturedAtMs: 200 },
    at(250),
  );
  assert.deepEqual(shownLabels(board, at(250))[0]?.box, moving?.box);
  for (const ms of [700, 800, 900]) {
    board = updateBoard(
      board,
      { session: 's1', maxLabelAgeMs: 1000, labels: [cat(0.14)], capturedAtMs: ms },
      at(ms + 50),
    );
  }
  const [still] = shownLabels(board, at(1600));
  assert.ok(still?.box && Math.abs(still.box[0] - 0.14) < 1e-3);
});

test('a resumed session continues its tracks, another one starts again under the same numbers', () => {
  const board = updateBoard(
    EMPTY_BOARD,
    { session: 's1', maxLabelAgeMs: 1000, labels: [cat(0.1)], capturedAtMs: 0 },
    at(50),
  );
  const later = { maxLabelAgeMs: 1000, labels: [cat(0.5)], capturedAtMs: 400 };
  const resumed = updateBoard(board, { session: 's1', ...later }, at(450));
  const other = updateBoard(board, { session: 's2', ...later }, at(450));
  // The box of the same thing glides to its new place; another thing is simply there.
  assert.ok((shownLabels(resumed, at(450))[0]?.box?.[0] ?? 1) < 0.2);
  assert.equal(shownLabels(other, at(450))[0]?.box?.[0], 0.5);
});

test('labels of a frame that is older than the bound when they come are never shown', () => {
  const late = { session: 's1', maxLabelAgeMs: 1000, labels: [cat(0.1)], capturedAtMs: 0 };
  const board = updateBoard(EMPTY_BOARD, late, at(5000));
  assert.deepEqual(shownLabels(board, at(5000)), []);
  // Fresh ones after a stall are there at once.
  const fresh = updateBoard(board, { ...late, capturedAtMs: 4950 }, at(5000));
  assert.equal(shownLabels(fresh, at(5000))[0]?.leaving, false);
});

test('at no moment is a label drawn that is as old as the bound', () => {
  const board = updateBoard(
    EMPTY_BOARD,
    { session: 's1', maxLabelAgeMs: 1000, labels: [cat(0.1)], capturedAtMs: 0 },
    at(50),
  );
  for (let ms = 60; ms < 3000; ms += 7) {
    // The picture on screen is itself a little old.
    const shown = shownLabels(board, { shownAtMs: ms - 60, nowMs: ms });
    assert.equal(shown.length > 0, ms < 1000, `${ms} ms`);
  }
});

test('labels stay while frames come that show the same', () => {
  let board = updateBoard(
    EMPTY_BOARD,
    { session: 's1', maxLabelAgeMs: 1000, labels: [cat(0.1)], capturedAtMs: 0 },
    at(50),
  );
  for (let ms = 500; ms <= 20_000; ms += 500) board = confirmBoard(board, ms);
  assert.equal(shownLabels(board, at(20_100))[0]?.leaving, false);
  assert.deepEqual(shownLabels(board, at(21_100)), []);
});

test('a result changes the names when a thing comes, leaves, comes back or is called something else, not when it moves', () => {
  const seen = (labels: Label[], capturedAtMs: number) => ({
    session: 's1',
    maxLabelAgeMs: 1000,
    labels,
    capturedAtMs,
  });
  const first = updateBoard(EMPTY_BOARD, seen([cat(0.1)], 0), at(50));
  const moved = updateBoard(first, seen([cat(0.3)], 100), at(150));
  const left = updateBoard(moved, seen([], 200), at(250));
  const back = updateBoard(left, seen([cat(0.3)], 300), at(350));
  const renamed = updateBoard(back, seen([{ ...cat(0.3), label: 'dog' }], 400), at(450));
  const steps = [EMPTY_BOARD, first, moved, left, back, renamed];
  const isSame = steps.slice(1).map((board, index) => hasSameNames(steps[index] ?? EMPTY_BOARD, board));
  assert.deepEqual(isSame, [false, true, false, false, false]);
});

test('key points move on with what has them, and are held with it', () => {
  const layout = { count: 1, edges: [], minScore: 0.3 };
  const seen = (x: number, capturedAtMs: number) => ({
    ...{ session: 's1', maxLabelAgeMs: 1000, capturedAtMs, points: layout },
    labels: [{ ...cat(x), points: [x, 0.3, 0.9] }],
  });
  let board = updateBoard(EMPTY_BOARD, seen(0.1, 0), at(50), ...SHAPES);
  board = updateBoard(board, seen(0.2, 100), at(150), ...SHAPES);
  const [shown] = shownLabels(board, at(300), ...SHAPES);
  assert.ok((shown?.points?.[0] ?? 0) > 0.2);
  assert.equal(shown?.layout, layout);
  // The tracker repeats what a frame missed, to the digit: no sighting.
  const held = updateBoard(board, seen(0.2, 200), at(250), ...SHAPES);
  assert.deepEqual(shownLabels(held, at(300), ...SHAPES)[0]?.points, shown?.points);
});

test('an outline moves with its box, and ends at the edge of the picture; that of an area stays', () => {
  const outline = [[0.6, 0.2, 0.9, 0.2, 0.9, 0.5]];
  const seen = (capturedAtMs: number, x: number) => ({
    ...{ session: 's1', maxLabelAgeMs: 1000, capturedAtMs },
    labels: [
      { ...cat(x), outline: [[x, 0.2, x + 0.3, 0.2, x + 0.3, 0.5]] },
      { id: 2, label: 'road', score: 0.9, outline },
    ],
  });
  let board = updateBoard(EMPTY_BOARD, seen(0, 0.5), at(50), ...SHAPES);
  board = updateBoard(board, seen(100, 0.65), at(150), ...SHAPES);
  const [thing, area] = shownLabels(board, at(300), ...SHAPES);
  const [left = 0, , right] = thing?.outline?.[0] ?? [];
  assert.ok(left > 0.65 && left === thing?.box?.[0], `drawn at ${left}`);
  assert.equal(right, 1);
  assert.equal(area?.outline, outline);
  assert.equal(shownLabels(board, at(300))[0]?.outline, undefined, 'without a carrier');
});
