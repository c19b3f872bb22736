import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { readGoldens } from '../../../server/inference/readGoldens.ts';
import { readModelFolder } from '../../../server/library/modelFolder.ts';
import { runGoldens } from '../../../vision/runGoldens.ts';
import { openModel } from './openModel.ts';

for (const id of ['text', 'things']) {
  test(`the runtime of browsers gives for the goldens of "${id}" what the server does`, () =>
    provesGoldens(id));
}

async function provesGoldens(id: string): Promise<void> {
  const folder = await readModelFolder(`models/${id}`);
  const { manifest, labels, graphFiles } = folder;
  const graphs: Record<string, ArrayBuffer> = {};
  for (const [name, file] of Object.entries(graphFiles)) {
    graphs[name] = new Uint8Array(await readFile(file)).buffer;
  }
  const runtimeUrl = pathToFileURL(`${path.resolve('node_modules/onnxruntime-web/dist')}${path.sep}`).href;
  const choice = { provider: 'wasm', threads: 1 } as const;
  const model = await openModel({ graphs, manifest, labels, runtimeUrl, choice });
  assert.match(model.runtime, /^onnxruntime-web/);
  const { cases } = await runGoldens(readGoldens(folder), model.run);
  assert.equal(cases.length, manifest.goldens.length);
  for (const { picture, comparison } of cases) assert.deepEqual(comparison.differences, [], picture);
}
