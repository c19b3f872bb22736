import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Label } from '../../protocol/messages.ts';
import { toCoco } from './toCoco.ts';

const PICTURE = { width: 640, height: 480, fileName: 'a.png', takenAt: new Date('2026-01-02T03:04:05Z') };
const NAMES = ['person', 'cat', 'cup'];
const cat: Label = { id: 9, label: 'cat', score: 0.9, box: [0.25, 0.5, 0.5, 0.25] };

test('boxes are in pixels, and refer to the picture and to a category', () => {
  const coco = toCoco([cat], PICTURE, NAMES);
  assert.deepEqual(coco.images, [
    { id: 1, width: 640, height: 480, file_name: 'a.png', date_captured: '2026-01-02T03:04:05.000Z' },
  ]);
  assert.deepEqual(coco.categories, [
    { id: 1, name: 'person', supercategory: '' },
    { id: 2, name: 'cat', supercategory: '' },
    { id: 3, name: 'cup', supercategory: '' },
  ]);
  assert.deepEqual(coco.annotations, [
    {
      id: 1,
      image_id: 1,
      category_id: 2,
      bbox: [160, 240, 320, 120],
      area: 38_400,
      segmentation: [],
      iscrowd: 0,
      score: 0.9,
    },
  ]);
});

test('a text has its corners as a polygon, its own area, and what it says', () => {
  const sign: Label = {
    id: 3,
    label: 'EXIT',
    text: 'EXIT',
    score: 0.8,
    quad: [
      [0.5, 0.25],
      [0.75, 0.5],
      [0.5, 0.75],
      [0.25, 0.5],
    ],
  };
  const code: Label = { ...sign, id: 4, format: 'QRCode' };
  const { annotations, categories } = toCoco([sign, code], PICTURE, NAMES);
  assert.deepEqual(annotations[0]?.segmentation, [[320, 120, 480, 240, 320, 360, 160, 240]]);
  assert.deepEqual(annotations[0]?.bbox, [160, 120, 320, 240]);
  assert.equal(annotations[0]?.area, 38_400);
  assert.equal(annotations[0]?.text, 'EXIT');
  assert.deepEqual(
    annotations.map(({ id, category_id }) => [id, categories.find((one) => one.id === category_id)?.name]),
    [
      [1, 'text'],
      [2, 'QRCode'],
    ],
  );
});

test('a label that the model did not name before gets a category of its own; a name of the whole picture has no place', () => {
  const whole: Label = { id: 1, label: 'kitchen', score: 0.7 };
  const { annotations, categories } = toCoco([whole, { ...cat, label: 'tiger' }], PICTURE, NAMES);
  assert.equal(annotations.length, 1);
  assert.deepEqual(categories.at(-1), { id: 4, name: 'tiger', supercategory: '' });
  assert.equal(annotations[0]?.category_id, 4);
});
