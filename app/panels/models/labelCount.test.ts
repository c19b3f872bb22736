import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELIVERED } from '../../ui/words/words.ts';
import { labelCount } from './labelCount.ts';

const { words } = DELIVERED;

test('as many names as outputs', () => {
  assert.deepEqual(labelCount(words, 3, 3), { isRight: true, text: '3 names for 3 outputs.' });
});

test('too few or too many names: how many, and what to do', () => {
  assert.deepEqual(labelCount(words, 1, 3), {
    isRight: false,
    text: '1 name for 3 outputs: 2 missing. Give one for each output, in their order.',
  });
  assert.deepEqual(labelCount(words, 1_002, 1_000), {
    isRight: false,
    text: '1,002 names for 1,000 outputs: 2 too many. Give one for each output, in their order.',
  });
});

test('one name too few is most often the background of TensorFlow', () => {
  assert.match(labelCount(words, 90, 91).text, /1 missing.*“background”/);
  assert.doesNotMatch(labelCount(words, 1, 2).text, /background/);
});
