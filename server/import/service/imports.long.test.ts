import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import test, { type TestContext } from 'node:test';
import type { ImportOptions, ImportState } from '../../../protocol/models.ts';
import { createModelStore } from '../../library/store.ts';
import { modelsDirectory } from '../../testing/modelFixtures.ts';
import { settledImport } from '../../testing/settledImport.ts';
import { SILENT_LOG } from '../../testing/silentLog.ts';
import { tinyClassifier } from '../testing/modelsForTests.ts';
import { createImports, type Imports, type ImportsOptions } from './imports.ts';

type Refresh = ImportsOptions['registry']['refresh'];

async function open(t: TestContext, abandonedMs: number, refresh: Refresh = async () => ({ ok: true })) {
  const modelsDir = await modelsDirectory(t);
  const store = createModelStore(modelsDir);
  const imports = createImports({
    modelsDir,
    store,
    registry: { refresh },
    log: SILENT_LOG,
    maxModelBytes: 1e6,
    hub: { endpoint: 'https://hub.example' },
    abandonedMs,
  });
  t.after(() => imports.close());
  const leftovers = () => readdir(path.join(modelsDir, '.incoming'));
  const upload = () => imports.upload('a.onnx', Readable.from([Buffer.from('<html>')]), {});
  return { modelsDir, store, imports, upload, leftovers };
}

test('an import that is not answered is removed, with all its files', async (t) => {
  const { imports, upload, leftovers } = await open(t, 1);
  const { id, phase } = await upload();
  assert.equal(phase, 'failed');
  const isThere = () => {
    try {
      return imports.state(id) !== undefined;
    } catch (error) {
      assert.match(String(error), /no such import/);
      return false;
    }
  };
  while (isThere()) await new Promise(setImmediate);
  while ((await leftovers()).length > 0) {
    // until its folder is gone, too
  }
});

test('of imports that came to an end the oldest make room, those that wait do not', async (t) => {
  const { imports, upload, leftovers } = await open(t, 60_000);
  const first = await upload();
  for (let i = 0; i < 6; i++) await upload();
  assert.throws(() => imports.state(first.id), { code: 'not_found' });
  assert.equal((await leftovers()).length, 6);
  const endless = Promise.allSettled(
    Array.from({ length: 6 }, () => imports.upload('a.onnx', new Readable({ read() {} }), {})),
  );
  await assert.rejects(upload(), { code: 'server_busy' });
  await imports.close();
  for (const { status } of await endless) assert.equal(status, 'rejected');
  assert.deepEqual(await leftovers(), []);
  await assert.rejects(upload(), { code: 'restarting' });
});

/** Inspected, and waiting for a yes. */
async function asking(imports: Imports, classes: number, options: ImportOptions = {}): Promise<ImportState> {
  const bytes = Buffer.from(tinyClassifier({ classes }));
  const { id } = await imports.upload('tiny.onnx', Readable.from([bytes]), options);
  const state = await settled(imports, { id });
  assert.equal(state.phase, 'asking', JSON.stringify(state));
  return state;
}

const settled = (imports: Imports, { id }: Pick<ImportState, 'id'>) => settledImport(() => imports.state(id));

test('of two that are accepted at once, the refused one does not take the other back', async (t) => {
  const verdicts = ['refused', undefined];
  const { imports, store } = await open(t, 60_000, async () => {
    const why = verdicts.shift();
    return why === undefined ? { ok: true } : { ok: false, why };
  });
  const first = await asking(imports, 3, { id: 'tiny' });
  const second = await asking(imports, 4, { id: 'tiny' });
  imports.accept(first.id);
  imports.accept(second.id);
  assert.equal((await settled(imports, first)).phase, 'refused');
  assert.equal((await settled(imports, second)).phase, 'live');
  assert.deepEqual(
    (await store.history('tiny')).map(({ version, onTrial }) => ({ version, onTrial })),
    [{ version: second.report?.version, onTrial: undefined }],
  );
});

test('two of the same derived name, accepted at once: the second is asked about, and replaces nothing', async (t) => {
  const { imports, store } = await open(t, 60_000);
  const first = await asking(imports, 3);
  const second = await asking(imports, 4);
  assert.equal(second.report?.conflict, undefined);
  imports.accept(first.id);
  imports.accept(second.id);
  assert.equal((await settled(imports, first)).phase, 'live');
  const asked = await settled(imports, second);
  assert.equal(asked.phase, 'asking');
  assert.deepEqual(asked.report?.conflict, {
    source: 'file tiny.onnx',
    free: { id: 'tiny-2', name: 'tiny 2' },
  });
  assert.throws(() => imports.accept(second.id), {
    code: 'conflict',
    message: /"tiny-2"} to add.*"tiny"} to replace/,
  });
  imports.accept(second.id, 'tiny-2');
  const live = await settled(imports, second);
  assert.deepEqual([live.phase, live.report?.id, live.report?.name], ['live', 'tiny-2', 'tiny 2']);
  assert.deepEqual([(await store.history('tiny')).length, (await store.history('tiny-2')).length], [1, 1]);
  // The same file again is the model that it became.
  const again = await asking(imports, 4);
  assert.equal(again.report?.conflict?.free.id, 'tiny-2');
  imports.accept(again.id, 'tiny-2');
  assert.equal((await settled(imports, again)).phase, 'live');
  // By the other answer the first is replaced.
  const third = await asking(imports, 5);
  imports.accept(third.id, 'tiny');
  assert.equal((await settled(imports, third)).phase, 'live');
  assert.equal((await store.history('tiny')).at(-1)?.version, third.report?.version);
});

test('a refused version that cannot be rolled back is reported with both reasons', async (t) => {
  const { imports, store, modelsDir } = await open(t, 60_000, async () => {
    // No one can remove the only model.
    await rm(path.join(modelsDir, 'coco-ssd'), { recursive: true, force: true });
    return { ok: false, why: 'It is slow.' };
  });
  const state = await asking(imports, 3);
  imports.accept(state.id);
  const { phase, error } = await settled(imports, state);
  assert.equal(phase, 'refused');
  assert.match(error?.message ?? '', /It is slow\. .*only model/);
  assert.equal(error?.sentence?.code, 'not_undone');
  assert.equal((await store.history('tiny'))[0]?.onTrial, true);
});

test('an import whose folder cannot be made leaves nothing that waits', async (t) => {
  const { store, modelsDir } = await open(t, 60_000);
  const stage = async () => {
    const workspace = await store.stage();
    await rm(workspace.dir, { recursive: true });
    return workspace;
  };
  const imports = createImports({
    modelsDir,
    store: { ...store, stage },
    registry: { refresh: async () => ({ ok: true }) },
    log: SILENT_LOG,
    maxModelBytes: 1e6,
    hub: { endpoint: 'https://hub.example' },
  });
  // More often than there is room for imports that wait.
  for (let i = 0; i < 7; i++) await assert.rejects(imports.fetch('hf:me/net', {}), { code: 'ENOENT' });
});

test('an import that waits for its turn ends at once, and a name that cannot be is refused first', async (t) => {
  const { imports } = await open(t, 60_000);
  const bytes = Buffer.from(tinyClassifier({ classes: 3 }));
  const upload = (options = {}) => imports.upload('tiny.onnx', Readable.from([bytes]), options);
  const looked = await upload();
  const waits = await upload();
  await imports.drop(waits.id);
  assert.equal(imports.state(looked.id).phase, 'looking');
  await assert.rejects(upload({ id: 'con' }), { code: 'bad_request' });
});
