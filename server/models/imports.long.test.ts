import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import test, { type TestContext } from 'node:test';
import { SILENT_LOG } from '../telemetry/log.ts';
import { modelsDirectory } from '../testing/modelFixtures.ts';
import { createImports } from './imports.ts';
import { createModelStore } from './store.ts';

async function open(t: TestContext, abandonedMs: number) {
  const modelsDir = await modelsDirectory(t);
  const store = createModelStore(modelsDir);
  const imports = createImports({
    store,
    registry: { refresh: async () => ({ ok: true }) },
    log: SILENT_LOG,
    maxModelBytes: 1e6,
    hub: { endpoint: 'https://hub.example' },
    abandonedMs,
  });
  t.after(() => imports.close());
  const leftovers = () => readdir(path.join(modelsDir, '.incoming'));
  const upload = () => imports.upload('a.onnx', Readable.from([Buffer.from('<html>')]), {});
  return { imports, upload, leftovers };
}

test('an import that nobody answers is removed, with all that came', async (t) => {
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
