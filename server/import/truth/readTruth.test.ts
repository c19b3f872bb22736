import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { temporaryFolder } from '../testing/modelsForTests.ts';
import { readTruth } from './readTruth.ts';

const LABELS = ['person', 'cat'];

/** A folder with these files; pictures are `a.jpg` and `b.jpg` in `within`. */
async function folderWith(t: TestContext, files: Record<string, unknown>, within = '.') {
  const dir = await temporaryFolder(t);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(dir, name)), { recursive: true });
    await writeFile(path.join(dir, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  await mkdir(path.join(dir, within), { recursive: true });
  return ['a.jpg', 'b.jpg'].map((name) => ({ name, file: path.join(dir, within, name) }));
}

const COCO = {
  images: [
    { id: 7, file_name: 'train/a.jpg', width: 200, height: 100 },
    { id: 8, file_name: 'elsewhere.jpg', width: 200, height: 100 },
  ],
  categories: [{ id: 17, name: 'cat' }],
  annotations: [
    { image_id: 7, category_id: 17, bbox: [20, 10, 100, 50] },
    { image_id: 7, category_id: 17, bbox: [0, 0, 200, 100], area: 3, iscrowd: 1 },
    { image_id: 8, category_id: 17, bbox: [0, 0, 1, 1] },
  ],
};

describe('readTruth', () => {
  test('COCO JSON next to the pictures, or one folder above images/', async (t) => {
    const expected = {
      size: { width: 200, height: 100 },
      things: [
        { label: 'cat', box: [0.1, 0.1, 0.5, 0.5], isCrowd: false, area: 5000 },
        { label: 'cat', box: [0, 0, 1, 1], isCrowd: true, area: 3 },
      ],
    };
    const flat = await readTruth(await folderWith(t, { 'a.json': [1], 'truth.json': COCO }), LABELS);
    const above = await readTruth(await folderWith(t, { 'instances.json': COCO }, 'images'), LABELS);
    for (const truth of [flat, above]) {
      assert.deepEqual([...(truth?.pictures ?? [])], [['a.jpg', expected]]);
      assert.deepEqual(truth?.classes, ['cat']);
    }
  });

  test('YOLO text next to the pictures: boxes and outlines, numbered as the model’s labels', async (t) => {
    const text = '1 0.5 0.5 0.5 0.25\n0 0.25 0.25 0.75 0.25 0.75 0.5\n';
    const truth = await readTruth(await folderWith(t, { 'a.txt': text, 'b.txt': '' }), LABELS);
    assert.deepEqual(truth?.pictures.get('a.jpg')?.things, [
      { label: 'cat', box: [0.25, 0.375, 0.5, 0.25], isCrowd: false },
      { label: 'person', box: [0.25, 0.25, 0.5, 0.25], isCrowd: false },
    ]);
    assert.deepEqual(truth.pictures.get('b.jpg'), { things: [] });
  });

  test('YOLO text in labels/ beside images/, with the names of data.yaml', async (t) => {
    const files = { 'labels/a.txt': '0 0.5 0.5 1 1', 'data.yaml': 'nc: 1\nnames: [Cat]\n' };
    const truth = await readTruth(await folderWith(t, files, 'images'), LABELS);
    assert.deepEqual([...(truth?.pictures.keys() ?? [])], ['a.jpg']);
    assert.equal(truth?.pictures.get('a.jpg')?.things[0]?.label, 'Cat');
  });

  test('COCO’s own layout: annotations/ next to the folders of pictures, whose file is named after theirs', async (t) => {
    const other = { ...COCO, annotations: [] };
    const files = { 'annotations/instances_train.json': other, 'annotations/instances_val.json': COCO };
    for (const within of ['val', 'images/val']) {
      const truth = await readTruth(await folderWith(t, files, within), LABELS);
      assert.equal(truth?.pictures.get('a.jpg')?.things.length, 2, within);
    }
  });

  test('YOLO’s own layout: labels/val of images/val, with data.yaml at the top', async (t) => {
    const files = { 'labels/val/b.txt': '0 0.5 0.5 1 1', 'data.yaml': 'names:\n  0: dog\n' };
    const truth = await readTruth(await folderWith(t, files, 'images/val'), LABELS);
    assert.equal(truth?.pictures.get('b.jpg')?.things[0]?.label, 'dog');
    assert.deepEqual(truth.classes, ['dog']);
  });

  test('a folder with the name of a file is passed over', async (t) => {
    const files = { 'a.json/inner.txt': '', 'truth.json': COCO };
    const truth = await readTruth(await folderWith(t, files), LABELS);
    assert.deepEqual([...(truth?.pictures.keys() ?? [])], ['a.jpg']);
  });

  test('other texts are no truth', async (t) => {
    const files = { 'a.txt': 'a cat on a sofa', 'b.txt': '1 2 3 4 5', 'package.json': { images: [] } };
    assert.equal(await readTruth(await folderWith(t, files), LABELS), undefined);
  });
});
