import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { mockTimers } from '../../app/testing/mockTimers.ts';
import type { ModelFolder } from '../library/modelFolder.ts';
import { recordLog } from '../testing/recordedLog.ts';
import { SILENT_LOG } from '../testing/silentLog.ts';
import { createHalfGraphs } from './halfGraphs.ts';

type Make = Parameters<typeof createHalfGraphs>[0]['make'];

async function halvesWith(t: TestContext, make: Make) {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-halves-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const snapshots = {
    newFolder: () => mkdtemp(path.join(dir, 'half-')),
    removeFolder: (folder = '') => rm(folder, { recursive: true }),
  };
  return { ...createHalfGraphs({ snapshots, log: SILENT_LOG, make }), folders: () => readdir(dir) };
}

const folderOf = (version: string) =>
  ({ dir: '', manifestFile: '', manifest: { id: 'birds', input: {} }, version }) as unknown as ModelFolder;

test('a version is made once, whoever asks', async (t) => {
  let made = 0;
  const halves = await halvesWith(t, async ({ dir }) => {
    made += 1;
    const main = path.join(dir, 'main.onnx');
    await writeFile(main, 'half');
    return { main };
  });
  const [first, second] = await Promise.all([halves.of(folderOf('1')), halves.soon(folderOf('1'))]);
  assert.equal(made, 1);
  assert.equal(first.main?.bytes, 4);
  assert.equal(second, first);
  await halves.of(folderOf('2'));
  assert.equal(made, 2);
});

test('the graph of a version that was replaced is found, of its own model alone', async (t) => {
  const halves = await halvesWith(t, async ({ model, dir }) => {
    const main = path.join(dir, 'main.onnx');
    await writeFile(main, `half of ${model.version}`);
    return { main };
  });
  const before = (await halves.of(folderOf('1'))).main;
  await halves.of(folderOf('2'));
  assert.ok(before);
  assert.deepEqual(await halves.find('birds', before.sha256), before);
  assert.equal(await halves.find('cats', before.sha256), undefined);
  assert.equal(await halves.find('birds', 'another'), undefined);
});

test('where goldens do not agree, devices get float32, and nothing stays on the disk', async (t) => {
  const halves = await halvesWith(t, async ({ dir }) => {
    await writeFile(path.join(dir, 'main.onnx'), 'half');
    throw new Error('cat.png: another label is the best');
  });
  assert.deepEqual(await halves.of(folderOf('1')), {});
  assert.deepEqual(await halves.folders(), []);
});

test('where there is no room for a folder, devices get float32, and the log says why', async () => {
  const newFolder = () => Promise.reject(new Error('ENOSPC: no space left on device'));
  const { log, all } = recordLog();
  const snapshots = { newFolder, removeFolder: async () => {} };
  const halves = createHalfGraphs({ snapshots, log, make: async () => ({}) });
  assert.deepEqual(await halves.of(folderOf('1')), {});
  const [line] = all('devices get the graphs with float32 weights');
  assert.match(String(line?.why), /^ENOSPC/);
});

test('where no graph is smaller so, no folder stays', async (t) => {
  const halves = await halvesWith(t, async () => ({}));
  assert.deepEqual(await halves.of(folderOf('1')), {});
  assert.deepEqual(await halves.folders(), []);
});

test('graphs that the system removed from its temporary files are made again', async (t) => {
  let made = 0;
  const halves = await halvesWith(t, async ({ dir }) => {
    made += 1;
    const main = path.join(dir, 'main.onnx');
    await writeFile(main, 'half');
    return { main };
  });
  const { main: gone } = await halves.of(folderOf('1'));
  await rm(gone?.file ?? '');
  const [first, second] = await Promise.all([halves.of(folderOf('1')), halves.of(folderOf('1'))]);
  assert.equal(made, 2);
  assert.equal(second, first);
  assert.notEqual(first.main?.file, gone?.file);
  assert.equal(first.main?.sha256, gone?.sha256);
});

test('a device does not wait for long', async (t) => {
  mockTimers(t, 'setTimeout');
  const halves = await halvesWith(t, () => new Promise(() => {}));
  const soon = halves.soon(folderOf('1'));
  t.mock.timers.tick(4_000);
  assert.deepEqual(await soon, {});
});
