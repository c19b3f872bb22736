import assert from 'node:assert/strict';
import { cp, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import * as ort from 'onnxruntime-node';
import type { ImportOptions } from '../../../protocol/models.ts';
import { readStagedVersion } from '../../library/stagedVersion.ts';
import { importModel } from '../run/importModel.ts';
import { decided, NO_COST } from '../testing/importForTests.ts';
import { temporaryFolder } from '../testing/modelsForTests.ts';
import {
  LOGIT_SCALE,
  OWL_SCALE,
  OWL_SHIFT,
  OWL_SIDE,
  SIDE,
  SIGLIP_BIAS,
  type SmallTowers,
  smallTowers,
  writeTowers,
} from '../testing/words/smallTowers.ts';
import { changeWords } from './changeWords.ts';

async function imported(
  t: { after(done: () => Promise<void>): void },
  towers: SmallTowers,
  options: ImportOptions = {},
) {
  const folder = await temporaryFolder(t);
  const dir = await writeTowers(path.join(folder, 'model'), towers);
  const stagingDir = path.join(folder, 'staging');
  const source = { description: 'a test', dir };
  return { ...(await importModel(source, options, { stagingDir, measureCost: NO_COST })), stagingDir };
}

const COLOURS = [
  [220, 30, 40],
  [20, 200, 60],
  [90, 90, 230],
] as const;

/** What a deployed classifier says of pictures of one colour. */
async function scoresOf(dir: string, words: number): Promise<number[][]> {
  const session = await ort.InferenceSession.create(path.join(dir, 'model.onnx'));
  const pixels = Uint8Array.from(
    COLOURS.flatMap((colour) =>
      Array(SIDE * SIDE)
        .fill(colour)
        .flat(),
    ),
  );
  const image = new ort.Tensor('uint8', pixels, [COLOURS.length, SIDE, SIDE, 3]);
  const { scores } = await session.run({ image });
  const values = Array.from(scores?.data as Float32Array);
  await session.release();
  return COLOURS.map((_, at) => values.slice(at * words, (at + 1) * words));
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
const softmax = (logits: readonly number[]) => {
  const powers = logits.map((logit) => Math.exp(logit));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
};
const sigmoid = (logit: number) => 1 / (1 + Math.exp(-logit));
const near = (found: readonly number[][], expected: readonly number[][]) => {
  for (const [at, row] of expected.entries()) {
    for (const [column, value] of row.entries()) {
      assert.ok(Math.abs((found[at]?.[column] ?? -1) - value) < 1e-5, `${found[at]} instead of ${row}`);
    }
  }
};

/** The tokens of a text of known words. */
const tokensOf = ({ ids, first, last }: SmallTowers, text: string) => [
  ...(first === undefined ? [] : [first]),
  ...text.split(' ').map((word) => ids.get(word) ?? -1),
  last,
];

for (const parts of ['one', 'two'] as const) {
  test(`CLIP in ${parts === 'one' ? 'one file' : 'two files'}: words share 100 %, as plain code says`, async (t) => {
    const towers = smallTowers('clip', { parts });
    const labels = ['red', 'a green', 'blue photo'];
    const { report, manifest, stagingDir } = await imported(t, towers, { labels });
    assert.equal(manifest.task, 'image-classification');
    assert.equal(decided(report, 'labels'), '3: red, a green, blue photo, given'.slice(3));
    assert.equal(decided(report, 'activation'), 'softmax, said by the model');
    assert.deepEqual(report.prompts, ['a photo of a red', 'a photo of a green', 'blue photo']);
    assert.deepEqual(report.warnings, []);
    assert.ok((report.goldens.largestDifference ?? 1) < 1e-4);
    const texts = ['a photo of a red', 'a photo of a green', 'blue photo'].map((text) =>
      towers.textVector(tokensOf(towers, text)),
    );
    const scale = parts === 'one' ? Math.exp(LOGIT_SCALE) : 100;
    const expected = COLOURS.map((colour) =>
      softmax(texts.map((text) => scale * dot(text, towers.pictureVector(colour)))),
    );
    const found = await scoresOf(stagingDir, 3);
    near(found, expected);
    assert.deepEqual(
      found.map((row) => row.indexOf(Math.max(...row))),
      [0, 1, 2],
    );
    assert.deepEqual(manifest.input.values?.mean, [0.48145466, 0.4578275, 0.40821073]);
    assert.equal((await readFile(path.join(stagingDir, 'labels.txt'), 'utf8')).trim(), labels.join('\n'));
  });
}

test('CLIP without a mask, as MobileCLIP: texts are filled up to 77 tokens', async (t) => {
  const towers = smallTowers('clip', { parts: 'two', hasMask: false });
  const { stagingDir } = await imported(t, towers, { labels: ['red', 'green'] });
  const texts = ['red', 'green'].map((word) => {
    const tokens = tokensOf(towers, `a photo of a ${word}`);
    return towers.textVector([...tokens, ...Array(77 - tokens.length).fill(towers.pad)]);
  });
  const expected = COLOURS.map((colour) =>
    softmax(texts.map((text) => 100 * dot(text, towers.pictureVector(colour)))),
  );
  near(await scoresOf(stagingDir, 2), expected);
});

test('SigLIP: each word has a score of its own, of texts that are filled up to 64 tokens', async (t) => {
  const towers = smallTowers('siglip');
  const { report, manifest, stagingDir } = await imported(t, towers, { labels: ['red', 'green'] });
  assert.equal(manifest.multiLabel, true);
  assert.deepEqual(manifest.minScore, { floor: 0, default: 0.1 });
  assert.equal(decided(report, 'activation'), 'sigmoid, said by the model');
  assert.deepEqual(report.prompts, ['This is a photo of red.', 'This is a photo of green.']);
  const texts = ['this is a photo of red', 'this is a photo of green'].map((text) => {
    const tokens = tokensOf(towers, text);
    return towers.textVector([...tokens, ...Array(64 - tokens.length).fill(towers.pad)]);
  });
  const expected = COLOURS.map((colour) =>
    texts.map((text) =>
      sigmoid(Math.exp(LOGIT_SCALE) * dot(text, towers.pictureVector(colour)) + SIGLIP_BIAS),
    ),
  );
  near(await scoresOf(stagingDir, 2), expected);
});

test('SigLIP 2: texts are read in small letters and without punctuation, though its tokenizer takes both', async (t) => {
  const towers = smallTowers('siglip');
  const options = { id: 'siglip', labels: ['Red', 'Green!', 'the  BLUE, grey'] };
  const tokenizer = JSON.parse(String(towers.files['tokenizer.json']));
  const files = { ...towers.files, 'tokenizer.json': JSON.stringify({ ...tokenizer, normalizer: null }) };
  const graphs = [];
  for (const one of [towers, { ...towers, files }]) {
    const { stagingDir } = await imported(t, one, options);
    graphs.push(await readFile(path.join(stagingDir, 'model.onnx')));
  }
  assert.deepEqual(graphs[1], graphs[0]);
});

test('a model of words without words looks for usual things, and says that this is assumed', async (t) => {
  const { report } = await imported(t, smallTowers('clip'));
  const labels = report.decisions.find(({ field }) => field === 'labels');
  assert.equal(labels?.how, 'assumed');
  assert.match(labels?.why ?? '', /choose others with --words/);
  assert.equal(report.labelCount, 11);
});

test('a word that is given twice, or with spaces around it, is one label', async (t) => {
  const labels = ['red', ' red ', 'light  green', 'blue'];
  const { report, stagingDir } = await imported(t, smallTowers('clip'), { labels });
  assert.deepEqual(report.firstLabels, ['red', 'light green', 'blue']);
  assert.deepEqual(report.warnings, []);
  assert.equal(await readFile(path.join(stagingDir, 'labels.txt'), 'utf8'), 'red\nlight green\nblue\n');
});

test('words that cannot be are refused by their names', async (t) => {
  const refused = async (family: 'clip' | 'siglip', labels: string[], message: RegExp) =>
    assert.rejects(imported(t, smallTowers(family), { labels }), { code: 'needs_options', message });
  await refused('clip', ['red', ' '], /Word 2 of 2 is empty/);
  await refused('clip', ['red'], /"red" alone would always hold/);
  await refused('clip', ['red', 'red '], /"red" alone would always hold/);
  await refused(
    'clip',
    ['red', 'x'.repeat(90)],
    /"x{90}" is too long: as "a photo of a x{90}" it has 96 tokens, and .* 77/,
  );
  await refused('clip', ['red', 'x'.repeat(121)], /Word 2 has 121 characters/);
  await refused(
    'clip',
    Array.from({ length: 101 }, (_, at) => `a${at}`),
    /101 words are given; 100 is the limit/,
  );
  await refused('siglip', ['猫'], /knows no part of "猫"/);
});

test('towers that cannot be used are refused, and say what is missing', async (t) => {
  const { 'tokenizer.json': _, ...without } = smallTowers('clip').files;
  const refused = (towers: Pick<SmallTowers, 'files'>, message: RegExp) =>
    assert.rejects(imported(t, { ...smallTowers('clip'), ...towers }), { message });
  await refused({ files: without }, /"tokenizer\.json" .* is missing/);
  const files = smallTowers('siglip', { parts: 'two' });
  await refused(files, /SigLIP in two files does not say its scale/);
});

test('other words make another version: as if the model had been imported with them, whose text tower and goldens stay proven', async (t) => {
  const towers = smallTowers('clip');
  const first = await imported(t, towers, { id: 'towers', labels: ['red', 'green', 'blue'] });
  const models = await temporaryFolder(t);
  const dir = path.join(models, 'towers');
  await cp(first.stagingDir, dir, { recursive: true });
  const stagingDir = path.join(models, 'staging');
  await mkdir(stagingDir);
  const made = await changeWords({ dir, stagingDir, words: ['green', 'a blue', ' red'] });
  assert.equal(made.from, first.report.version);
  assert.notEqual(made.report.version, first.report.version);
  assert.deepEqual(made.report.prompts, ['a photo of a green', 'a photo of a blue', 'a photo of a red']);
  assert.ok((made.report.goldens.largestDifference ?? 1) < 1e-4);
  assert.equal(made.report.goldens.count, first.report.goldens.count);
  const again = await imported(t, towers, { id: 'towers', labels: ['green', 'a blue', 'red'] });
  assert.deepEqual(
    await readFile(path.join(stagingDir, 'model.onnx')),
    await readFile(path.join(again.stagingDir, 'model.onnx')),
  );
  const { manifest, version } = await readStagedVersion(stagingDir);
  assert.equal(version, made.report.version);
  assert.deepEqual(manifest.words, first.manifest.words);

  const more = path.join(models, 'more');
  await mkdir(more);
  const five = await changeWords({
    dir,
    stagingDir: more,
    words: ['red', 'green', 'blue', 'grey', 'a photo'],
  });
  assert.equal(five.report.labelCount, 5);
  await assert.rejects(changeWords({ dir, stagingDir: more, words: [] }), { message: /No word is given/ });
});

test('OWL-ViT: words have boxes, each box its best word, as plain code says', async (t) => {
  const towers = smallTowers('owl');
  const labels = ['red', 'green'];
  const { report, manifest, stagingDir } = await imported(t, towers, { id: 'owl', labels });
  assert.equal(manifest.task, 'object-detection');
  assert.deepEqual(manifest.minScore, { floor: 0.1, default: 0.1 });
  assert.deepEqual(report.prompts, ['a photo of a red', 'a photo of a green']);
  assert.ok((report.goldens.largestDifference ?? 1) < 1e-4);
  // A quarter of each colour, and grey.
  const quarters = [COLOURS[0], COLOURS[1], COLOURS[2], [120, 120, 120]] as const;
  const half = OWL_SIDE / 2;
  const pixels = Uint8Array.from({ length: OWL_SIDE ** 2 * 3 }, (_, at) => {
    const [x, y] = [Math.floor(at / 3) % OWL_SIDE, Math.floor(at / 3 / OWL_SIDE)];
    return quarters[Math.floor(y / half) * 2 + Math.floor(x / half)]?.[at % 3] ?? 0;
  });
  const expectedOf = (words: readonly string[]) => {
    const texts = words.map((word) => {
      const tokens = tokensOf(towers, `a photo of a ${word}`);
      return towers.textVector(tokens);
    });
    return quarters
      .map((colour, at) => {
        const seen = towers.pictureVector(colour);
        const scores = texts.map((text) => sigmoid(OWL_SCALE * (dot(text, seen) + OWL_SHIFT)));
        return { at, score: Math.max(...scores), word: scores.indexOf(Math.max(...scores)) };
      })
      .filter(({ score }) => score > 0.1)
      .sort((a, b) => b.score - a.score);
  };
  const foundIn = async (dir: string) => {
    const session = await ort.InferenceSession.create(path.join(dir, 'model.onnx'));
    const { scores, classes, boxes } = await session.run({
      image: new ort.Tensor('uint8', pixels, [1, OWL_SIDE, OWL_SIDE, 3]),
    });
    await session.release();
    const places = Array.from(boxes?.data as Float32Array);
    return Array.from(scores?.data as Float32Array, (score, row) => {
      const [x = 0, y = 0, width = 0, height = 0] = places.slice(row * 4, row * 4 + 4);
      const at = (y + height / 2 > 0.5 ? 2 : 0) + (x + width / 2 > 0.5 ? 1 : 0);
      return { at, score, word: Number(classes?.data[row]) };
    });
  };
  const same = (found: Awaited<ReturnType<typeof foundIn>>, words: readonly string[]) => {
    const expected = expectedOf(words);
    assert.ok(expected.length > 1);
    assert.deepEqual(
      found.map(({ at, word }) => [at, word]),
      expected.map(({ at, word }) => [at, word]),
    );
    for (const [row, { score }] of expected.entries()) {
      assert.ok(Math.abs((found[row]?.score ?? 0) - score) < 1e-5);
    }
  };
  same(await foundIn(stagingDir), labels);

  const models = await temporaryFolder(t);
  const dir = path.join(models, 'owl');
  await cp(stagingDir, dir, { recursive: true });
  const other = path.join(models, 'other');
  await mkdir(other);
  const words = ['blue', 'green', 'red'];
  const made = await changeWords({ dir, stagingDir: other, words });
  assert.ok((made.report.goldens.largestDifference ?? 1) < 1e-4);
  same(await foundIn(other), words);
});
