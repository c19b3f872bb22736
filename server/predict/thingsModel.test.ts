import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import * as v from 'valibot';
import { Prediction } from '../../protocol/messages.ts';
import { ModelList } from '../../protocol/models.ts';
import { EMBEDDING_SIZE } from '../../vision/things/taught.ts';
import { ONE_WORKER, testServer } from '../testing/testServer.ts';

test('the model of things gives the vector of a picture and no names, and is never the default', async (t) => {
  const server = await testServer(t, ONE_WORKER);
  const { models } = v.parse(ModelList, await (await fetch(`${server.url}/v1/models`)).json());
  assert.deepEqual(
    models.map(({ id, state }) => [id, state]),
    [
      ['coco-ssd', 'live'],
      ['text', 'unloaded'],
      ['things', 'unloaded'],
    ],
  );
  const body = new Uint8Array(await readFile('models/things/goldens/cup.png'));
  const ask = async (model: string) => {
    const response = await fetch(`${server.url}/v1/predict${model}`, { method: 'POST', body });
    return v.parse(Prediction, await response.json());
  };
  const { labels, embedding, model } = await ask('?model=things&min_score=0');
  assert.match(model, /^things@/);
  assert.deepEqual(labels, []);
  assert.equal(embedding?.length, EMBEDDING_SIZE);
  assert.match((await ask('')).model, /^coco-ssd@/);
});
