import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Manifest } from '../../../vision/manifest.ts';
import type { ModelAnswer } from '../../../vision/tasks/taskOf.ts';
import type { OpenModel } from '../../inference/model.ts';
import { compareVersions } from './compareVersions.ts';

const answers = (answer: ModelAnswer) => ({ run: async () => answer }) as unknown as OpenModel;
const pictures = [{ name: 'a.jpg', pixels: new Uint8Array(3), width: 1, height: 1 }];
const minScore = { floor: 0.1, default: 0.5 };

function compared(
  task: ModelAnswer['task'],
  [float, int8]: [ModelAnswer, ModelAnswer],
  more: Partial<Manifest> = {},
) {
  const things = [{ label: 'cat', box: [0, 0, 0.5, 0.5] as const, isCrowd: false }];
  const truth = { pictures: new Map([['a.jpg', { things }]]), classes: ['cat'] };
  const versions = { float: answers(float), int8: answers(int8) };
  return compareVersions(versions, { task, minScore, ...more }, ['cat', 'dog'], pictures, truth);
}

test('embeddings are compared by their cosine, and by nothing else', async () => {
  const embedding = (...numbers: number[]): ModelAnswer => ({
    task: 'image-embedding',
    embedding: Float32Array.from(numbers),
  });
  assert.deepEqual(await compared('image-embedding', [embedding(3, 4), embedding(4, 3)]), {
    kind: 'embeddings',
    pictures: 1,
    meanCosine: 0.96,
    leastCosine: 0.96,
  });
});

test('classifiers are compared by their best label, without average precision', async () => {
  const scores = (...numbers: number[]): ModelAnswer => ({
    task: 'image-classification',
    scores: Float32Array.from(numbers),
  });
  const both: [ModelAnswer, ModelAnswer] = [scores(0.75, 0.25), scores(0.25, 0.75)];
  assert.deepEqual(await compared('image-classification', both), {
    kind: 'best',
    pictures: 1,
    sameTop: 0,
    largestDifference: 0.5,
    meanDifference: 0.5,
  });
  // Where several may apply, the labels that are shown count.
  assert.deepEqual(await compared('image-classification', both, { multiLabel: true }), {
    kind: 'labels',
    pictures: 1,
    labels: 1,
    f1: 0,
    largestDifference: 0.5,
    meanDifference: 0.5,
  });
});

test('detectors are compared by their labels, and by average precision where there is truth', async () => {
  const cat = (score: number): ModelAnswer => ({
    task: 'object-detection',
    detections: [{ label: 'cat', score, box: [0, 0, 0.5, 0.5] }],
  });
  assert.deepEqual(await compared('object-detection', [cat(0.75), cat(0.5)]), {
    kind: 'labels',
    pictures: 1,
    labels: 1,
    f1: 1,
    largestDifference: 0.25,
    meanDifference: 0.25,
    precision: { pictures: 1, things: 1, ap: { float: 1, int8: 1 }, ap50: { float: 1, int8: 1 } },
  });
});
