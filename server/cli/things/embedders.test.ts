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

/** Samples, done when the command is interrupted. */
const STOPPED_AT = 13;

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
    cancelComparison: ask('cancel'),
    chooseEmbedder: async (_: string, model: string) => ask(`use ${model}`)(),
  };
  const stop = new AbortController();
  const terminal = {
    say: (text: string) => told.push(text),
    count: (what: string, done: number, of: number) => {
      counted.push(`${done} of ${of} ${what}`);
      // As by Ctrl+C.
      if (done === STOPPED_AT) stop.abort();
    },
  };
  type Args = Parameters<typeof embeddersOf>;
  const run = (isCompared: boolean, use?: string) =>
    embeddersOf({ things } as unknown as Args[0], { terminal, signal: stop.signal } as unknown as Args[1], {
      collection: 'mine',
      isCompared,
      use,
    });
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

test('Ctrl+C during a comparison ends it on the server, too; while another model takes over, that goes on', async () => {
  const interrupted = { name: 'Interrupted' };
  const comparing = server({ comparing: { done: STOPPED_AT, total: 40 } });
  await assert.rejects(comparing.run(true), { ...interrupted, message: /comparison was cancelled/ });
  assert.deepEqual(comparing.asked, ['compare', 'cancel']);
  const moving = server({ moving: { model: 'my-clip', done: STOPPED_AT, total: 40 } });
  await assert.rejects(moving.run(false, 'my-clip'), { ...interrupted, message: /server goes on/ });
  assert.deepEqual(moving.asked, ['use my-clip']);
});

test('a comparison that somebody else cancelled is not taken for one that is done', async () => {
  await assert.rejects(server({ comparing: { done: 1, total: 4 } }, {}).run(true), /cancelled elsewhere/);
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
