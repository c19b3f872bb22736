import assert from 'node:assert/strict';
import test from 'node:test';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-node';
import { OnnxGraph } from '../../server/import/onnx/onnxGraph.ts';
import { serialiseOnnx } from '../../server/import/onnx/onnxModel.ts';
import { float32 } from '../../server/import/onnx/tensor.ts';
import { seeded } from '../../server/import/testing/opHarness.ts';
import { addSsdHead } from './ssdHead.ts';

const seed = 7;
const anchorCount = 300;
const classCount = 5;
const minScore = 0.4;
const maxDetections = 20;
const scales = [10, 10, 5, 5] as const;

const random = seeded(seed);
/** Small anchors all over the picture, some reaching out of it, many over one another. */
const anchors = float32(
  [anchorCount, 4],
  Array.from({ length: anchorCount }, () => {
    const [top, left, height, width] = [random(), random(), 0.1 + random() * 0.3, 0.1 + random() * 0.3];
    return [top - height / 2, left - width / 2, top + height / 2, left + width / 2];
  }).flat(),
);

function headAlone(): Uint8Array {
  const graph = new OnnxGraph();
  const encodings = graph.input({ name: 'encodings', dtype: 'float32', shape: ['N', anchorCount, 4] });
  const logits = graph.input({ name: 'logits', dtype: 'float32', shape: ['N', anchorCount, classCount] });
  addSsdHead(graph, {
    encodings,
    logits,
    anchors,
    encodingScales: scales,
    minScore,
    maxOverlap: 0.5,
    maxDetections,
  });
  return serialiseOnnx(graph, 'head');
}

/** What the graph should give for one picture, by TensorFlow.js' own suppression. */
async function expectedFor(encodings: Float32Array, logits: Float32Array) {
  await tf.setBackend('cpu');
  const corners: number[][] = [];
  const scores: number[] = [];
  const classes: number[] = [];
  for (let i = 0; i < anchorCount; i++) {
    const [ty = 0, tx = 0, th = 0, tw = 0] = encodings.subarray(i * 4, i * 4 + 4);
    const [top = 0, left = 0, bottom = 0, right = 0] = anchors.data.subarray(i * 4, i * 4 + 4);
    const [height, width] = [bottom - top, right - left];
    const [y, x] = [top + height / 2 + (ty / 10) * height, left + width / 2 + (tx / 10) * width];
    const [halfHeight, halfWidth] = [(height * Math.exp(th / 5)) / 2, (width * Math.exp(tw / 5)) / 2];
    corners.push([y - halfHeight, x - halfWidth, y + halfHeight, x + halfWidth]);
    const own = Array.from(logits.subarray(i * classCount, (i + 1) * classCount));
    scores.push(1 / (1 + Math.exp(-Math.max(...own))));
    classes.push(own.indexOf(Math.max(...own)));
  }
  const kept = await tf.image.nonMaxSuppressionAsync(
    tf.tensor2d(corners),
    scores,
    maxDetections,
    0.5,
    minScore,
  );
  return Array.from(await kept.data(), (i) => {
    const [top = 0, left = 0, bottom = 0, right = 0] = (corners[i] ?? []).map((edge) =>
      Math.min(Math.max(edge, 0), 1),
    );
    return { class: classes[i], score: scores[i] ?? 0, box: [left, top, right - left, bottom - top] };
  });
}

test(`decoding, suppression and clipping agree with TensorFlow.js, picture by picture (seed ${seed})`, async () => {
  const session = await ort.InferenceSession.create(headAlone(), { intraOpNumThreads: 1 });
  const pictures = 3;
  const encodings = Float32Array.from({ length: pictures * anchorCount * 4 }, () => random() * 8 - 4);
  const logits = Float32Array.from({ length: pictures * anchorCount * classCount }, () => random() * 8 - 6);
  // The picture in the middle shows nothing.
  logits.fill(-9, anchorCount * classCount, 2 * anchorCount * classCount);
  const found = await session.run({
    encodings: new ort.Tensor('float32', encodings, [pictures, anchorCount, 4]),
    logits: new ort.Tensor('float32', logits, [pictures, anchorCount, classCount]),
  });
  const data = (name: string): number[] => Array.from(found[name]?.data as ArrayLike<number>);
  const [images, boxes, scores, classes] = [data('images'), data('boxes'), data('scores'), data('classes')];
  let row = 0;
  for (let picture = 0; picture < pictures; picture++) {
    const expected = await expectedFor(
      encodings.slice(picture * anchorCount * 4, (picture + 1) * anchorCount * 4),
      logits.slice(picture * anchorCount * classCount, (picture + 1) * anchorCount * classCount),
    );
    assert.equal(expected.length, picture === 1 ? 0 : maxDetections);
    for (const detection of expected) {
      assert.equal(images[row], picture);
      assert.equal(classes[row], detection.class);
      assert.ok(Math.abs((scores[row] ?? 0) - detection.score) < 1e-5);
      detection.box.forEach((side, i) => {
        assert.ok(Math.abs((boxes[row * 4 + i] ?? Number.NaN) - side) < 1e-5, `row ${row}, side ${i}`);
      });
      row++;
    }
  }
  assert.equal(images.length, row);
});
