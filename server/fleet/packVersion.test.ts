import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import * as v from 'valibot';
import { sha256Of } from '../disk/sha256Of.ts';
import { modelRef, readModelFolder } from '../library/modelFolder.ts';
import { createModelStore } from '../library/store.ts';
import { stageVersion } from '../testing/stageVersion.ts';
import { FleetVersion } from './fleetLibrary.ts';
import { packVersion } from './packVersion.ts';

test('a version that was packed is the same one where it is activated, with its dates', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-pack-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const [here, there, staged, fetched] = ['here', 'there', 'staged', 'fetched'].map((name) =>
    path.join(dir, name),
  );
  assert.ok(here && there && staged && fetched);
  await stageVersion(staged, 'mine', 'a graph');
  const from = createModelStore(here, { now: () => '2026-01-02T03:04:05.000Z' });
  const { version } = await from.activate('mine', staged);
  const packed = await packVersion(modelRef(await readModelFolder(path.join(here, 'mine'))));
  assert.equal(packed.version.version, version);
  assert.deepEqual(packed.version.files.map((file) => file.path).sort(), [
    ...['LICENSE', 'goldens/one.json', 'goldens/one.png', 'labels.txt', 'manifest.json', 'model.onnx'],
  ]);

  for (const [file, content] of packed.contents) {
    const target = path.join(fetched, file);
    await mkdir(path.dirname(target), { recursive: true });
    if (typeof content === 'string') await copyFile(content, target);
    else await writeFile(target, content);
  }
  for (const { path: file, sha256, bytes } of packed.version.files) {
    assert.deepEqual(
      [await sha256Of(path.join(fetched, file)), (await readFile(path.join(fetched, file))).length],
      [sha256, bytes],
    );
  }
  const to = createModelStore(there, { mayBeEmpty: true });
  assert.equal((await to.activate('mine', fetched, { isCopy: true })).version, version);
  const manifests = await Promise.all(
    [here, there].map((models) => readModelFolder(path.join(models, 'mine'))),
  );
  const [a, b] = manifests.map(({ manifest }) => manifest);
  assert.deepEqual(b, a);
  await to.remove('mine');
  assert.deepEqual(await to.ids(), []);
});

test('a version of others names no place outside of its folder', () => {
  const named = (id: string, file: string) =>
    v.is(FleetVersion, { id, version: '1', files: [{ path: file, sha256: 'a'.repeat(64), bytes: 1 }] });
  assert.ok(named('birds', 'goldens/1.jpg'));
  for (const id of ['../birds', 'a/b', '..', '']) assert.ok(!named(id, 'model.onnx'), id);
  for (const file of ['../model.onnx', '/etc/passwd', 'a/../../b']) assert.ok(!named('birds', file), file);
});
