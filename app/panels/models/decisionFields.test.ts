import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DELIVERED } from '../../ui/words/words.ts';
import { type Field, optionOf, textOf } from './decisionFields.ts';
import { overridesProblem } from './overridesProblem.ts';

const problem = (field: Field, text: string) => {
  try {
    return optionOf(field, text);
  } catch (error) {
    const found = overridesProblem(DELIVERED.words, error);
    return 'worded' in found ? found.worded : String(found.text);
  }
};

test('a control shows what was decided, and what a person entered before that', () => {
  assert.equal(textOf('channels', {}, 'RGB'), 'RGB');
  assert.equal(textOf('task', {}, 'image classification'), 'image-classification');
  assert.equal(textOf('fit', {}, 'crop 0.875 of the middle'), 'crop');
  assert.equal(textOf('mean', {}, '[0.485, 0.456, 0.406]'), '0.485, 0.456, 0.406');
  assert.equal(textOf('width', {}, '224 pixels'), '224');
  assert.equal(textOf('scale', {}, '1/127.5'), '1/127.5');
  assert.equal(textOf('multiLabel', {}, 'yes'), 'true');
  assert.equal(textOf('channels', { channels: 'BGR' }, 'RGB'), 'BGR');
  assert.equal(textOf('head', {}, undefined), '');
  assert.equal(textOf('boxOrder', {}, 'centre-width-height'), 'centre-width-height');
});

test('what a person writes becomes an option', () => {
  assert.deepEqual(optionOf('channels', 'BGR'), { channels: 'BGR' });
  assert.deepEqual(optionOf('mean', '0.5'), { mean: [0.5, 0.5, 0.5] });
  assert.deepEqual(optionOf('std', '[0.229, 0.224, 0.225]'), { std: [0.229, 0.224, 0.225] });
  assert.deepEqual(optionOf('multiLabel', 'false'), { multiLabel: false });
  assert.deepEqual(optionOf('width', '320'), { width: 320 });
  assert.deepEqual(optionOf('boxOrder', 'top-left-bottom-right'), { boxOrder: 'top-left-bottom-right' });
  assert.deepEqual(optionOf('scale', '1/255'), { scale: 1 / 255 });
});

test('an impossible value is explained in words', () => {
  assert.match(String(problem('mean', '1, 2')), /Mean: three numbers/);
  assert.match(String(problem('width', '')), /Width, pixels: a number/);
  assert.match(String(problem('width', '0.5')), /Width, pixels: a number/);
  assert.match(String(problem('id', 'My Model')), /lower case/);
});
