import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Runs in a browser: the original TensorFlow.js graph of COCO-SSD on the WebAssembly backend, one thread, SIMD where the
 * browser has it. What the coco-ssd package does afterwards is left out, which is in its favour.
 */
declare global {
  interface Window {
    /** Runs for so long. */
    tfjsLoop(durationMs: number): Promise<{ perSecond: number }>;
  }
}

setThreadsCount(1);
setWasmPaths('/wasm/');
await tf.setBackend('wasm');
const model = await loadGraphModel('/model/model.json');
const bitmap = await createImageBitmap(await (await fetch('/frame.jpg')).blob());
const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
if (context === null) throw new Error('No canvas.');
context.drawImage(bitmap, 0, 0);
const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
const pixels = new Int32Array(data.filter((_, i) => i % 4 !== 3));

async function detect(): Promise<void> {
  const image = tf.tensor4d(pixels, [1, bitmap.height, bitmap.width, 3], 'int32');
  const outputs = await model.executeAsync({ image_tensor: image }, [
    'Postprocessor/Slice',
    'Postprocessor/ExpandDims_1',
  ]);
  const all = Array.isArray(outputs) ? outputs : [];
  await Promise.all(all.map((output) => output.data()));
  tf.dispose([image, ...all]);
}

for (let i = 0; i < 3; i++) await detect();
window.tfjsLoop = async (durationMs) => {
  const startedAt = performance.now();
  let runs = 0;
  while (performance.now() - startedAt < durationMs) {
    await detect();
    runs += 1;
  }
  return { perSecond: (runs * 1000) / (performance.now() - startedAt) };
};
