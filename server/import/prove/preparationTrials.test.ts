import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImageInput } from '../onnx/inspect.ts';
import type { Preparation } from '../onnx/preparation.ts';
import { type InputSetup, type KnownAnswers, tryPreparations } from './preparationTrials.ts';

const IMAGE: ImageInput = {
  name: 'x',
  dtype: 'float32',
  rank: 4,
  layout: { value: 'NCHW', why: '', isSure: true },
  channels: 3,
  batch: 1,
  width: 8,
  height: 8,
};
const SETUP: InputSetup = {
  arrangement: { image: IMAGE, layout: 'NCHW', width: 8, height: 8 },
  preparation: { channels: 'RGB', scale: 1 / 255, mean: [0, 0, 0], std: [1, 1, 1] },
};

/** @param rights how many of `of` pictures each way gets right: its own, then others; the first ones, from `from` on */
async function tried(
  of: number,
  rightIn: (preparation: Preparation, picture: number) => boolean,
  { given = [], kind = 'named pictures' }: { given?: string[]; kind?: KnownAnswers['kind'] } = {},
) {
  let runs = 0;
  const pictures = Array.from({ length: of }, (_, at) => ({
    pixels: Uint8Array.of(at),
    isRight: (answer: { scores?: Float32Array }) => answer.scores?.[0] === 1,
  })) as unknown as KnownAnswers['pictures'];
  const found = await tryPreparations({
    setup: SETUP,
    known: { kind, pictures },
    decisions: { isGiven: (field) => given.includes(field) },
    isLayoutSure: true,
    answer: async ([at = 0], { preparation }) => {
      runs += 1;
      return {
        task: 'image-classification',
        scores: Float32Array.of(rightIn(preparation, at) ? 1 : 0),
      };
    },
  });
  return { ...found, runs };
}
const isBgr = ({ channels }: Preparation) => channels === 'BGR';
const isBytes = ({ scale }: Preparation) => scale === 1;

test('a way that gets clearly more named pictures right is suggested, with what it is worth', async () => {
  const { evidence, warnings } = await tried(
    6,
    (way, at) => (isBgr(way) && way.scale === 1 / 255 && way.mean[0] === 0) || at === 0,
  );
  assert.deepEqual(evidence, { kind: 'named pictures', right: 1, of: 6 });
  assert.deepEqual(
    warnings.map(({ code, suggestion }) => [code, suggestion]),
    [['swapped_channels', { channels: 'BGR' }]],
  );
  assert.match(warnings[0]?.message ?? '', /6 of 6 .* instead of 1\./);
});

test('a lead that chance may give is no evidence: four pictures, or five gained and two lost', async () => {
  assert.deepEqual((await tried(4, isBgr)).warnings, []);
  assert.deepEqual((await tried(9, (way, at) => (isBgr(way) ? at > 1 : at < 4))).warnings, []);
  assert.equal((await tried(9, (way, at) => (isBgr(way) ? at > 0 : at < 1))).warnings.length, 1);
});

test('no other way is run where the pictures get their labels', async () => {
  const { evidence, runs } = await tried(10, (_, at) => at < 6);
  assert.deepEqual([evidence.right, runs], [6, 10]);
});

test('never against what was given', async () => {
  for (const field of ['scale', 'mean', 'std']) {
    assert.deepEqual((await tried(8, isBytes, { given: [field] })).warnings, [], field);
  }
  assert.deepEqual((await tried(8, isBgr, { given: ['channels'] })).warnings, []);
  const { warnings } = await tried(8, isBytes, { given: ['channels'] });
  assert.deepEqual(warnings[0]?.suggestion, { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] });
});

test('of two ways that are as good none is suggested, and the one that changes less comes first', async () => {
  const tie = await tried(8, ({ scale }) => scale !== 1 / 255 || false);
  assert.equal(tie.warnings.length, 1);
  assert.equal(tie.warnings[0]?.suggestion, undefined);
  assert.match(tie.warnings[0]?.message ?? '', /values of 0\.\.255, .* The same holds for values of -1\.\.1/);
  const bytes = await tried(8, isBytes);
  assert.equal(bytes.warnings[0]?.suggestion?.channels, undefined);
});

test('one golden of another runtime proves a way, if no other is lost', async () => {
  const { evidence, warnings } = await tried(1, isBytes, { kind: 'goldens' });
  assert.deepEqual(evidence, { kind: 'goldens', right: 0, of: 1 });
  assert.deepEqual(warnings[0]?.suggestion, { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] });
  assert.deepEqual(
    (await tried(2, (way, at) => isBytes(way) === (at === 0), { kind: 'goldens' })).warnings,
    [],
  );
});
