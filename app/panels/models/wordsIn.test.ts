import assert from 'node:assert/strict';
import test from 'node:test';
import { wordsIn } from './wordsIn.ts';

test('words stand one a line or between commas; what is empty is no word', () => {
  assert.deepEqual(wordsIn('a cat\n a red mug ,dog,,\r\n猫，狗、鸟'), [
    'a cat',
    'a red mug',
    'dog',
    '猫',
    '狗',
    '鸟',
  ]);
  assert.deepEqual(wordsIn(' \n,'), []);
});
