import assert from 'node:assert/strict';
import test from 'node:test';
import type { CollectionEmbedders } from '../../../protocol/things.ts';
import { embeddersOf } from './embedders.ts';
import { embeddersText } from './text.ts';

const NOW: CollectionEmbedders = {
  inUse: 'things',
  embedders: [
    { model: 'things', name: 'My things', serves: true },
    { model: 'my-clip', name: 'CLIP', serves: true },
  ],
};

/** A server that says this, one after the other; the last one again and again. */
function server(...said: Partial<CollectionEmbedders>[]) {
  const asked: string[] = [];
  const counted: string[] = [];
  const told: string[] = [];
  const status = (): CollectionEmbedders => ({ ...NOW, ...(said.length > 1 ? said.shift() : said[0]) });
  const ask = (what: string) => async () => {
    asked.push(what);
    return NOW;
  };
  const things = {
    embedders: async () => status(),
    compareEmbedders: ask('compare'),
    chooseEmbedder: async (_: string, model: string) => ask(`use ${model}`)(),
  };
  const terminal = {
    say: (text: string) => told.push(text),
    count: (what: string, done: number, of: number) => counted.push(`${done} of ${of} ${what}`),
  };
  type Args = Parameters<typeof embeddersOf>;
  const run = (isCompared: boolean, use?: string) =>
    embeddersOf(
      { things } as unknown as Args[0],
      { terminal, signal: new AbortController().signal } as unknown as Args[1],
      { collection: 'mine', isCompared, use },
    );
  return { run, asked, counted, told };
}

test('a model that is to be used is waited for before all are compared', async () => {
  const { run, asked, counted, told } = server(
    { moving: { model: 'my-clip', done: 0, total: 0 } },
    { moving: { model: 'my-clip', done: 1, total: 2 } },
    { inUse: 'my-clip' },
    { inUse: 'my-clip', comparing: { done: 2, total: 4 } },
    { inUse: 'my-clip', samples: 2 },
  );
  assert.equal((await run(true, 'my-clip')).samples, 2);
  assert.deepEqual(asked, ['use my-clip', 'compare']);
  assert.deepEqual(counted, ['1 of 2 samples', '2 of 4 samples']);
  assert.deepEqual(told, ['The things of mine are compared by "my-clip" now.']);
});

test('what fails in the background fails the command, in the words of the server', async () => {
  const { run, told } = server(
    { moving: { model: 'my-clip', done: 0, total: 2 } },
    { problem: 'The model "my-clip" gives 9000 numbers.' },
  );
  await assert.rejects(run(false, 'my-clip'), /gives 9000 numbers/);
  assert.deepEqual(told, []);
});

test('who only looks is told what is there, and what failed before keeps no one from that', async () => {
  const { run, asked } = server({ problem: 'It failed before.' });
  assert.equal((await run(false)).inUse, 'things');
  assert.deepEqual(asked, []);
});

test('models are listed with what they recognise, and how they compare with the one in use', () => {
  const text = embeddersText({
    inUse: 'gone',
    embedders: [
      { model: 'things', name: 'My things', serves: true, recognised: 0.754, verdict: 'alike' },
      { model: 'my-clip', name: 'CLIP', serves: true, recognised: 1, verdict: 'better' },
      { model: 'gone', name: 'gone', serves: false },
    ],
    samples: 1,
  });
  assert.match(text, /^MODEL +RECOGNISED/);
  assert.match(text, /^things +75 % +no clear difference$/m);
  assert.match(text, /^my-clip +100 % +better$/m);
  assert.match(text, /^gone +in use, but not on this server any more$/m);
  assert.match(text, /Recognised of 1 sample, each by all others\.$/);
});
