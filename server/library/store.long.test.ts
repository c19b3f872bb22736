import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { aboutWords } from '../../protocol/sentences/words.ts';
import { copyShipped } from '../testing/modelFixtures.ts';
import { program } from '../testing/program.ts';
import { SILENT_LOG } from '../testing/silentLog.ts';
import { stageVersion } from '../testing/stageVersion.ts';
import { madeFrom } from './madeFrom.ts';
import { readModelFolder, verifyGraphHashes } from './modelFolder.ts';
import { recoverModels } from './recoverModels.ts';
import { createModelStore, type ModelStore } from './store.ts';

async function openStore(t: TestContext) {
  const modelsDir = await mkdtemp(path.join(tmpdir(), 'livelens-store-'));
  t.after(() => rm(modelsDir, { recursive: true, force: true }));
  return { modelsDir, store: createModelStore(modelsDir) };
}

async function activate(store: ModelStore, graph: string, id = 'mine', options = {}) {
  const { dir } = await store.stage();
  await stageVersion(dir, id, graph);
  return store.activate(id, dir, options);
}

/** What serves, after making sure that nothing of it is missing. */
async function liveGraph(modelsDir: string, id = 'mine'): Promise<string> {
  const folder = await readModelFolder(path.join(modelsDir, id));
  await verifyGraphHashes(folder);
  assert.deepEqual(folder.labels, ['one', 'two']);
  const { goldens, license } = folder.manifest;
  for (const file of [...goldens.flatMap((golden) => Object.values(golden)), license.file ?? '']) {
    await access(path.join(folder.dir, file));
  }
  return readFile(folder.graphFiles.main ?? '', 'utf8');
}

const graphsOf = async (store: ModelStore) =>
  (await store.versions('mine')).map(({ source }) => source.replace('made of ', ''));

test('versions become live one after another, and a rollback walks back', async (t) => {
  const { modelsDir, store } = await openStore(t);
  const first = await activate(store, 'a');
  assert.equal(first.before, undefined);
  const second = await activate(store, 'b');
  assert.equal(second.before, first.version);
  await activate(store, 'c');
  assert.equal(await liveGraph(modelsDir), 'c');
  assert.deepEqual(await graphsOf(store), ['c', 'b', 'a']);

  await store.rollback('mine');
  assert.equal(await liveGraph(modelsDir), 'b');
  assert.deepEqual(await graphsOf(store), ['b', 'a', 'c']);
  await store.rollback('mine');
  assert.equal(await liveGraph(modelsDir), 'a');
  await assert.rejects(store.rollback('mine'), { code: 'conflict' });

  await store.rollback('mine', { version: second.version });
  assert.equal(await liveGraph(modelsDir), 'b');
  assert.deepEqual(
    (await store.history('mine')).map(({ version }) => version),
    [first.version, second.version],
  );
});

test('a version that was made from one that is no longer live changes nothing', async (t) => {
  const { modelsDir, store } = await openStore(t);
  const { version } = await activate(store, 'a');
  const made = { assertLive: madeFrom('mine', version, (values) => aboutWords('words_late', values)) };
  // Both were made from it, and come one right after the other.
  const [one, other] = await Promise.allSettled([
    activate(store, 'b', 'mine', made),
    activate(store, 'c', 'mine', made),
  ]);
  const [refused] = [one, other].filter((outcome) => outcome.status === 'rejected');
  const live = await liveGraph(modelsDir);
  assert.equal(live, one.status === 'fulfilled' ? 'b' : 'c');
  assert.equal(refused?.reason.code, 'conflict');
  assert.match(refused?.reason.message, /^Version \w{12} has become live in the meantime/);
  assert.deepEqual(await graphsOf(store), [live, 'a']);
  await assert.rejects(activate(store, 'd', 'gone', { assertLive: madeFrom('gone', version, () => '') }), {
    code: 'unknown_model',
  });
});

test('a version that was refused is deleted', async (t) => {
  const { modelsDir, store } = await openStore(t);
  await activate(store, 'a');
  const bad = await activate(store, 'bad', 'mine', { onTrial: true });
  assert.equal(await store.undo('mine', bad), true);
  assert.equal(await liveGraph(modelsDir), 'a');
  assert.deepEqual(await graphsOf(store), ['a']);
  await assert.rejects(store.rollback('mine', { version: bad.version }), { code: 'conflict' });

  const first = await activate(store, 'bad', 'other', { onTrial: true });
  assert.equal(await store.undo('other', first), true);
  assert.deepEqual(await store.ids(), ['mine']);
});

