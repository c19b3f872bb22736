import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hintFilesOf, labelFilesOf } from './labelFiles.ts';

test('files that name the outputs, the likeliest first', () => {
  const names = [
    'birds.txt',
    'birds-labels.txt',
    'Birds_Classes.json',
    'labels.txt',
    'class_indices.json',
    'label_map.pbtxt',
    'synset_words.txt',
    'nsfw-labels.txt',
    'mscoco_label_map.pbtxt',
    'coco.names',
    'data.yaml',
    'metadata.json',
  ];
  const found = labelFilesOf([...names].reverse(), 'birds.onnx');
  assert.deepEqual(new Set(found), new Set(names));
  assert.equal(found[0], 'birds.txt');
  assert.deepEqual(new Set(found.slice(1, 3)), new Set(['birds-labels.txt', 'Birds_Classes.json']));
  assert.deepEqual(found.slice(-2), ['data.yaml', 'metadata.json']);
});

test('files of other kinds, and those of other models, are no label files', () => {
  const names = [
    'birds.onnx',
    'birds.json',
    'notes.txt',
    'requirements.txt',
    'config.pbtxt',
    'vocab.json',
    'tokenizer.json',
    'labels.png',
    'my-labels.md',
    'unlabels.txt',
    'cats.onnx',
    'cats-labels.txt',
    'cats.txt',
  ];
  assert.deepEqual(labelFilesOf(names, 'birds.onnx'), []);
  assert.deepEqual(labelFilesOf(names, 'cats.onnx'), ['cats.txt', 'cats-labels.txt']);
});

test('what else tells of a model', () => {
  const names = ['a.onnx', 'config.json', 'LICENSE', 'README.md', 'labels.csv', 'cat.png', 'b.onnx'];
  assert.deepEqual(hintFilesOf(names, 'a.onnx'), ['config.json', 'LICENSE', 'README.md', 'labels.csv']);
});
