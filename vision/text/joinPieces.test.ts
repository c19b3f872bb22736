import assert from 'node:assert/strict';
import test from 'node:test';
import { mapQuad, type Quad } from '../quad.ts';
import { joinPieces } from './joinPieces.ts';

const piece = (left: number, right: number, top = 100, height = 40): Quad => [
  [left, top],
  [right, top],
  [right, top + height],
  [left, top + height],
];
const turned = (quad: Quad, degrees: number): Quad => {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return mapQuad(quad, ([x, y]) => [x * cos - y * sin, x * sin + y * cos]);
};

test('words that the detector took apart are one line, in whatever order they come, and tilted too', () => {
  const words = [piece(280, 400), piece(20, 140), piece(155, 290)];
  assert.deepEqual(joinPieces(words), [piece(20, 400)]);
  const tilted = words.map((quad) => turned(quad, 20));
  assert.deepEqual(joinPieces(tilted), [turned(piece(20, 400), 20)]);
});

test('what stands apart, higher, in another size, or below stays by itself', () => {
  const word = piece(20, 140);
  for (const [what, other] of [
    ['a column', piece(180, 300)],
    ['a step', piece(150, 300, 115)],
    ['another size', piece(150, 300, 90, 60)],
    ['another direction', turned(piece(150, 300), 10)],
    ['the next line', piece(20, 140, 145)],
    ['a single letter', piece(150, 185)],
  ] as const) {
    assert.equal(joinPieces([word, other]).length, 2, what);
  }
});
