import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { decode } from '../../../server/inference/decode.ts';
import { openModel } from '../../../server/inference/model.ts';
import { modelsDirectory, publish, renamed } from '../../../server/testing/modelFixtures.ts';
import { testServer } from '../../../server/testing/testServer.ts';
import { compareWithGolden } from '../../../vision/golden.ts';
import { Device } from './device.ts';
import { StandInConditions, StandInSession } from './deviceFixtures.ts';
import type { DeviceModelState } from './deviceState.ts';
import { fetchFile } from './fetchFile.ts';
import type { OpenSession } from './modelHost.ts';
import { createMemoryVault } from './vault.ts';

test('a model of the real server is proven from the bytes that came, and follows a version that goes live', async (t) => {
  const modelsDir = await modelsDirectory(t);
  const models = { maxMemoryBytes: Number.POSITIVE_INFINITY, maxSlowdown: 8 };
  const server = await testServer(t, { modelsDir, models });
  const device = new Device({
    token: () => undefined,
    server: server.url,
    openSession: proveWithNode(modelsDir),
    vault: Promise.resolve(createMemoryVault()),
    fetchFile,
    deviceConditions: new StandInConditions(),
    pollMs: 100,
  });
  t.after(() => device.close());
  const model = () => device.store.getState().models['coco-ssd'];
  const session = await device.open(undefined, new AbortController().signal);
  assert.equal(session.info.id, 'coco-ssd');
  assert.equal(model()?.phase.kind, 'ready');
  assert.match(session.model.goldens[0]?.server?.recordedBy ?? '', /^onnxruntime-node/);
  const before = model();
  assert(before && before.bytes > (session.model.graph?.bytes ?? 0));

  const replaced = new Promise<readonly string[]>((resolve) => {
    device.onReplaced((_, { info }) => resolve(info.labels));
  });
  let downloaded = 0;
  device.store.subscribe(() => {
    const phase: DeviceModelState['phase'] | undefined = model()?.update?.phase;
    if (phase?.kind === 'downloading') downloaded = Math.max(downloaded, phase.receivedBytes);
  });
  t.after(device.watch());
  await publish(path.join(modelsDir, 'coco-ssd'), await renamed('cup', 'mug'));
  const labels = await replaced;
  assert(labels.includes('mug') && !labels.includes('cup'));
  assert.equal(model()?.previous, before.version);
  // Graph and pictures are the same files.
  assert.equal(downloaded, 0);
});

/** Runs the goldens of the files that were downloaded, in onnxruntime-node. */
function proveWithNode(dir: string): OpenSession {
  return async ({ model, files }) => {
    const { manifest, labels } = model;
    const file = path.join(dir, `.${model.version}.onnx`);
    await writeFile(file, new Uint8Array(await files.load(model.graph?.sha256 ?? '')));
    const opened = await openModel({ manifest, labels, graphFiles: { main: file } }, 1);
    let passes = model.goldens.length > 0;
    for (const { image, expected } of model.goldens) {
      const png = new Uint8Array(await files.load(image.sha256));
      const { pixels } = await decode(png, 'png', manifest.input, { maxPixels: 1e7, isFitted: true });
      const { differences } = compareWithGolden(expected, await opened.run(pixels));
      passes &&= differences.length === 0;
    }
    return new StandInSession(model, passes);
  };
}
