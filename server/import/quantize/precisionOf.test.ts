import assert from 'node:assert/strict';
import test from 'node:test';
import { precisionOf } from './precisionOf.ts';

const LABELS = ['person', 'cat'];

test('precision is of pictures with truth and of labels that the model has', () => {
  const cat = { label: 'Cat', box: [0, 0, 0.5, 0.5], isCrowd: false } as const;
  const truth = {
    pictures: new Map([['a.jpg', { things: [cat, { ...cat, label: 'unicorn' }] }]]),
    classes: ['Cat', 'unicorn'],
  };
  const detection = { label: 'cat', score: 0.9, box: cat.box };
  const seen = [
    { name: 'a.jpg', float: [detection], int8: [] },
    { name: 'unknown.jpg', float: [detection], int8: [detection] },
  ];
  assert.deepEqual(precisionOf(truth, seen, LABELS), {
    pictures: 1,
    things: 1,
    ap: { float: 1, int8: 0 },
    ap50: { float: 1, int8: 0 },
  });
  assert.equal(precisionOf(truth, seen, ['person']), undefined);
});
