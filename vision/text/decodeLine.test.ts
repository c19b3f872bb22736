import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeLine } from './decodeLine.ts';

const CHARACTERS = ['a', 'b'];
const SPACE = 3;
const columns = (classes: readonly number[], spaces: readonly number[] = []) => ({
  classes: Int32Array.from(classes),
  scores: new Float32Array(classes.length).fill(0.9),
  spaces: Float32Array.from(classes, (_, i) => spaces[i] ?? 0),
});

test('columns of one class are one character, unless nothing stands between them', () => {
  assert.equal(decodeLine(columns([1, 1, 0, 1, 2, 2]), CHARACTERS).text, 'aab');
});

test('a space is one, and so is a gap in which the space is second to none', () => {
  assert.equal(decodeLine(columns([1, SPACE, 2]), CHARACTERS).text, 'a b');
  assert.equal(decodeLine(columns([1, 0, 0, 2], [0, 0.04, 0.04, 0]), CHARACTERS).text, 'a b');
  assert.equal(decodeLine(columns([1, 0, 0, 2], [0, 0.02, 0.02, 0]), CHARACTERS).text, 'ab');
});

test('nothing is read with a score of 0', () => {
  assert.deepEqual(decodeLine(columns([0, 0]), CHARACTERS), { text: '', score: 0 });
});
