import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';

export type LiteInput = Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** What a .tflite file is asked in another process. */
export interface LiteRtTask {
  /** Absolute path of the .tflite file. */
  readonly file: string;
  readonly shape: readonly number[];
  /** One for each picture, as the file's input holds it. */
  readonly inputs: readonly LiteInput[];
}

/** For each picture all outputs, in the file's order, as the file holds them. */
export type LiteRtAnswers = readonly (readonly ArrayLike<number>[])[];

/**
 * Runs a TensorFlow Lite file as it came in LiteRT.js, which is TensorFlow Lite as WebAssembly. It changes the globals of
 * its process, and blocks it: call it in one that does nothing else.
 * @throws Error where LiteRT.js is not installed, or does not take the file
 */
export async function runInLiteRt({ file, shape, inputs }: LiteRtTask): Promise<LiteRtAnswers> {
  const { Tensor, loadAndCompile } = await openLiteRt();
  const model = await loadAndCompile(await readFile(file), {
    accelerator: 'wasm',
    cpuOptions: { numThreads: 1 },
  });
  const answers: ArrayLike<number>[][] = [];
  for (const input of inputs) {
    const outputs = await model.run([Tensor.fromTypedArray(input, [...shape])]);
    // A copy: what comes may lie in memory that the next run writes to.
    answers.push(await Promise.all(outputs.map(async (output) => (await output.data()).slice())));
    for (const output of outputs) output.delete();
  }
  return answers;
}

/** Its loader expects a classic worker: these are the names that it takes from there. */
export async function openLiteRt(): Promise<typeof import('@litertjs/core')> {
  const require = createRequire(import.meta.url);
  const dir = path.join(path.dirname(require.resolve('@litertjs/core')), '../wasm/');
  const scripts = new Map<string, string>();
  for (const name of ['litert_wasm_internal.js', 'litert_wasm_compat_internal.js']) {
    const file = path.join(dir, name);
    scripts.set(file, await readFile(file, 'utf8'));
  }
  Object.assign(globalThis, {
    ...{ self: globalThis, require, __dirname: dir },
    Module: { locateFile: (file: string) => dir + file },
    importScripts(file: string) {
      Object.assign(globalThis, { __filename: file });
      vm.runInThisContext(scripts.get(file) ?? '', { filename: file });
    },
  });
  const liteRt = await import('@litertjs/core');
  await liteRt.loadLiteRt(dir, { threads: false });
  return liteRt;
}

/** As goldens name it, with its version; without, where it is not installed: running it says so. */
export function liteRtName(): string {
  try {
    const entry = createRequire(import.meta.url).resolve('@litertjs/core');
    const { version } = JSON.parse(readFileSync(path.join(path.dirname(entry), '../package.json'), 'utf8'));
    return `LiteRT.js ${version}`;
  } catch {
    return 'LiteRT.js';
  }
}
