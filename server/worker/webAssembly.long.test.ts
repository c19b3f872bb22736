import assert from 'node:assert/strict';
import { test } from 'node:test';

/** Where onnxruntime-node has no library: Macs with a processor of Intel. All processes that the server starts find none. */
process.execArgv.push('--import', new URL('../testing/runtimes/hideNative.ts', import.meta.url).href);
const { ONE_WORKER, testServer } = await import('../testing/testServer.ts');
const { recordLog } = await import('../testing/recordedLog.ts');
const { photo } = await import('../testing/media.ts');

test('without a native library models run on WebAssembly, agree with their goldens, and the log says so once', async (t) => {
  const log = recordLog();
  const server = await testServer(t, ONE_WORKER, log.log);
  const said = await log.nth('models run on WebAssembly, several times slower; see docs/accelerators.md', 1);
  assert.match(String(said.runtime), /^onnxruntime-web \d/);
  assert.match(
    String(said.why),
    /no library for this system: Cannot find module .*onnxruntime_binding\.node'$/,
  );
  const { models } = await (await fetch(`${server.url}/v1/models`)).json();
  const [model] = models;
  assert.equal(model.state, 'live');
  assert.ok(model.goldens.count > 0 && model.goldens.largestDifference < 0.01);
  const response = await fetch(`${server.url}/v1/predict`, { method: 'POST', body: await photo('cat.png') });
  const { labels } = await response.json();
  assert.equal(labels[0].label, 'cat');
});
