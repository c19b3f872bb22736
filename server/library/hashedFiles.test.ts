import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { open, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { temporaryFolder } from '../import/testing/modelsForTests.ts';
import { createFileHashes, type HashedFile, readHashed } from './hashedFiles.ts';

const BYTES = 300_000;
const content = (fill: number) => Buffer.alloc(BYTES, fill);

async function collect(file: HashedFile, start = 0, end = file.bytes): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of readHashed(file, { start, end })) pieces.push(piece);
  return Buffer.concat(pieces);
}

test('a file is hashed when it is new or has changed, and read as a whole or in part', async (t) => {
  const file = path.join(await temporaryFolder(t), 'model.onnx');
  const hashOf = createFileHashes();
  await writeFile(file, content(1));
  const first = await hashOf(file);
  assert.equal(first.sha256, createHash('sha256').update(content(1)).digest('hex'));
  assert.equal(first.bytes, BYTES);
  assert.equal(await hashOf(file), first);
  assert.deepEqual(await collect(first), content(1));
  assert.equal((await collect(first, 100_000, 100_001)).length, 1);
  assert.equal((await collect(first, BYTES - 5)).length, 5);
  assert.equal((await collect(first, 7, 7)).length, 0);

  await writeFile(file, content(2));
  assert.equal((await hashOf(file)).sha256, createHash('sha256').update(content(2)).digest('hex'));
  await rm(file);
  await assert.rejects(hashOf(file), { code: 'ENOENT' });
});

test('of a file that changes while it is read, the last piece never comes', async (t) => {
  const file = path.join(await temporaryFolder(t), 'model.onnx');
  await writeFile(file, content(1));
  const hashed = await createFileHashes()(file);
  const pieces = readHashed(hashed, { start: 0, end: BYTES });
  let received = ((await pieces.next()).value ?? []).length;
  const handle = await open(file, 'r+');
  await handle.write(content(2), 0, 10, BYTES - 10);
  await handle.close();
  await assert.rejects(async () => {
    for await (const piece of pieces) received += piece.length;
  }, /changed while it was sent/);
  assert.ok(received < BYTES);
});

test('a file that is deleted while it is read comes to its end', async (t) => {
  const file = path.join(await temporaryFolder(t), 'model.onnx');
  await writeFile(file, content(1));
  const pieces = readHashed(await createFileHashes()(file), { start: 0, end: BYTES });
  let received = ((await pieces.next()).value ?? []).length;
  await rm(file);
  for await (const piece of pieces) received += piece.length;
  assert.equal(received, BYTES);
});
