import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Label } from '../../protocol/messages.ts';
import { CARRY_DEFAULTS } from '../../vision/carry.ts';
import type { Box } from '../../vision/geometry.ts';
import { mapQuad, type Quad } from '../../vision/quad.ts';
import { toLabel } from '../../vision/toLabel.ts';
import { CARRIED_SHAPES } from '../overlay/carryShapes.ts';
import { EMPTY_BOARD, shownLabels, updateBoard } from '../overlay/trackBoard.ts';
import { type TapCandidate, tapSlack, tapTarget } from './tapTarget.ts';

const SLACK = tapSlack({ width: 1000, height: 500 });
const thing = (id: number, box: Box): TapCandidate => ({ label: { id, label: 'thing', score: 0.9 }, box });
const text = (id: number, quad: NonNullable<Label['quad']>): TapCandidate => ({
  label: { id, label: 'text', score: 0.9, text: 'EXIT', quad },
  box: undefined,
  quad,
});
const idAt = (shown: readonly TapCandidate[], x: number, y: number) => tapTarget(shown, { x, y }, SLACK)?.id;

test('of things under the finger the smallest is meant, and a text before a thing', () => {
  const wall = thing(1, [0, 0, 1, 1]);
  const door = thing(2, [0.2, 0.2, 0.4, 0.6]);
  const sign = text(3, [
    [0.3, 0.3],
    [0.5, 0.32],
    [0.5, 0.42],
    [0.3, 0.4],
  ]);
  const handle = thing(4, [0.38, 0.34, 0.02, 0.02]);
  assert.equal(idAt([wall, door, sign, handle], 0.05, 0.05), 1);
  assert.equal(idAt([wall, door, sign, handle], 0.25, 0.7), 2);
  assert.equal(idAt([wall, door, sign, handle], 0.39, 0.35), 3);
  assert.equal(idAt([wall, door, handle], 0.39, 0.35), 4);
});

test('the corners of a text count, not the rectangle around it', () => {
  const diagonal = text(1, [
    [0.2, 0.1],
    [0.9, 0.8],
    [0.86, 0.88],
    [0.16, 0.18],
  ]);
  assert.equal(idAt([diagonal], 0.53, 0.49), 1);
  assert.equal(idAt([diagonal], 0.8, 0.2), undefined);
  assert.equal(idAt([diagonal], 0.25, 0.8), undefined);
});

test('a text that moves is hit where it is drawn, not where it was read', () => {
  const quad: Quad = [
    [0.1, 0.4],
    [0.3, 0.4],
    [0.3, 0.5],
    [0.1, 0.5],
  ];
  const readAt = (shift: number) =>
    toLabel({
      ...{ id: 1, label: 'text', score: 0.9, text: 'EXIT' },
      box: [0.1 + shift, 0.4, 0.2, 0.1],
      quad: mapQuad(quad, ([x, y]) => [x + shift, y]),
    });
  const times = (atMs: number) => ({ shownAtMs: atMs, nowMs: atMs });
  const seen = (label: Label, capturedAtMs: number) => ({
    session: 'a',
    labels: [label],
    capturedAtMs,
    maxLabelAgeMs: 1_000,
  });
  const first = updateBoard(EMPTY_BOARD, seen(readAt(0), 0), times(0));
  const board = updateBoard(first, seen(readAt(0.2), 100), times(100));
  const [sign] = shownLabels(board, times(200), CARRY_DEFAULTS, CARRIED_SHAPES);
  assert.ok(sign?.quad && sign.box);
  const [left = 0] = sign.quad[0];
  assert.ok(left > 0.34, `drawn at ${left}`);
  assert.equal(idAt([sign], left + 0.19, 0.45), 1);
  // Read there, and left since.
  assert.equal(idAt([sign], 0.31, 0.45), undefined);
});

test('a finger that misses by a little means the nearest; by more, nothing', () => {
  const [left, right] = [thing(1, [0.1, 0.4, 0.1, 0.1]), thing(2, [0.23, 0.4, 0.1, 0.1])];
  assert.equal(idAt([left, right], 0.21, 0.45), 1);
  assert.equal(idAt([left, right], 0.222, 0.45), 2);
  // 20 CSS pixels are 0.02 of a width of 1000, and 0.04 of a height of 500.
  assert.equal(idAt([left], 0.1, 0.365), 1);
  assert.equal(idAt([left], 0.1, 0.355), undefined);
  assert.equal(idAt([left], 0.075, 0.45), undefined);
});

test('what has no place in the picture is not hit', () => {
  assert.equal(
    idAt([{ label: { id: 1, label: 'kitchen', score: 0.9 }, box: undefined }], 0.5, 0.5),
    undefined,
  );
});

test('whatever there is: what is hit is under the finger or near it, and nothing smaller of its kind is under it', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const box = fc.tuple(share, share, share, share);
  fc.assert(
    fc.property(fc.array(box, { maxLength: 12 }), share, share, (boxes, x, y) => {
      const shown = boxes.map((one, id) => thing(id, one));
      const under = shown.filter(({ box: [left, top, width, height] = [2, 2, 0, 0] }) => {
        return left <= x && x <= left + width && top <= y && y <= top + height;
      });
      const found = tapTarget(shown, { x, y }, SLACK);
      if (under.length === 0) return;
      const areas = under.map(({ box: [, , width, height] = [0, 0, 0, 0] }) => width * height);
      const [, , width = 0, height = 0] = shown.find(({ label }) => label.id === found?.id)?.box ?? [];
      assert.equal(width * height, Math.min(...areas));
    }),
  );
});
