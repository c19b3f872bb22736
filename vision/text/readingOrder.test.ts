import assert from 'node:assert/strict';
import test from 'node:test';
import { type Quad, turnedQuad } from '../quad.ts';
import { readingOrder } from './readingOrder.ts';

const PAGE = { width: 1, height: 1 };
const line = (text: string, x: number, y: number, width = 0.1, height = 0.02) => {
  const quad: Quad = [
    [x, y],
    [x + width, y],
    [x + width, y + height],
    [x, y + height],
  ];
  return { text, quad };
};
const texts = (rows: readonly (readonly { text: string }[])[]) =>
  rows.map((row) => row.map(({ text }) => text).join(' '));

test('lines come from top to bottom, and those of a row from left to right', () => {
  const lines = [
    line('price', 0.6, 0.205),
    line('Total', 0.1, 0.3),
    line('Milk', 0.1, 0.2),
    line('4', 0.6, 0.3),
  ];
  assert.deepEqual(texts(readingOrder(lines, PAGE)), ['Milk price', 'Total 4']);
});

test('columns of running text come one after the other', () => {
  const rows = [0.1, 0.15, 0.2, 0.25];
  const lines = rows.flatMap((y, i) => [line(`right ${i}`, 0.55, y, 0.35), line(`left ${i}`, 0.1, y, 0.35)]);
  assert.deepEqual(
    texts(readingOrder(lines, PAGE)),
    ['left', 'right'].flatMap((side) => rows.map((_, i) => `${side} ${i}`)),
  );
});

test('a page on its head is read from its own top', () => {
  const upright = [line('first', 0.1, 0.1), line('second', 0.1, 0.2), line('third', 0.1, 0.3)];
  const turned = upright.map(({ text, quad }) => {
    const flipped = quad.map(([x, y]) => [1 - x, 1 - y] as const) as unknown as Quad;
    return { text, quad: flipped };
  });
  assert.deepEqual(texts(readingOrder(turned, PAGE)), ['first', 'second', 'third']);
});

test('a line that runs up along others is a row of its own', () => {
  const spine = line('spine', 0.02, 0.05, 0.03, 0.5);
  const lines = [
    { ...spine, quad: turnedQuad(spine.quad, 3) },
    line('first', 0.1, 0.1, 0.3),
    line('second', 0.1, 0.2, 0.3),
  ];
  assert.deepEqual(texts(readingOrder(lines, PAGE)), ['first', 'second', 'spine']);
});
