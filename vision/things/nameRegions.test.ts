import assert from 'node:assert/strict';
import test from 'node:test';
import type { ThingAnswer, ThingRegion } from '../tasks/thingEmbedding.ts';
import { embeddingOf, thingCalled } from '../testing/thingCalled.ts';
import { learnHead } from './head.ts';
import { nameRegions, withTaughtNames } from './nameRegions.ts';
import { UNKNOWN } from './unknown.ts';

const head = learnHead(['mug', 'pen', 'key'].map(thingCalled));

/** A region that shows this thing. */
const region = (source: ThingRegion['source'], shows: string): ThingRegion => ({
  box: [0.1, 0.1, 0.2, 0.2],
  source,
  score: 0.4,
  embedding: embeddingOf(shows),
});
const answer = (...regions: ThingRegion[]): ThingAnswer => ({ task: 'thing-embedding', regions });
const named = (...regions: ThingRegion[]) =>
  nameRegions(answer(...regions), head).regions.map(({ label }) => label);

test('a region has the name of what it shows, and how sure that is instead of the score of the detector', () => {
  const [found] = nameRegions(answer(region('detected', 'mug')), head).regions;
  assert.equal(found?.label, 'mug');
  assert.ok(found.score > 0.7 && found.score <= 1, String(found.score));
});

test('what is detected and was never taught is called unknown, with the score of the detector', () => {
  const [found] = nameRegions(answer(region('detected', 'cat')), head).regions;
  assert.deepEqual([found?.label, found?.score], [UNKNOWN, 0.4]);
});

test('the middle and the whole show a thing only where no region closer to it does', () => {
  const all = (detected: string, middle: string, whole: string) =>
    named(region('detected', detected), region('middle', middle), region('whole', whole));
  assert.deepEqual(all('cat', 'cat', 'cat'), [UNKNOWN, undefined, undefined]);
  assert.deepEqual(all('cat', 'mug', 'cat'), [UNKNOWN, 'mug', undefined]);
  assert.deepEqual(all('cat', 'mug', 'mug'), [UNKNOWN, 'mug', undefined]);
  assert.deepEqual(all('mug', 'mug', 'mug'), ['mug', undefined, undefined]);
  assert.deepEqual(all('mug', 'pen', 'key'), ['mug', 'pen', 'key']);
  assert.deepEqual(
    named(region('detected', 'mug'), region('detected', 'mug')),
    ['mug', 'mug'],
    'there are two',
  );
});

test('a box of the thing in the middle has its name, though what was learned shows another part of it', () => {
  const mug = embeddingOf('mug');
  const cat = embeddingOf('cat');
  // Less like the mug than what is known, and more like it than like anything else.
  const partly = mug.map((value, i) => 0.33 * value + 0.67 * (cat[i] ?? 0));
  const middle: ThingRegion = { ...region('middle', 'mug'), box: [0.275, 0.2, 0.45, 0.6] };
  const seen = (box: ThingRegion['box'], embedding: Float32Array = partly, shown = middle) =>
    nameRegions(answer({ ...region('detected', 'cat'), box, embedding }, shown), head).regions;
  const [box, ring] = seen([0.26, 0.06, 0.45, 0.57]);
  assert.ok(box);
  assert.deepEqual([box.label, ring?.label], ['mug', undefined]);
  assert.ok(box.score > 0.7, `${box.score}`);
  const labels = (...of: Parameters<typeof seen>) => seen(...of).map(({ label }) => label);
  const person = [0.1, 0, 0.8, 1] as const;
  assert.deepEqual(labels(person), [UNKNOWN, 'mug'], 'who holds it is not it');
  assert.deepEqual(labels([0.4, 0.4, 0.1, 0.1]), [UNKNOWN, 'mug'], 'nor is a part of it');
  assert.deepEqual(labels([0.3, 0.25, 0.4, 0.5], embeddingOf('pen')), ['pen', 'mug'], 'another thing');
  const unnamed = { ...middle, embedding: embeddingOf('cat') };
  assert.deepEqual(labels([0.26, 0.06, 0.45, 0.57], partly, unnamed), [UNKNOWN, undefined]);
});

test('what is none of the things is unknown as well', () => {
  const things = ['mug', 'pen'].map(thingCalled).concat({ ...thingCalled('hand'), isNothing: true });
  const { regions } = nameRegions(
    answer(region('detected', 'hand'), region('whole', 'hand')),
    learnHead(things),
  );
  assert.deepEqual(
    regions.map(({ label }) => label),
    [UNKNOWN, undefined],
  );
});

test('without a head nothing has a name, and other answers stay as they are', () => {
  const seen = answer(region('detected', 'mug'));
  assert.equal(withTaughtNames(seen, undefined), seen);
  const other = { task: 'image-embedding', embedding: embeddingOf('mug') } as const;
  assert.equal(withTaughtNames(other, head), other);
  const [first] = nameRegions(seen, learnHead([])).regions;
  assert.equal(first?.label, UNKNOWN, 'nothing was taught yet');
});

test('what another model embedded than what was taught has no name', () => {
  const seen = answer(region('detected', 'mug'));
  const byOther: ThingAnswer = { ...seen, embedder: { id: 'other', version: 'v' } };
  assert.equal(withTaughtNames(byOther, head), byOther);
  const size = embeddingOf('mug').length;
  const ofOther = { ...head, embedder: { model: 'other', background: new Float32Array(size) } };
  assert.equal(withTaughtNames(seen, ofOther), seen);
  assert.notEqual(withTaughtNames(byOther, ofOther), byOther);
  const withVersion = (version: string) => ({ ...ofOther, version });
  assert.notEqual(withTaughtNames(byOther, withVersion('v')), byOther);
  assert.equal(
    withTaughtNames(byOther, withVersion('before')),
    byOther,
    'its samples are not embedded again yet',
  );
  const ofOtherSize = { ...head, embedder: { model: 'other', background: new Float32Array(size + 1) } };
  assert.equal(withTaughtNames(byOther, ofOtherSize), byOther);
});
