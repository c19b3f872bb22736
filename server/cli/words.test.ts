import assert from 'node:assert/strict';
import test from 'node:test';
import { detailLines, JSON_HAS_ALL } from './words.ts';

test('a list behind a line is short, and says how much is left out', () => {
  assert.deepEqual(detailLines(undefined), []);
  assert.deepEqual(detailLines(['a', 'b']), ['  a', '  b']);
  const many = Array.from({ length: 12 }, (_, at) => `line ${at}`);
  assert.deepEqual(detailLines(many, '', JSON_HAS_ALL), [
    ...many.slice(0, 5),
    'and 7 more; --json lists all',
  ]);
});
