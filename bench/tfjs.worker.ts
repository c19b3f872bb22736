import { getThreadsCount, setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Runs in a browser: the original TensorFlow.js graph of COCO-SSD on the WebAssembly backend, SIMD where the browser has
 * it, and as many threads as the worker's name says.
 */
export interface TfjsJob {
  /** The graph alone, fed with pixels of 300x300; or from a photo to labels, as the coco-ssd package does it. */
  what: 'graph' | 'detect';
  durationMs: number;
}

/** First the number of threads, when it is open; then how long each run of a job took, ms. */
export type TfjsAnswer =
  | { value: number | number[]; error?: undefined }
  | { value?: undefined; error: string };

const WIDTH = 300;
const HEIGHT = 300;
const MAX_BOXES = 20;
const MIN_SCORE = 0.5;

const threads = Number(self.name);
let model: GraphModel;
let photo: ImageBitmap;
let pixels: Int32Array;

const WORK = {
  graph: async () => {
    const image = tf.tensor4d(pixels, [1, HEIGHT, WIDTH, 3], 'int32');
    const { scores, boxes } = await infer(image);
    await Promise.all([scores.data(), boxes.data()]);
    tf.dispose([image, scores, boxes]);
  },
  // https://github.com/tensorflow/tfjs-models/blob/master/coco-ssd/src/index.ts
  detect: async () => {
    const image = tf.tidy(() => tf.expandDims<tf.Tensor4D>(tf.browser.fromPixels(photo)));
    const { scores, boxes } = await infer(image);
    const [, anchors = 0, classes = 0] = scores.shape;
    const [scoreData, boxData] = [scores.dataSync(), boxes.dataSync()];
    tf.dispose([image, scores, boxes]);
    const best = bestOf(scoreData as Float32Array, anchors, classes);
    const chosen = tf.tidy(() =>
      tf.image.nonMaxSuppression(
        tf.tensor2d(boxData, [anchors, 4]),
        best.scores,
        MAX_BOXES,
        MIN_SCORE,
        MIN_SCORE,
      ),
    );
    const rows = chosen.dataSync();
    chosen.dispose();
    return Array.from(rows, (row) => {
      const [top = 0, left = 0, bottom = 0, right = 0] = boxData.subarray(row * 4, row * 4 + 4);
      return {
        box: [
          left * photo.width,
          top * photo.height,
          (right - left) * photo.width,
          (bottom - top) * photo.height,
        ],
        class: best.classes[row],
        score: best.scores[row],
      };
    });
  },
};

async function infer(image: tf.Tensor4D) {
  const outputs = await model.executeAsync({ image_tensor: image }, [
    'Postprocessor/Slice',
    'Postprocessor/ExpandDims_1',
  ]);
  const [scores, boxes] = Array.isArray(outputs) ? outputs : [];
  if (scores === undefined || boxes === undefined) throw new Error('COCO-SSD gave no two outputs.');
  return { scores, boxes };
}

function bestOf(values: Float32Array, anchors: number, classCount: number) {
  const scores: number[] = [];
  const classes: number[] = [];
  for (let anchor = 0; anchor < anchors; anchor++) {
    let score = Number.MIN_VALUE;
    let index = -1;
    for (let place = 0; place < classCount; place++) {
      const value = values[anchor * classCount + place] ?? 0;
      if (value > score) {
        score = value;
        index = place;
      }
    }
    scores.push(score);
    classes.push(index);
  }
  return { scores, classes };
}

async function pixelsOf(picture: ImageBitmap): Promise<Int32Array> {
  const context = new OffscreenCanvas(WIDTH, HEIGHT).getContext('2d');
  if (context === null) throw new Error('No canvas.');
  context.drawImage(picture, 0, 0, WIDTH, HEIGHT);
  const { data } = context.getImageData(0, 0, WIDTH, HEIGHT);
  return new Int32Array(data.filter((_, i) => i % 4 !== 3));
}

async function open(): Promise<void> {
  setThreadsCount(threads);
  // Whatever is asked for, it takes at most half of the cores. It sees twice as many here, so that both run with equal threads.
  Object.defineProperty(navigator, 'hardwareConcurrency', { value: 2 * threads });
  // On one thread its build without threads is the faster one.
  if (threads === 1) tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  // Absolute: its threads are workers without an address of their own.
  setWasmPaths(`${self.location.origin}/bench/wasm/`);
  if (!(await tf.setBackend('wasm'))) throw new Error('Its WebAssembly backend did not start.');
  model = await loadGraphModel('/bench/model/model.json');
  photo = await createImageBitmap(await (await fetch('/bench/photo.png')).blob());
  pixels = await pixelsOf(photo);
  for (let i = 0; i < 3; i++) {
    await WORK.graph();
    await WORK.detect();
  }
  if ((await WORK.detect()).length === 0) throw new Error('It saw nothing in the photo.');
}

async function run({ what, durationMs }: TfjsJob): Promise<number[]> {
  const runsMs: number[] = [];
  const startedAt = performance.now();
  for (let now = startedAt; now - startedAt < durationMs; ) {
    await WORK[what]();
    const doneAt = performance.now();
    runsMs.push(doneAt - now);
    now = doneAt;
  }
  return runsMs;
}

async function answer(work: Promise<TfjsAnswer['value']>): Promise<void> {
  const answered: TfjsAnswer = await work.then(
    (value = 0) => ({ value }),
    (error: unknown) => ({ error: String(error) }),
  );
  self.postMessage(answered);
}

self.onmessage = ({ data }: MessageEvent<TfjsJob>) => void answer(run(data));
void answer(open().then(() => (threads === 1 ? 1 : getThreadsCount())));
