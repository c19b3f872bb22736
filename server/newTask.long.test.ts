import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImportState } from '../protocol/models.ts';
import './testing/swatches/replaceTasks.ts';

/**
 * A task of two graphs, added by one file and a line in the table of tasks: through import, proof, workers and socket. The
 * workers and the importer are real processes, which load the same table.
 */
process.execArgv.push('--import', new URL('./testing/swatches/replaceTasks.ts', import.meta.url).href);
// Loaded from here on: whatever asks for the table before has the one without.
const { testServer, ADMIN_TOKEN, AS_ADMIN, ONE_WORKER } = await import('./testing/testServer.ts');
const { modelsDirectory } = await import('./testing/modelFixtures.ts');
const { settledImport } = await import('./testing/settledImport.ts');
const { helloStream } = await import('./testing/streamClient.ts');
const { makeZip } = await import('./testing/makeZip.ts');
const { pictureOf, RECTANGLES, swatchesModel, swatchOf } = await import(
  './testing/swatches/swatchesModel.ts'
);

async function open(t: { after(close: () => Promise<void>): void }) {
  const server = await testServer(t, {
    modelsDir: await modelsDirectory(t),
    adminToken: ADMIN_TOKEN,
    ...ONE_WORKER,
  });
  const call = async (method: string, where: string, body?: BodyInit) => {
    const init = { method, headers: AS_ADMIN, ...(body !== undefined && { body }) };
    const response = await fetch(`${server.url}/v1/models${where}`, init);
    return response.json();
  };
  const settled = ({ id }: ImportState) => settledImport(() => call('GET', `/imports/${id}`));
  const upload = async (files: ReadonlyMap<string, Uint8Array | string>): Promise<ImportState> => {
    const zip = makeZip([...files].map(([name, content]) => ({ name: `swatches/${name}`, content })));
    return settled(await call('POST', '/imports?name=swatches.zip', new Uint8Array(zip)));
  };
  return { server, call, settled, upload };
}

test('a model of a new task with two graphs is imported, proven, served, and described to devices', async (t) => {
  const { server, call, settled, upload } = await open(t);
  const asked = await upload(await swatchesModel());
  assert.equal(asked.phase, 'asking', JSON.stringify(asked.error));
  assert.equal(asked.report?.task, 'colour-swatches');
  assert.deepEqual(asked.report?.warnings, []);
  assert.equal(asked.report?.goldens.sameTop, RECTANGLES.length);
  const live = await settled(await call('POST', `/imports/${asked.id}/accept`, '{}'));
  assert.equal(live.phase, 'live', JSON.stringify(live.error));

  const [rectangle] = RECTANGLES;
  assert(rectangle);
  const expected = swatchOf(rectangle);
  const image = await pictureOf(rectangle);
  const client = await helloStream(server.url, { model: 'swatches' });
  const message = await client.recognize(image, 'png');
  assert(message.type === 'labels');
  assert.deepEqual(message.answer, { swatches: [expected] });
  assert.deepEqual(
    message.labels.map(({ label, box }) => ({ label, box })),
    [{ label: 'red', box: expected.box }],
  );
  await client.close();

  const predicted = await fetch(`${server.url}/v1/predict?model=swatches`, {
    method: 'POST',
    body: new Uint8Array(image),
  });
  assert.deepEqual((await predicted.json()).answer, { swatches: [expected] });

  const device = await call('GET', '/swatches/device');
  assert.deepEqual(Object.keys(device.graphs), ['finder', 'reader']);
  assert.equal(device.graph, undefined);
  assert.match(device.goldens[0].server.recordedBy, /^onnxruntime-node/);
  for (const { sha256, bytes } of Object.values<{ sha256: string; bytes: number }>(device.graphs)) {
    const file = await fetch(`${server.url}/v1/models/swatches/files/${sha256}`);
    assert.equal((await file.arrayBuffer()).byteLength, bytes);
  }
  const verified = await call('POST', '/swatches/verify');
  assert.deepEqual(
    verified.runtimes.map(({ sameTop, problems }: { sameTop: number; problems: string[] }) => [
      sameTop,
      problems,
    ]),
    [
      [2, []],
      [2, []],
    ],
  );
});

test('a model folder whose goldens differ, or whose graphs are not those it names, is refused or warned of', async (t) => {
  const { upload } = await open(t);
  const files = await swatchesModel();
  const golden = {
    recordedBy: 'by hand',
    swatches: [{ label: 'blue', colour: [0, 0, 255], box: [0, 0, 1, 1] }],
  };
  const differing = await upload(new Map([...files, ['goldens/0.json', JSON.stringify(golden)]]));
  assert.deepEqual(
    differing.report?.warnings.map(({ code }) => code),
    ['normalisation'],
  );
  const swapped = await upload(
    new Map([...files, ['graphs/finder.onnx', files.get('graphs/reader.onnx') ?? '']]),
  );
  assert.equal(swapped.phase, 'failed');
  assert.match(swapped.error?.message ?? '', /finder\.onnx: SHA-256 .* expected/);
  const manifest = JSON.parse(String(files.get('manifest.json')));
  const { finder } = manifest.graphs;
  const lacking = await upload(
    new Map([...files, ['manifest.json', JSON.stringify({ ...manifest, graphs: { finder } })]]),
  );
  assert.match(lacking.error?.message ?? '', /needs the graphs finder, reader/);
});
