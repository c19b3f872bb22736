import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addedModels, modeOf, modesOf } from './modes.ts';

const COCO = { id: 'coco-ssd', task: 'object-detection' };
const TEXT = { id: 'text', task: 'text-recognition' };
const BIRDS = { id: 'birds', task: 'image-classification' };
const MINE = 'things:my-things';
const kinds = (models: (typeof COCO)[], taught?: string) => modesOf(models, taught).map(({ kind }) => kind);

test('only what there is becomes a mode; everything at once is one where there is text besides things', () => {
  assert.deepEqual(kinds([]), []);
  assert.deepEqual(kinds([COCO]), ['objects', 'codes']);
  assert.deepEqual(kinds([BIRDS, TEXT, COCO]), ['auto', 'objects', 'text', 'codes']);
  assert.deepEqual(kinds([TEXT]), ['text', 'codes']);
});

test('auto runs all of it together; codes alone need no model at work', () => {
  const [auto, , , codes] = modesOf([COCO, TEXT, BIRDS]);
  assert.deepEqual(auto, { kind: 'auto', modelId: 'coco-ssd', secondary: ['text'], codes: 'on' });
  assert.equal(codes?.codes, 'only');
});

test('each mode is found again from what it selects; a model of one’s own is none', () => {
  for (const models of [[COCO, TEXT, BIRDS], [COCO, BIRDS], [TEXT]]) {
    const modes = modesOf(models);
    for (const mode of modes) assert.equal(modeOf(modes, mode)?.kind, mode.kind);
  }
  const modes = modesOf([COCO, TEXT, BIRDS]);
  assert.equal(modeOf(modes, { modelId: 'birds', secondary: ['text'], codes: 'on' }), undefined);
  assert.equal(
    modeOf(modes, { modelId: 'coco-ssd', secondary: ['text', 'birds'], codes: 'on' })?.kind,
    'auto',
  );
  assert.equal(modeOf(modes, { modelId: 'coco-ssd', secondary: [], codes: 'on' })?.kind, 'objects');
});

test('added models are those that no mode uses; without modes all of them', () => {
  assert.deepEqual(addedModels([COCO, TEXT, BIRDS], modesOf([COCO, TEXT, BIRDS])), [BIRDS]);
  assert.deepEqual(addedModels([COCO, BIRDS], []), [COCO, BIRDS]);
});

test('taught things are the last mode, whichever collection is in use', () => {
  assert.deepEqual(kinds([COCO, TEXT], MINE), ['auto', 'objects', 'text', 'codes', 'things']);
  assert.deepEqual(kinds([], MINE), ['things']);
  const modes = modesOf([COCO], MINE);
  assert.deepEqual(modes.at(-1), { kind: 'things', modelId: MINE, secondary: [], codes: 'on' });
  assert.equal(modeOf(modes, { modelId: 'things:other', secondary: [], codes: 'on' })?.kind, 'things');
});
