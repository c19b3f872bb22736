import assert from 'node:assert/strict';
import test from 'node:test';
import { readRfDetrMetadata } from './rfDetrMetadata.ts';

const WRITTEN = {
  schema_version: 1,
  task: 'detect',
  means: [0.485, 0.456, 0.406],
  stds: [0.229, 0.224, 0.225],
  pixel_scale: 1 / 255,
  class_names: ['cat', 'dog'],
  class_id_to_name: { '1': 'cat', '3': 'dog' },
  num_classes: 4,
};
const read = (value: unknown) =>
  readRfDetrMetadata(
    new Map([['rfdetr_inference', typeof value === 'string' ? value : JSON.stringify(value)]]),
  );

test('names stand at their columns, of which there is one more than it counts', () => {
  assert.deepEqual(read(WRITTEN).labels?.value, ['???', 'cat', '???', 'dog', '???']);
});

test('without a map, the names are those of the first columns', () => {
  assert.deepEqual(read({ ...WRITTEN, class_id_to_name: {} }).labels?.value, [
    'cat',
    'dog',
    '???',
    '???',
    '???',
  ]);
});

test('pictures are prepared as it says', () => {
  const { mean, std, scale, fit, resample, channels } = read(WRITTEN);
  assert.deepEqual([mean?.value, std?.value, scale?.value], [WRITTEN.means, WRITTEN.stds, 1 / 255]);
  assert.deepEqual([fit?.value, resample?.value, channels?.value], ['stretch', 'bilinear', 'RGB']);
});

test('a backbone is prepared as it says, and has no boxes and no names', () => {
  const { task, labels, mean } = read({ ...WRITTEN, task: 'backbone' });
  assert.deepEqual([task, labels, mean?.value], [undefined, undefined, WRITTEN.means]);
});

test('it says whether there are masks', () => {
  assert.equal(read(WRITTEN).task?.value, 'object-detection');
  assert.equal(read({ ...WRITTEN, task: 'segment' }).task?.value, 'instance-segmentation');
});

test('what is broken, or not for pictures of three channels, says nothing', () => {
  const wrong = [
    '',
    '{',
    '[]',
    { ...WRITTEN, stds: [0, 1, 1] },
    { ...WRITTEN, means: [0.5] },
    { ...WRITTEN, num_classes: 1e9 },
  ];
  for (const value of wrong) assert.deepEqual(read(value), {});
  assert.deepEqual(readRfDetrMetadata(new Map()), {});
});
