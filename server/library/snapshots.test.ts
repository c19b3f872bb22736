import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { modelsDirectory } from '../testing/modelFixtures.ts';
import { readModelFolder, verifyGraphHash } from './modelFolder.ts';
import { openSnapshots } from './snapshots.ts';

const isGone = (dir: string) =>
  stat(dir).then(
    () => false,
    () => true,
  );

test('a pinned folder stays as it was, until it is dropped', async (t) => {
  const folder = await readModelFolder(path.join(await modelsDirectory(t), 'coco-ssd'));
  const snapshots = await openSnapshots();
  t.after(() => snapshots.close());
  const pinned = await snapshots.take(folder);
  const other = await snapshots.take(folder);
  await writeFile(folder.graphFile, 'half a file');
  await verifyGraphHash(pinned);
  assert.deepEqual([pinned.version, pinned.labels], [folder.version, folder.labels]);

  // The folder itself is no one's to remove.
  await snapshots.discard(folder);
  assert.equal((await readFile(folder.graphFile)).toString(), 'half a file');
  await snapshots.discard(pinned);
  assert.deepEqual([await isGone(pinned.dir), await isGone(other.dir)], [true, false]);
  await snapshots.close();
  assert.equal(await isGone(other.dir), true);
});
