import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLabels } from './readLabels.ts';

test('one label a line, whatever ends the lines', () => {
  assert.deepEqual(readLabels('\uFEFFcat\r\ndog\r\n\r\nhot dog\n'), ['cat', 'dog', 'hot dog']);
});

test('numbers in front are taken off only where they count the lines', () => {
  assert.deepEqual(readLabels('0 cat\n1 dog'), ['cat', 'dog']);
  assert.deepEqual(readLabels('0: cat\n1: dog'), ['cat', 'dog']);
  assert.deepEqual(readLabels('0 cat\n7 up'), ['0 cat', '7 up']);
});

test('JSON: an array, by number, and the files of Hugging Face and Teachable Machine', () => {
  assert.deepEqual(readLabels('["cat", "dog"]'), ['cat', 'dog']);
  assert.deepEqual(readLabels('{"1": "dog", "0": "cat", "2": "fox"}'), ['cat', 'dog', 'fox']);
  assert.deepEqual(readLabels('{"id2label": {"0": "cat", "1": "dog"}, "architectures": []}'), ['cat', 'dog']);
  assert.deepEqual(readLabels('{"tfjsVersion": "1.3", "labels": ["a", "b"]}'), ['a', 'b']);
});

test('what holds no labels says what was expected', () => {
  assert.throws(() => readLabels(' \n '), /One on each line/);
  assert.throws(() => readLabels('{"cat"'), /cannot be read/);
  assert.throws(() => readLabels('{"name": "cat"}'), /array of names/);
  assert.throws(() => readLabels('{"0": "cat", "2": "dog"}'), /Output 1 has no name/);
});
