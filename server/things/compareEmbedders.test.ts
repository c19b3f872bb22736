import assert from 'node:assert/strict';
import test from 'node:test';
import { CodedError } from '../../protocol/errors.ts';
import type { Collection } from './collection.ts';
import { compareEmbedders } from './compareEmbedders.ts';
import type { TeachContext } from './teach.ts';

/** Two things of three samples each, whose embeddings by the shipped model are stored. */
const THINGS = ['mug', 'pen'].map((name) => ({
  id: name,
  name,
  isNothing: false,
  samples: ['1', '2', '3'].map((at) => ({
    id: name + at,
    takenAtMs: 1,
    box: [0, 0, 1, 1] as [number, number, number, number],
    version: 'v1',
  })),
}));
const COLLECTION = {
  things: THINGS,
  embedder: undefined,
  picture: async () => new Uint8Array([0xff, 0xd8, 0xff]),
  views: async () => [new Float32Array(4)],
} as unknown as Collection;

function compare(refusal: Error, embedders: (string | undefined)[] = [undefined, 'broken']) {
  const counted: string[] = [];
  const compared = compareEmbedders(COLLECTION, {
    embedders,
    context: {
      models: {
        find() {
          throw refusal;
        },
      },
      limits: { maxPicturePixels: 1_000 },
    } as unknown as TeachContext,
    learner: { run: (async () => Array(6).fill(true)) as never },
    background: async () => undefined,
    signal: new AbortController().signal,
    onProgress: (done, total) => counted.push(`${done}/${total}`),
  });
  return { compared, counted };
}

test('a model that gives nothing to compare does not keep the others from being compared', async () => {
  const { compared, counted } = compare(new CodedError('conflict', 'too many numbers'));
  const { samples, byEmbedder } = await compared;
  assert.equal(samples, 6);
  assert.deepEqual([...byEmbedder], [[undefined, { recognised: 1 }]]);
  assert.equal(counted.at(-1), '12/12');
});

test('what is no fault of one model ends the comparison', async () => {
  await assert.rejects(compare(new Error('the disk')).compared, /the disk/);
});
