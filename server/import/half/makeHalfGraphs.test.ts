import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { modelRef, readModelFolder } from '../../library/modelFolder.ts';
import { addColourModel, modelsDirectory } from '../../testing/modelFixtures.ts';
import { runHalf } from '../run/process.ts';

const never = new AbortController().signal;
const folderFor = async (t: TestContext) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-half-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
};

test('the shipped model takes half of its bytes, and agrees with its goldens', async (t) => {
  const dir = await folderFor(t);
  const { main = '' } = await runHalf(
    { model: modelRef(await readModelFolder('models/coco-ssd')), dir },
    never,
  );
  assert.equal((await stat(main)).size, 8_800_245);
});

test('a graph without weights stays as it is, and no runtime is asked', async (t) => {
  const dir = await folderFor(t);
  const modelsDir = await modelsDirectory(t);
  await addColourModel(modelsDir, 'image-classification');
  const model = modelRef(await readModelFolder(path.join(modelsDir, 'colours')));
  assert.deepEqual(await runHalf({ model, dir }, never), {});
  assert.deepEqual(await readdir(dir), []);
});

test('a version that is not there says so', async (t) => {
  const ref = modelRef(await readModelFolder('models/coco-ssd'));
  const made = runHalf({ model: { ...ref, version: '0' }, dir: await folderFor(t) }, never);
  await assert.rejects(made, /holds another version by now/);
});
