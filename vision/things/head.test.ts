import assert from 'node:assert/strict';
import test from 'node:test';
import { BACKGROUND } from './background.ts';
import { learnHead, likelihoods, namedBy, recognise } from './head.ts';
import { decodeHead, encodeHead } from './headBytes.ts';
import { EMBEDDING_SIZE, type TaughtThing } from './taught.ts';

/** -1..1, the same each time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** A thing as the embedder might see it: a direction of its own, in which each view strays a little. */
function embedderOf(kind: number, strayed = 0.25) {
  const direction = Float32Array.from({ length: EMBEDDING_SIZE }, numbers(kind * 1_000 + 1));
  const stray = numbers(kind * 1_000 + 2);
  return () =>
    Float32Array.from(
      direction,
      (value, i) => 40 * ((BACKGROUND[i] ?? 0) + 0.02 * (value + strayed * stray())),
    );
}

const taught = (
  name: string,
  see: () => Float32Array,
  { samples = 5, isNothing = false } = {},
): TaughtThing => ({
  id: `id-${name}`,
  name,
  isNothing,
  samples: Array.from({ length: samples }, (_, at) => ({
    id: `${name}-${at}`,
    takenAtMs: at,
    views: [see(), see()],
  })),
});

test('what was taught is named, surely; what was not is unknown', () => {
  const [mug, pen, pot] = [embedderOf(1), embedderOf(2), embedderOf(3)];
  const head = learnHead([taught('mug', mug), taught('pen', pen)]);
  for (const [see, name] of [
    [mug, 'mug'],
    [pen, 'pen'],
  ] as const) {
    const { thing, score } = recognise(head, see());
    assert.equal(thing?.name, name);
    assert.ok(score > 0.9, `${name} ${score}`);
  }
  const { thing, score } = recognise(head, pot());
  assert.equal(thing, undefined);
  assert.ok(score > 0.9, `unknown ${score}`);
  assert.equal(head.calibration.recognised, 1);
});

test('one sample of one thing is enough to begin', () => {
  const [mug, pot] = [embedderOf(1), embedderOf(3)];
  const head = learnHead([taught('mug', mug, { samples: 1 })]);
  assert.equal(recognise(head, mug()).thing?.name, 'mug');
  assert.equal(recognise(head, pot()).thing, undefined);
});

test('what is none of the things takes what looks like one of them', () => {
  const mug = embedderOf(1);
  const other = embedderOf(7, 0.1);
  // As like each other as the views of one thing are.
  const twin = () => other().map((value, i) => 0.25 * value + 0.75 * (mug()[i] ?? 0));
  const without = learnHead([taught('mug', mug)]);
  const seen = recognise(without, twin());
  assert.equal(seen.thing?.name, 'mug', `${seen.score}`);
  const head = learnHead([taught('mug', mug), taught('not it', twin, { isNothing: true })]);
  assert.equal(recognise(head, twin()).thing, undefined);
  assert.equal(recognise(head, mug()).thing?.name, 'mug');
  assert.deepEqual(
    namedBy(head).map(({ name }) => name),
    ['mug'],
  );
});

test('where things cannot be told apart, no name is sure', () => {
  const mug = embedderOf(1);
  const head = learnHead([taught('mug', mug), taught('cup', mug)]);
  const scores = Array.from({ length: 20 }, () => recognise(head, mug()).score);
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  assert.ok(mean < 0.75, `${mean}`);
});

test('nothing taught: everything is unknown', () => {
  const head = learnHead([{ id: 'a', name: 'mug', isNothing: false, samples: [] }]);
  assert.equal(recognise(head, embedderOf(1)()).thing, undefined);
  assert.deepEqual(namedBy(head), []);
});

test('likelihoods of all names sum to 1, and hold the score that is said', () => {
  const [mug, pen, pot] = [embedderOf(1), embedderOf(2), embedderOf(3)];
  const head = learnHead([taught('none', pot, { isNothing: true }), taught('mug', mug), taught('pen', pen)]);
  const names = [...namedBy(head).map(({ name }) => name), undefined];
  assert.deepEqual(names, ['mug', 'pen', undefined]);
  for (const see of [mug, pen, pot, embedderOf(4)]) {
    const embedding = see();
    const all = likelihoods(head, embedding);
    const { thing, score } = recognise(head, embedding);
    assert.equal(all.length, names.length);
    assert.ok(Math.abs(all.reduce((sum, one) => sum + one, 0) - 1) < 1e-6);
    assert.equal(names[all.indexOf(Math.max(...all))], thing?.name);
    if (thing) assert.ok(Math.abs((all[names.indexOf(thing.name)] ?? 0) - score) < 1e-6);
  }
});

test('embeddings of another model and another size are learned from, with its own average picture', () => {
  const background = Float32Array.of(0.9, 0.1, 0.1, 0.1, 0.1);
  const see = (...more: number[]) =>
    Float32Array.from(background, (value, at) => 7 * (value + (more[at] ?? 0)));
  const thing = (name: string, ...views: Float32Array[]): TaughtThing => ({
    ...taught(name, () => background),
    samples: views.map((view, at) => ({ id: `${name}-${at}`, takenAtMs: at, views: [view] })),
  });
  const head = learnHead(
    [
      thing('mug', see(0, 0.3), see(0, 0.32, 0.01), see(0, 0.31)),
      thing('pen', see(0, 0, 0, 0.3), see(0, 0, 0.01, 0.31), see(0, 0, 0, 0.32)),
    ],
    { embedder: { model: 'other', background }, version: 'v1' },
  );
  const copy = decodeHead(encodeHead(head));
  assert.deepEqual([copy.embedder?.model, copy.version], ['other', 'v1']);
  for (const one of [head, copy]) {
    assert.equal(recognise(one, see(0, 0.31)).thing?.name, 'mug');
    assert.equal(recognise(one, see(0, 0, 0, 0.31)).thing?.name, 'pen');
    assert.equal(recognise(one, background).thing, undefined);
  }
  assert.throws(() => decodeHead(encodeHead(head).subarray(0, -4)));
});

test('as bytes, the head answers the same', () => {
  const [mug, pen] = [embedderOf(1), embedderOf(2)];
  const head = learnHead([taught('mug “é”', mug), taught('pen', pen)]);
  const copy = decodeHead(encodeHead(head));
  for (const see of [mug, pen, embedderOf(3)]) {
    const embedding = see();
    assert.deepEqual(recognise(copy, embedding), recognise(head, embedding));
  }
  assert.equal(recognise(decodeHead(encodeHead(learnHead([]))), mug()).thing, undefined);
  for (const bytes of [new Uint8Array(), new Uint8Array(20), encodeHead(head).subarray(1)]) {
    assert.throws(() => decodeHead(bytes));
  }
});