test('what is undone is the version that was refused, and no other', async (t) => {
  const { modelsDir, store } = await openStore(t);
  await activate(store, 'a');
  const bad = await activate(store, 'bad', 'mine', { onTrial: true });
  await activate(store, 'c');
  assert.equal(await store.undo('mine', bad), false);
  assert.equal(await liveGraph(modelsDir), 'c');
  assert.deepEqual(await graphsOf(store), ['c', 'a']);
});

test('a version that a rollback came to and that was refused is not come to again', async (t) => {
  const { modelsDir, store } = await openStore(t);
  for (const graph of 'abc') await activate(store, graph);
  const toB = await store.rollback('mine');
  assert.equal(await store.undo('mine', toB, { keep: true }), true);
  assert.equal(await liveGraph(modelsDir), 'c');
  await store.rollback('mine');
  assert.equal(await liveGraph(modelsDir), 'a');
  await store.rollback('mine', { version: toB.version });
  assert.equal(await liveGraph(modelsDir), 'b');
});

test('a version that was confirmed stays, one on trial does not outlive its server', async (t) => {
  const { modelsDir, store } = await openStore(t);
  await activate(store, 'a');
  const { version } = await activate(store, 'b', 'mine', { onTrial: true });
  await activate(store, 'x', 'new', { onTrial: true });
  await store.confirm('mine', version);
  await recoverModels(modelsDir, SILENT_LOG);
  assert.equal(await liveGraph(modelsDir), 'b');
  assert.deepEqual(await store.ids(), ['mine']);

  await activate(store, 'c', 'mine', { onTrial: true });
  await recoverModels(modelsDir, SILENT_LOG);
  assert.equal(await liveGraph(modelsDir), 'b');
  assert.deepEqual(await graphsOf(store), ['b', 'a']);
});

test('versions know when the first of them came, those of a model that ships do not', async (t) => {
  const { modelsDir, store } = await openStore(t);
  const provenance = async (id: string) =>
    (await readModelFolder(path.join(modelsDir, id))).manifest.provenance;
  await activate(store, 'a');
  const { addedAt } = await provenance('mine');
  assert.equal((await provenance('mine')).since, addedAt);
  await activate(store, 'b');
  assert.equal((await provenance('mine')).since, addedAt);
  await copyShipped(path.join(modelsDir, 'coco-ssd'));
  for (const graph of 'ab') {
    await activate(store, graph, 'coco-ssd');
    assert.equal((await provenance('coco-ssd')).since, undefined);
  }
});

// As root, nothing else on a disk can be relied on to refuse a folder.
test('a folder that cannot be written to is reported', { skip: process.platform !== 'linux' }, async () => {
  const store = createModelStore('/sys');
  const says = { code: 'not_writable', message: /Cannot write to \/sys.*MODELS_DIR/ };
  await assert.rejects(store.stage(), says);
  await assert.rejects(store.rollback('mine'), says);
});

test('a model that ships with its files next to its manifest can be updated and brought back', async (t) => {
  const { modelsDir, store } = await openStore(t);
  await copyShipped(path.join(modelsDir, 'coco-ssd'));
  const before = await readModelFolder(path.join(modelsDir, 'coco-ssd'));
  await activate(store, 'a', 'coco-ssd');
  assert.equal(await liveGraph(modelsDir, 'coco-ssd'), 'a');
  const back = await store.rollback('coco-ssd');
  assert.equal(back.version, before.version);
  assert.deepEqual(await readModelFolder(path.join(modelsDir, 'coco-ssd')), before);
});

test('five old versions are kept', async (t) => {
  const { modelsDir, store } = await openStore(t);
  for (const graph of 'abcdefgh') await activate(store, graph);
  assert.deepEqual(await graphsOf(store), ['h', 'g', 'f', 'e', 'd', 'c']);
  assert.equal((await readdir(path.join(modelsDir, 'mine/versions'))).length, 6);
});

test('the same version may come again, with another name', async (t) => {
  const { modelsDir, store } = await openStore(t);
  const first = await activate(store, 'a');
  const again = await activate(store, 'a');
  assert.equal(again.version, first.version);
  assert.equal(await liveGraph(modelsDir), 'a');
  assert.deepEqual(await graphsOf(store), ['a']);
});

