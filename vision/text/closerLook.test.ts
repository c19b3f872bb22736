import assert from 'node:assert/strict';
import test from 'node:test';
import type { Pixels } from '../pixels.ts';
import type { Quad } from '../quad.ts';
import { closerLook, type FoundLine } from './closerLook.ts';

const PICTURE: Pixels = { data: new Uint8Array(400 * 300 * 3), width: 400, height: 300 };
const rectangle = (left: number, top: number, width: number, height: number): Quad => [
  [left, top],
  [left + width, top],
  [left + width, top + height],
  [left, top + height],
];
const found = (region: Quad, text: string, score: number): FoundLine => ({
  region,
  line: { text, score, turns: 0, quad: region },
});

/** Each time the detector finds one line in the middle of what it sees, as large as this share of it. */
async function look(
  before: readonly FoundLine[],
  text: string,
  score: number,
  { share = 0.5, hasTime = true } = {},
) {
  const seen: number[][] = [];
  let read = 0;
  const lines = await closerLook(PICTURE, before, 1, {
    async detect({ width, height }) {
      seen.push([width, height]);
      const data = new Float32Array(width * height);
      for (let y = Math.round(height * 0.45); y < height * 0.55; y++) {
        data.fill(
          0.9,
          y * width + Math.round((width * (1 - share)) / 2),
          y * width + (width * (1 + share)) / 2,
        );
      }
      return { data, width, height };
    },
    async read(region) {
      read += 1;
      return found(region, text, score).line;
    },
    hasTime: () => hasTime,
  });
  return { texts: lines.map(({ line }) => line.text), seen, read };
}

const SMALL = rectangle(180, 140, 40, 12);

test('a small line is looked for in an enlarged part, and what reads better takes its place', async () => {
  const { texts, seen } = await look([found(SMALL, 'W1sh', 0.6)], 'Wash', 0.95);
  assert.deepEqual(texts, ['Wash']);
  assert.deepEqual(seen, [
    [224, 128],
    [288, 192],
  ]);
  assert.deepEqual((await look([found(SMALL, 'W1sh', 0.6)], 'xx', 0.7)).texts, ['W1sh']);
});

test('large lines, sure ones, and what lies where nothing was found stay as they are', async () => {
  const large = await look([found(rectangle(100, 100, 200, 40), 'Large', 0.5)], 'Other', 0.99);
  assert.deepEqual([large.texts, large.seen.length], [['Large'], 0]);
  const sure = await look([found(rectangle(140, 140, 120, 12), 'Sure', 0.95)], 'Other!', 0.99);
  assert.deepEqual([sure.texts, sure.read], [['Sure'], 0]);
  // At the picture's edge the middle of what is seen is not where the line is.
  const elsewhere = await look([found(rectangle(0, 0, 6, 12), 'i', 0.4)], 'leaves', 0.9, { share: 0.1 });
  assert.deepEqual([elsewhere.texts, elsewhere.read], [['i'], 0]);
});

test('without time nothing is looked at', async () => {
  const { texts, seen } = await look([found(SMALL, 'W1sh', 0.6)], 'Wash', 0.95, { hasTime: false });
  assert.deepEqual([texts, seen], [['W1sh'], []]);
});
