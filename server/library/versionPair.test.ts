import assert from 'node:assert/strict';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { nextToFloat } from '../../models/build/nextToFloat.ts';
import type { Manifest } from '../../vision/manifest.ts';
import { modelsDirectory } from '../testing/modelFixtures.ts';
import { readModelFolder, verifyGraphHashes } from './modelFolder.ts';
import { findPair, INT8_FOLDER } from './versionPair.ts';

test('an int8 version that ships next to its float32 version is found, with the name of that one, and only while that one is live', async (t) => {
  const dir = path.join(await modelsDirectory(t), 'coco-ssd');
  const live = await readModelFolder(dir);
  const none = async () => [];
  const beside = path.join(dir, INT8_FOLDER);
  assert.equal(await findPair(live, none), undefined);

  // As quantising leaves it: complete, with paths of its own.
  const staging = path.join(await modelsDirectory(t), 'coco-ssd');
  const file = path.join(staging, 'manifest.json');
  const manifest: Manifest = JSON.parse(await readFile(file, 'utf8'));
  const quantized = { from: live.version, bits: 7, layers: 1, of: 1, pictures: 1 } as const;
  const provenance = { ...manifest.provenance, quantized };
  const minScore = { ...manifest.minScore, default: 0.4 };
  await writeFile(file, JSON.stringify({ ...manifest, minScore, name: 'Old name', provenance }));
  await mkdir(beside);
  for (const name of ['model.onnx', 'goldens'])
    await cp(path.join(staging, name), path.join(beside, name), { recursive: true });
  const made = await nextToFloat(dir, staging, INT8_FOLDER);
  await writeFile(path.join(beside, 'manifest.json'), JSON.stringify(made));

  const pair = await findPair(live, none);
  assert.equal(pair?.float?.version, live.version);
  assert.notEqual(pair?.int8.version, live.version);
  assert.equal(pair?.int8.manifest.name, live.manifest.name);
  assert.ok(pair?.int8.manifest.goldens.every(({ image }) => image.startsWith('int8/goldens/')));
  await verifyGraphHashes(pair.int8);

  assert.equal(await findPair({ ...live, version: 'another' }, none), undefined);
  // What was made live as int8 is paired with the float32 version that is kept, or with none.
  const activated = { ...live, manifest: { ...live.manifest, provenance } };
  assert.equal((await findPair(activated, async () => [live]))?.float?.version, live.version);
  const alone = await findPair(activated, none);
  assert.deepEqual([alone?.float, alone?.int8.version], [undefined, live.version]);
});
