import assert from 'node:assert/strict';
import test from 'node:test';
import { CodedError } from '../../protocol/errors.ts';
import { createSemaphore } from '../limits/semaphore.ts';
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
  assert.deepEqual([...byEmbedder], [[undefined, { recognised: 1, version: 'v1' }]]);
  assert.equal(counted.at(-1), '12/12');
});

test('what is no fault of one model ends the comparison', async () => {
  await assert.rejects(compare(new Error('the disk')).compared, /the disk/);
});

/** Models by their versions, of which each can see the samples; `onSeen` is called after each sample that one saw. */
function compareServing(versions: Map<string, string>, onSeen: (model: string, seen: number) => void) {
  const stop = new AbortController();
  const seen = new Map<string, number>();
  const context = {
    models: {
      find(id: string) {
        const version = versions.get(id);
        if (version === undefined) throw new CodedError('unknown_model', `no ${id}`);
        const task = id === 'things' ? 'thing-embedding' : 'image-embedding';
        return { version, manifest: { task, input: { width: 8, height: 8 } } };
      },
      load: () => undefined,
    },
    pictures: createSemaphore(1),
    limits: { maxPicturePixels: 1_000 },
    cutters: {
      cutSample: async ({ image }: { image: Uint8Array }) => ({
        kind: 'cutOut',
        jpeg: image,
        views: [image],
        box: [],
      }),
    },
    queue: {
      async submit({ model }: { model: string }) {
        const version = versions.get(model);
        seen.set(model, (seen.get(model) ?? 0) + 1);
        const result = {
          kind: 'answered',
          version,
          answer: { task: 'image-embedding', embedding: new Float32Array([1, 2]) },
        };
        onSeen(model, seen.get(model) ?? 0);
        return result;
      },
    },
  } as unknown as TeachContext;
  const compared = compareEmbedders(COLLECTION, {
    embedders: [undefined, 'first', 'second'],
    context,
    learner: { run: (async () => Array(6).fill(true)) as never },
    background: async () => undefined,
    signal: stop.signal,
    onProgress: () => {},
  });
  return { compared, stop, seen };
}
const SERVING = { things: 'v1', first: 'f1', second: 's1' };

for (const [what, change] of [
  ['replaced', (versions: Map<string, string>) => void versions.set('first', 'f2')],
  ['removed', (versions: Map<string, string>) => void versions.delete('first')],
] as const) {
  // While it sees the samples, and after it saw them, when the next model does.
  for (const [model, at] of [
    ['first', 3],
    ['second', 2],
  ] as const) {
    test(`a model that is ${what} while ${model} looks is left out and named, and the others are compared`, async () => {
      const versions = new Map(Object.entries(SERVING));
      const { compared } = compareServing(versions, (by, seen) => {
        if (by === model && seen === at) change(versions);
      });
      const { byEmbedder, changed, samples } = await compared;
      assert.equal(changed, 'first');
      assert.deepEqual([...byEmbedder.keys()], [undefined, 'second']);
      assert.equal(samples, 6);
    });
  }
}

test('the comparison is refused where the model in use is replaced meanwhile: the others are compared with nothing', async () => {
  const versions = new Map(Object.entries(SERVING));
  const { compared } = compareServing(versions, (by, seen) => {
    if (by === 'second' && seen === 2) versions.set('things', 'v2');
  });
  await assert.rejects(
    compared,
    (error: CodedError) =>
      error.code === 'conflict' && /"things" was replaced or removed/.test(error.message),
  );
});

test('a comparison that is cancelled ends before the next picture is looked at', async () => {
  const { compared, stop, seen } = compareServing(new Map(Object.entries(SERVING)), (by, count) => {
    if (by === 'first' && count === 2) stop.abort(new Error('enough'));
  });
  await assert.rejects(compared, /enough/);
  assert.deepEqual([...seen], [['first', 2]]);
});
