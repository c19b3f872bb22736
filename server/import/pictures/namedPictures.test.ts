import assert from 'node:assert/strict';
import { test } from 'node:test';
import { namedLabels } from './namedPictures.ts';

const LABELS = [
  'tabby, tabby cat',
  'Egyptian cat',
  'red panda',
  'panda',
  'cup',
  'measuring cup',
  'caf\u00e9',
  '7',
];
const named = (picture: string) => namedLabels(picture, LABELS).map((line) => LABELS[line]);

test('a picture is named after the longest label in its name, and numbers count pictures', () => {
  assert.deepEqual(named('tabby_cat-07'), ['tabby, tabby cat']);
  assert.deepEqual(named('my tabby 2'), ['tabby, tabby cat']);
  assert.deepEqual(named('red-panda (3)'), ['red panda']);
  assert.deepEqual(named('panda12'), ['panda']);
  assert.deepEqual(named('cup'), ['cup']);
  assert.deepEqual(named('CAF\u00c9.jpg'), ['caf\u00e9']);
  assert.deepEqual(named('7'), ['7']);
});

test('a word that several labels have names all of them; part of a word names none', () => {
  assert.deepEqual(named('cat-1'), ['tabby, tabby cat', 'Egyptian cat']);
  assert.deepEqual(named('catamaran'), []);
  assert.deepEqual(named('IMG_2034'), []);
  assert.deepEqual(named('cupboard'), []);
});
