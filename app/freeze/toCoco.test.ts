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

test('key points are in pixels, 0 where none is found, and a category says what they are', () => {
  const layout = { count: 3, names: ['a', 'b', 'c'], edges: [[0, 2]] as [number, number][], minScore: 0.5 };
  const person: Label = { ...cat, label: 'person', points: [0.5, 0.25, 0.9, 0.1, 0.1, 0.4, 1, 1, 0.5] };
  const { annotations, categories } = toCoco([person], PICTURE, ['person'], layout);
  assert.deepEqual(annotations[0]?.keypoints, [320, 120, 2, 0, 0, 0, 640, 480, 2]);
  assert.equal(annotations[0]?.num_keypoints, 2);
  assert.deepEqual(categories, [
    { id: 1, name: 'person', supercategory: '', keypoints: ['a', 'b', 'c'], skeleton: [[1, 3]] },
  ]);
  assert.equal(toCoco([cat], PICTURE, NAMES, layout).annotations[0]?.keypoints, undefined);
});

test('a mask is polygons with their area, of a thing in its box, of a part of the picture in one around it', () => {
  const outline = [
    [0.25, 0.25, 0.75, 0.25, 0.75, 0.75, 0.25, 0.75],
    [0.4, 0.4, 0.4, 0.6, 0.6, 0.6, 0.6, 0.4],
  ];
  const road: Label = { id: 5, label: 'road', score: 0.9, outline, share: 0.21 };
  const { annotations } = toCoco([{ ...cat, outline }, road], PICTURE, NAMES);
  const rings = [
    [160, 120, 480, 120, 480, 360, 160, 360],
    [256, 192, 256, 288, 384, 288, 384, 192],
  ];
  for (const { segmentation, area } of annotations)
    assert.deepEqual([segmentation, area], [rings, 320 * 240 - 128 * 96]);
  const [thing] = toCoco([cat], PICTURE, NAMES).annotations;
  assert.deepEqual(
    annotations.map(({ bbox }) => bbox),
    [thing?.bbox, [160, 120, 320, 240]],
  );
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
