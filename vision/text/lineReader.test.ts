import assert from 'node:assert/strict';
import test from 'node:test';
import type { Pixels } from '../pixels.ts';
import type { Quad } from '../quad.ts';
import { LINE_HEIGHT_PX, readLine } from './lineReader.ts';

const PICTURE: Pixels = { data: new Uint8Array(400 * 400 * 3), width: 400, height: 400 };
const rectangle = (width: number, height: number): Quad => [
  [10, 10],
  [10 + width, 10],
  [10 + width, 10 + height],
  [10, 10 + height],
];

/** Reads the line with answers in the order in which it asks. */
async function read(quad: Quad, answers: readonly (readonly [text: string, score: number])[]) {
  const sizes: number[][] = [];
  const line = await readLine(PICTURE, quad, async ({ width, height }) => {
    const [text, score] = answers[sizes.length] ?? ['', 0];
    sizes.push([width, height]);
    return { text, score };
  });
  return { ...line, sizes };
}

test('a line is read once, at its own width, where it reads well', async () => {
  const { text, turns, sizes } = await read(rectangle(200, 20), [['Open', 0.95]]);
  assert.deepEqual({ text, turns, sizes }, { text: 'Open', turns: 0, sizes: [[480, LINE_HEIGHT_PX]] });
  const { sizes: rounded } = await read(rectangle(101, 20), [['Open', 0.95]]);
  assert.deepEqual(rounded, [[248, LINE_HEIGHT_PX]]);
});

test('an unclear line is read the other way round, and the clearly better way counts', async () => {
  const turned = await read(rectangle(200, 20), [
    ['uadO', 0.5],
    ['Open', 0.95],
  ]);
  assert.deepEqual([turned.text, turned.turns, turned.quad[0]], ['Open', 2, [210, 30]]);
  const upright = await read(rectangle(200, 20), [
    ['Open', 0.8],
    ['uadO', 0.85],
  ]);
  assert.deepEqual([upright.text, upright.turns], ['Open', 0]);
});

test('a few digits are never turned, however they read', async () => {
  for (const digits of ['6', '69', '1.80', '0:01']) {
    const { text, sizes } = await read(rectangle(40, 30), [
      [digits, 0.3],
      ['90', 0.99],
    ]);
    assert.deepEqual([text, sizes.length], [digits, 1]);
  }
  const tall = await read(rectangle(20, 40), [['1', 0.4]]);
  assert.equal(tall.turns, 0);
});

test('a line that runs up or down is read in both ways until one is sure', async () => {
  const down = await read(rectangle(20, 200), [['Exit', 0.97]]);
  assert.deepEqual([down.turns, down.quad[0]], [1, [30, 10]]);
  const up = await read(rectangle(20, 200), [
    ['tixE', 0.4],
    ['Exit', 0.8],
  ]);
  assert.deepEqual([up.turns, up.quad[0]], [3, [10, 210]]);
});
