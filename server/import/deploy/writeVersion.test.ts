import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { isModelId } from '../../library/modelId.ts';
import { stageVersion } from '../../testing/stageVersion.ts';
import { slug, writeVersion } from './writeVersion.ts';

test('a licence that can only be read is written as a file that can be brought to the disk', async (t) => {
  const root = await mkdtemp(path.join(tmpdir(), 'livelens-version-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  await stageVersion(root, 'mine', 'a');
  const manifest = JSON.parse(await readFile(path.join(root, 'manifest.json'), 'utf8'));
  const licenseFile = path.join(root, 'READ-ONLY');
  await writeFile(licenseFile, 'as you like');
  await chmod(licenseFile, 0o444);
  const dir = path.join(root, 'version');
  const parts = { graph: new Uint8Array(1), labels: ['one'], goldens: [] };
  await writeVersion(dir, { manifest, licenseFile, ...parts });
  const license = path.join(dir, 'LICENSE');
  assert.equal(await readFile(license, 'utf8'), 'as you like');
  assert.equal((await stat(license)).mode & 0o200, 0o200);
});

test('a name that no folder may have becomes one that it may', () => {
  for (const [name, id] of [
    ['My Birds!', 'my-birds'],
    ['con', 'model-con'],
    ['LPT1.x', 'model-lpt1.x'],
    ['imports', 'model-imports'],
    ['a.', 'a'],
    ['日本', 'model'],
  ] as const) {
    assert.equal(slug(name), id);
  }
  const long = slug(`${'a'.repeat(57)}.b`);
  assert.ok(isModelId(long), long);
});
