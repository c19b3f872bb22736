import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import * as v from 'valibot';
import { CollectionDetails } from '../../protocol/things.ts';
import { SILENT_LOG } from '../testing/silentLog.ts';
import { taughtSample } from '../testing/taughtSamples.ts';
import { openThingsStore } from '../things/thingsStore.ts';
import { createThingsRoutes, type ThingsRoutesOptions } from './thingsRoutes.ts';

test('the head is of samples that the model of now embedded, and the collection says how much it recognises', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-things-'));
  t.after(() => rm(dir, { recursive: true }));
  const things = await openThingsStore(dir, SILENT_LOG);
  const mine = await things.findOrCreate('mine');
  for (const [name, value] of [
    ['mug', 1],
    ['mug', 2],
    ['pen', -3],
    ['pen', -4],
  ] as const) {
    await mine.add({ name }, taughtSample(value));
  }
  const loaded: string[] = [];
  let version = 'v1';
  const options: Partial<ThingsRoutesOptions> = {
    things,
    log: SILENT_LOG,
    embedders: { relearning: () => undefined } as unknown as ThingsRoutesOptions['embedders'],
    access: { callerOf: async () => ({ adminRight: undefined }) } as unknown as ThingsRoutesOptions['access'],
    models: {
      find: (id) => ({ manifest: { id }, version }) as ReturnType<ThingsRoutesOptions['models']['find']>,
      async load({ manifest }) {
        loaded.push(manifest.id);
      },
    },
  };
  const app = createThingsRoutes(options as ThingsRoutesOptions);
  const ask = async (route: string) => {
    const answer = await app.request(route, {}, { incoming: {} });
    assert.equal(answer.status, 200, route);
    return answer;
  };
  const details = async () => v.parse(CollectionDetails, await (await ask('/mine')).json());
  assert.equal((await details()).recognised, undefined, 'nothing was learned yet');
  await ask('/mine/head');
  assert.deepEqual(loaded, [], 'no worker has to hold the model for a device that has it');
  version = 'v2';
  await ask('/mine/head');
  assert.deepEqual(loaded, ['things:mine']);
  assert.equal((await details()).recognised, 1);
});
