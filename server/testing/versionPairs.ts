import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { SingleGraphManifest } from '../../vision/manifest.ts';
import { readModelFolder } from '../library/modelFolder.ts';
import { createModelStore } from '../library/store.ts';
import { modelsDirectory, publish, slowGraph } from './modelFixtures.ts';

/** Enough for a race, and little for a busy machine. */
const SLOWER = 3;

type Cleanup = { after(close: () => Promise<void>): void };

// A stand-in for an int8 version is the shipped graph, and the float32 version is one that takes longer; or the other way round.

/** A model that ships with an int8 version next to its float32 version, which is slower. */
export async function shippedPair(t: Cleanup) {
  const modelsDir = await modelsDirectory(t);
  const dir = path.join(modelsDir, 'coco-ssd');
  const manifest: SingleGraphManifest = JSON.parse(await readFile(path.join(dir, 'manifest.json'), 'utf8'));
  await mkdir(path.join(dir, 'int8'));
  await cp(path.join(dir, 'model.onnx'), path.join(dir, 'int8/model.onnx'));
  await publish(dir, { 'model.onnx': await slowGraph(SLOWER) });
  const float = (await readModelFolder(dir)).version;
  const int8 = asInt8({ ...manifest, graph: { ...manifest.graph, file: 'int8/model.onnx' } }, float);
  await writeFile(path.join(dir, 'int8/manifest.json'), JSON.stringify(int8));
  return {
    modelsDir,
    dir,
    float,
    int8: (await readModelFolder(dir, path.join(dir, 'int8/manifest.json'))).version,
  };
}

/** An int8 version that was made live, of a float32 version that is kept and faster. */
export async function activatedPair(t: Cleanup) {
  const modelsDir = await modelsDirectory(t);
  const dir = path.join(modelsDir, 'coco-ssd');
  const store = createModelStore(modelsDir);
  const float = (await readModelFolder(dir)).version;
  const workspace = await store.stage();
  const staged = path.join(workspace.dir, 'version');
  await cp(dir, staged, { recursive: true });
  await publish(staged, { 'model.onnx': await slowGraph(SLOWER) }, (manifest) =>
    asInt8(manifest as SingleGraphManifest, float),
  );
  const { version: int8 } = await store.activate('coco-ssd', staged);
  await workspace.close();
  return { modelsDir, dir, store, float, int8 };
}

const asInt8 = (manifest: SingleGraphManifest, from: string): SingleGraphManifest => ({
  ...manifest,
  provenance: { ...manifest.provenance, quantized: { from, bits: 7, layers: 1, of: 1, pictures: 1 } },
});
