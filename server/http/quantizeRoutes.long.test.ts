import assert from 'node:assert/strict';
import test, { type TestContext } from 'node:test';
import { createHttpClient } from '../../client/http/httpClient.ts';
import type { ImportState } from '../../protocol/models.ts';
import { flatClassifier, tinyClassifier } from '../import/testing/modelsForTests.ts';
import { modelsDirectory } from '../testing/modelFixtures.ts';
import { ADMIN_TOKEN, ONE_WORKER, testServer } from '../testing/testServer.ts';

// So much work that int8 is faster on any processor.
const wide = () => new Blob([new Uint8Array(tinyClassifier({ channels: [64, 128, 128, 128] }))]);

/** A server whose models may be changed, and a client of its operator. */
async function open(t: TestContext) {
  const server = await testServer(t, {
    modelsDir: await modelsDirectory(t),
    adminToken: ADMIN_TOKEN,
    ...ONE_WORKER,
  });
  const http = createHttpClient({ url: server.url, token: () => ADMIN_TOKEN });
  return { server, http };
}

test('an int8 version is made through HTTP: accepted, live, rolled back; a newer version is not replaced by it', async (t) => {
  const { http } = await open(t);
  const settled = (state: ImportState) => http.imports.settled(state);
  const bring = async (file: Blob) => {
    const asking = await settled(await http.imports.upload(file, { name: 'wide.onnx' }));
    const { phase, report, error } = await settled(await http.imports.accept(asking.id, { as: 'wide' }));
    assert.equal(phase, 'live', error?.message);
    return report?.version ?? '';
  };
  const versionNow = async () => (await http.models()).models.find(({ id }) => id === 'wide')?.version;
  const float = await bring(wide());

  const messages = new Set<string>();
  const made = await http.imports.settled(await http.imports.quantize('wide'), {
    onChange: ({ sentence, quantizes }) => {
      assert.equal(quantizes, 'wide');
      if (sentence) messages.add(sentence.code);
    },
  });
  assert.equal(made.phase, 'asking', made.error?.message);
  assert.ok(messages.has('calibrates'), [...messages].join());
  const { quantized } = made;
  assert.equal(quantized?.from, float);
  assert.ok(quantized?.isFaster, JSON.stringify(quantized?.speed));
  assert.ok(quantized.bytes.int8 < quantized.bytes.float / 2);
  assert.equal(await versionNow(), float);

  const live = await settled(await http.imports.accept(made.id));
  assert.equal(live.phase, 'live', live.error?.message);
  assert.equal(await versionNow(), quantized.version);
  const again = await settled(await http.imports.quantize('wide'));
  assert.equal(again.phase, 'failed');
  assert.match(again.error?.message ?? '', /quantised already/);
  assert.equal((await http.rollBack('wide')).version, float);

  const late = await settled(await http.imports.quantize('wide'));
  const newer = await bring(new Blob([new Uint8Array(tinyClassifier({ channels: [64, 128] }))]));
  const tooLate = await settled(await http.imports.accept(late.id));
  assert.equal(tooLate.phase, 'failed');
  assert.equal(tooLate.error?.sentence?.code, 'quantized_other');
  assert.equal(await versionNow(), newer);
});

test('what has no int8 version says so, as does who may not have one', async (t) => {
  const { server, http } = await open(t);
  await assert.rejects(http.imports.quantize('nothing'), { code: 'unknown_model' });
  const stranger = createHttpClient({ url: server.url });
  await assert.rejects(stranger.imports.quantize('coco-ssd'), { code: 'forbidden_admin' });
  const flat = new Blob([new Uint8Array(flatClassifier({ weights: 'colours' }))]);
  const asking = await http.imports.settled(await http.imports.upload(flat, { name: 'flat.onnx' }));
  await http.imports.settled(await http.imports.accept(asking.id));
  const { phase, error } = await http.imports.settled(await http.imports.quantize('flat'));
  assert.equal(phase, 'failed');
  assert.match(error?.message ?? '', /no two-dimensional convolution/);
});