test('a version that is not whole does not become live', async (t) => {
  const { modelsDir, store } = await openStore(t);
  await activate(store, 'a');
  const { dir } = await store.stage();
  await stageVersion(dir, 'mine', 'b');
  await writeFile(path.join(dir, 'model.onnx'), 'something else');
  await assert.rejects(store.activate('mine', dir), /SHA-256/);
  await rm(path.join(dir, 'goldens/one.png'));
  await assert.rejects(store.activate('mine', dir), /goldens\/one.png/);
  assert.equal(await liveGraph(modelsDir), 'a');
});

test('ids that leave the folder, or that Windows cannot have, are refused', async (t) => {
  const { store } = await openStore(t);
  for (const id of [
    '../up',
    'a/b',
    'con',
    'imports',
    'export',
    'nul.x',
    'lpt1',
    'ends.',
    'UP',
    '',
    '.incoming',
    'a'.repeat(65),
  ]) {
    const { dir } = await store.stage();
    await assert.rejects(store.activate(id, dir), { code: 'bad_request' }, id);
  }
});

test('a model goes away, but never the last one', async (t) => {
  const { modelsDir, store } = await openStore(t);
  await activate(store, 'a');
  await assert.rejects(store.remove('mine'), { code: 'conflict' });
  await activate(store, 'b', 'other');
  await store.remove('mine');
  assert.deepEqual(await store.ids(), ['other']);
  await assert.rejects(store.remove('mine'), { code: 'unknown_model' });
  assert.deepEqual(await readdir(path.join(modelsDir, '.incoming')), ['locks']);
});

test('many changes at once come one after the other', async (t) => {
  const { modelsDir, store } = await openStore(t);
  const other = createModelStore(modelsDir);
  await Promise.all([...'abcdef'].map((graph, i) => activate(i % 2 === 0 ? store : other, graph)));
  assert.equal((await graphsOf(store)).length, 6);
  assert.equal(await liveGraph(modelsDir), (await graphsOf(store))[0]);
});

for (const [change, after] of [
  ['activate', 'new'],
  ['rollback', 'first'],
] as const) {
  test(`whenever ${change} is killed, what was live is live or what comes is, and work goes on`, async (t) => {
    const ends: string[] = [];
    for (let step = 1; ; step++) {
      const { modelsDir, store } = await openStore(t);
      await activate(store, 'first');
      await activate(store, 'old');
      const isKilled = await isKilledAt(modelsDir, change, step);
      ends.push(await liveGraph(modelsDir));
      await activate(store, 'next');
      assert.equal(await liveGraph(modelsDir), 'next');
      assert.equal((await graphsOf(store))[1], ends.at(-1), `step ${step}: the way back`);
      await store.clean();
      assert.deepEqual(await readdir(path.join(modelsDir, '.incoming')), ['locks']);
      assert.deepEqual(await readdir(path.join(modelsDir, '.incoming/locks')), []);
      if (!isKilled) break;
    }
    t.diagnostic(`${ends.length - 1} steps: ${ends.join(' ')}`);
    assert.ok(ends.length > 8 && ends[0] === 'old' && ends.at(-1) === after);
  });
}

test('whenever a server is killed before its verdict, the next start has the version before', async (t) => {
  for (let step = 1; ; step++) {
    const { modelsDir, store } = await openStore(t);
    await activate(store, 'first');
    await activate(store, 'old');
    const isKilled = await isKilledAt(modelsDir, 'try', step);
    await recoverModels(modelsDir, SILENT_LOG);
    assert.equal(await liveGraph(modelsDir), 'old', `step ${step}`);
    assert.deepEqual(await graphsOf(store), ['old', 'first'], `step ${step}`);
    if (isKilled) continue;
    assert.ok(step > 8);
    break;
  }
});

/** Whether it was killed; false when it came to its end. */
function isKilledAt(modelsDir: string, change: string, step: number): Promise<boolean> {
  const args = [...program('killedStore', 'server/testing/killedStore.ts'), modelsDir, change, String(step)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      // Windows knows no signals: there it is an exit code.
      if (code === 0 || signal === 'SIGKILL' || process.platform === 'win32') resolve(code !== 0);
      else reject(new Error(`exit code ${code}, signal ${signal}`));
    });
  });
}
