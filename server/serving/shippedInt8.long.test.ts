import assert from 'node:assert/strict';
import test from 'node:test';
import { readModelFolder } from '../library/modelFolder.ts';
import { findPair } from '../library/versionPair.ts';
import { photo } from '../testing/media.ts';
import { testServer } from '../testing/testServer.ts';

test('the int8 version that ships is one of the float32 version that ships, proves its goldens and serves', async (t) => {
  const live = await readModelFolder('models/coco-ssd');
  const pair = await findPair(live, async () => []);
  assert.equal(pair?.float?.version, live.version);
  assert.equal(pair?.int8.manifest.provenance.quantized?.bits, 7, 'right on every processor');

  const server = await testServer(t, { precision: 'int8' });
  const { models } = await (await fetch(`${server.url}/v1/models`)).json();
  assert.equal(models[0].version, pair?.int8.version);
  const body = new Uint8Array(await photo('cup.png'));
  const { labels } = await (await fetch(`${server.url}/v1/predict`, { method: 'POST', body })).json();
  assert.ok(labels.some(({ label }: { label: string }) => label === 'cup'));
  // Browsers get the float32 version: int8 is slower there.
  const device = await (await fetch(`${server.url}/v1/models/coco-ssd/device`)).json();
  assert.equal(device.version, live.version);
});
