import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { graphBytesOf, modelMemory } from './graphBytes.ts';

test('a model takes the growth of its process, and its weights where the process grew by less', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-graphs-'));
  t.after(() => rm(dir, { recursive: true }));
  const graphFiles = Object.fromEntries(
    ['finder', 'reader', 'missing'].map((name) => [name, path.join(dir, name)]),
  );
  await writeFile(path.join(dir, 'finder'), new Uint8Array(10));
  await writeFile(path.join(dir, 'reader'), new Uint8Array(20));
  assert.equal(await graphBytesOf({ graphFiles }), 30);
  assert.deepEqual(
    await Promise.all([-4096, 0, 29, 31].map((grown) => modelMemory({ graphFiles }, grown))),
    [30, 30, 30, 31],
  );
});
