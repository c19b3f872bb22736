import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { modelsDirectory } from '../testing/modelFixtures.ts';
import { readModelFolder, verifyGraphHash } from './modelFolder.ts';
import { openPins } from './pins.ts';

const isGone = (dir: string) =>
  stat(dir).then(
    () => false,
    () => true,
  );

test('a pinned folder stays as it was, until it is dropped', async (t) => {
  const folder = await readModelFolder(path.join(await modelsDirectory(t), 'coco-ssd'));
  const pins = await openPins();
  t.after(() => pins.close());
  const pinned = await pins.pin(folder);
  const other = await pins.pin(folder);
  await writeFile(folder.graphFile, 'half a file');
  await verifyGraphHash(pinned);
  assert.deepEqual([pinned.version, pinned.labels], [folder.version, folder.labels]);

  // The folder itself is nobody's to remove.
  await pins.drop(folder);
  assert.equal((await readFile(folder.graphFile)).toString(), 'half a file');
  await pins.drop(pinned);
  assert.deepEqual([await isGone(pinned.dir), await isGone(other.dir)], [true, false]);
  await pins.close();
  assert.equal(await isGone(other.dir), true);
});
