import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelFor } from './predictPicture.ts';

const BIRDS = { id: 'birds', task: 'object-detection' };
const THINGS = { id: 'things', task: 'thing-embedding' };

test('a picture is labelled by the model that was asked for, or by the first', () => {
  assert.deepEqual(modelFor('things', [BIRDS, THINGS]), THINGS);
  assert.equal(modelFor('gone', [BIRDS, THINGS]), BIRDS);
  assert.equal(modelFor(undefined, [BIRDS, THINGS]), BIRDS);
  assert.equal(modelFor('birds', []), undefined);
});

test('a collection of taught things is in no list: the model behind it stands for it, under its id', () => {
  assert.deepEqual(modelFor('things:mugs', [BIRDS, THINGS]), { ...THINGS, id: 'things:mugs' });
  assert.equal(modelFor('things:mugs', [BIRDS]), BIRDS);
});
