import assert from 'node:assert/strict';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { modelsDirectory } from '../testing/modelFixtures.ts';
import { readModelFolder, verifyGraphHashes } from './modelFolder.ts';
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
  await writeFile(folder.graphFiles.main ?? '', 'half a file');
  await verifyGraphHashes(pinned);
  assert.deepEqual([pinned.version, pinned.labels], [folder.version, folder.labels]);

  // The folder itself is no one's to remove.
  await snapshots.discard(folder);
  assert.equal((await readFile(folder.graphFiles.main ?? '')).toString(), 'half a file');
  await snapshots.discard(pinned);
  assert.deepEqual([await isGone(pinned.dir), await isGone(other.dir)], [true, false]);
  await snapshots.close();
  assert.equal(await isGone(other.dir), true);
});

test('what a process of the same id has left is removed, as in a container that was started again', async (t) => {
  const left = path.join(tmpdir(), `livelens-snapshots-${process.pid}-of-before`);
  await mkdir(left);
  const mine = await openSnapshots();
  const folder = await mine.newFolder();
  const more = await openSnapshots();
  t.after(() => Promise.all([mine.close(), more.close()]));
  assert.deepEqual([await isGone(left), await isGone(folder)], [true, false]);
});
