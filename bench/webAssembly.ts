import * as native from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { quantile } from '../protocol/quantile.ts';
import { decode } from '../server/inference/decode.ts';
import { readModelFolder } from '../server/library/modelFolder.ts';
import { frameOf } from '../server/testing/media.ts';

/**
 * Processor time of a run of the shipped model, native and on WebAssembly, one thread each, in turns: what a Mac with a
 * processor of Intel loses.
 *
 *     npx tsx bench/webAssembly.ts
 */
const TURNS = 5;
const RUNS = 8;

const folder = await readModelFolder('models/coco-ssd');
const { name, width, height } = folder.manifest.input;
const { pixels } = await decode(await frameOf('cup.png'), 'jpeg', folder.manifest.input, {
  maxPixels: 1_000_000,
  isFitted: true,
});
web.env.wasm.numThreads = 1;
const file = folder.graphFiles.main ?? '';
const shape = [1, height, width, 3];
const onNative = await native.InferenceSession.create(file, { intraOpNumThreads: 1 });
const onWeb = await web.InferenceSession.create(file, { executionProviders: ['wasm'] });
const sides = {
  native: () => onNative.run({ [name]: new native.Tensor('uint8', pixels, shape) }),
  webAssembly: () => onWeb.run({ [name]: new web.Tensor('uint8', pixels, shape) }),
};

for (const run of Object.values(sides)) for (let at = 0; at < 3; at++) await run();
const ratios: number[] = [];
for (let turn = 0; turn < TURNS; turn++) {
  const nativeMs = await cpuMs(sides.native);
  const webMs = await cpuMs(sides.webAssembly);
  ratios.push(webMs / nativeMs);
  console.log(
    `native ${nativeMs.toFixed(1)} ms, WebAssembly ${webMs.toFixed(1)} ms, ${(webMs / nativeMs).toFixed(2)} times`,
  );
}
console.log(`median ratio ${(quantile(ratios, 0.5) ?? 0).toFixed(2)}`);
process.exit(0);

/** Median processor time of a run. */
async function cpuMs(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let at = 0; at < RUNS; at++) {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1_000);
  }
  return quantile(times, 0.5) ?? 0;
}
