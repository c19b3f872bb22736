import assert from 'node:assert/strict';
import { access, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import * as v from 'valibot';
import { sha256Of } from '../disk/sha256Of.ts';
import { temporaryFolder } from '../import/testing/modelsForTests.ts';
import { modelRef, readModelFolder, verifyGraphHashes } from '../library/modelFolder.ts';
import { filesOf } from '../library/stagedVersion.ts';
import { createModelStore } from '../library/store.ts';
import { findPair } from '../library/versionPair.ts';
import { recordLog } from '../testing/recordedLog.ts';
import { SILENT_LOG } from '../testing/silentLog.ts';
import { stageVersion } from '../testing/stageVersion.ts';
import { activatedPair, shippedPair } from '../testing/versionPairs.ts';
import { FleetVersion, type PackedVersion } from './fleetLibrary.ts';
import { createPacker, packVersion } from './packVersion.ts';

/** As another machine gets it. */
async function unpack({ contents }: PackedVersion, dir: string): Promise<void> {
  for (const [file, content] of contents) {
    const target = path.join(dir, file);
    await mkdir(path.dirname(target), { recursive: true });
    if (typeof content === 'string') await copyFile(content, target);
    else await writeFile(target, content);
  }
}

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

  await unpack(packed, fetched);
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

for (const [what, make] of [
  ['the int8 version that ships with it', shippedPair],
  ['the float32 version that it was made of', activatedPair],
] as const) {
  test(`a version that was packed with ${what} is half of that pair where it is activated, and when it is packed again`, async (t) => {
    const { modelsDir, float, int8 } = await make(t);
    const dir = await temporaryFolder(t);
    const [other, third] = [path.join(dir, 'other'), path.join(dir, 'third')];
    let from = { modelsDir, store: createModelStore(modelsDir) };
    for (const to of [other, third]) {
      const live = await readModelFolder(path.join(from.modelsDir, 'coco-ssd'));
      const packed = await createPacker({ ...from, log: SILENT_LOG }).pack(modelRef(live));
      assert.equal(packed.version.version, live.version);
      assert.ok(v.is(FleetVersion, packed.version));
      await unpack(packed, path.join(dir, 'fetched'));
      const store = createModelStore(to, { mayBeEmpty: true });
      await store.activate('coco-ssd', path.join(dir, 'fetched'), { isCopy: true });
      const activated = await readModelFolder(path.join(to, 'coco-ssd'));
      const pair = await findPair(activated, store.kept);
      assert.deepEqual(
        [activated.version, pair?.float?.version, pair?.int8.version],
        [live.version, float, int8],
      );
      for (const one of [pair?.float, pair?.int8]) {
        assert.ok(one);
        await verifyGraphHashes(one);
        for (const file of filesOf(one.manifest)) await access(path.join(one.dir, file));
      }
      from = { modelsDir: to, store };
    }
  });
}

test('a pair whose other version has paths that are too long is packed without it, lacks nothing, and that is said once', async (t) => {
  const { modelsDir, dir } = await shippedPair(t);
  const file = path.join(dir, 'int8/manifest.json');
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  const long = `int8/${'a'.repeat(110)}.onnx`;
  await copyFile(path.join(dir, manifest.graph.file), path.join(dir, long));
  await writeFile(file, JSON.stringify({ ...manifest, graph: { ...manifest.graph, file: long } }));
  const { log, lines } = recordLog();
  const packer = createPacker({ modelsDir, store: createModelStore(modelsDir), log });
  const model = modelRef(await readModelFolder(dir));
  const { version } = await packer.pack(model);
  assert.ok(version.files.every((one) => !one.path.startsWith('int8/')));
  assert.equal(await packer.lacksTwin(model, version), false);
  assert.equal(lines.length, 1);
});

test('a version of others names no place outside of its folder', () => {
  const named = (id: string, file: string) =>
    v.is(FleetVersion, { id, version: '1', files: [{ path: file, sha256: 'a'.repeat(64), bytes: 1 }] });
  assert.ok(named('birds', 'goldens/1.jpg'));
  for (const id of ['../birds', 'a/b', '..', '']) assert.ok(!named(id, 'model.onnx'), id);
  for (const file of ['../model.onnx', '/etc/passwd', 'a/../../b']) assert.ok(!named('birds', file), file);
});
