import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import type { WireSentence } from '../../../protocol/sentence.ts';
import * as decisions from '../../../protocol/sentences/decisions.ts';
import * as graphs from '../../../protocol/sentences/graphs.ts';
import * as labels from '../../../protocol/sentences/labels.ts';
import { aboutLabels } from '../../../protocol/sentences/labels.ts';
import * as models from '../../../protocol/sentences/models.ts';
import * as outputs from '../../../protocol/sentences/outputs.ts';
import * as preprocessing from '../../../protocol/sentences/preprocessing.ts';
import * as progress from '../../../protocol/sentences/progress.ts';
import * as refusals from '../../../protocol/sentences/refusals.ts';
import * as sources from '../../../protocol/sentences/sources.ts';
import * as tfjs from '../../../protocol/sentences/tfjs.ts';
import * as tflite from '../../../protocol/sentences/tflite.ts';
import * as things from '../../../protocol/sentences/things.ts';
import * as warnings from '../../../protocol/sentences/warnings.ts';
import { warn } from '../../../protocol/sentences/warnings.ts';
import * as words from '../../../protocol/sentences/words.ts';
import * as work from '../../../protocol/sentences/work.ts';
import { createFormats } from './formats.ts';
import { CATALOGUES } from './words.ts';
import * as decisionsZh from './zhHans/sentences/decisions.ts';
import * as graphsZh from './zhHans/sentences/graphs.ts';
import * as labelsZh from './zhHans/sentences/labels.ts';
import * as modelsZh from './zhHans/sentences/models.ts';
import * as outputsZh from './zhHans/sentences/outputs.ts';
import * as preprocessingZh from './zhHans/sentences/preprocessing.ts';
import * as progressZh from './zhHans/sentences/progress.ts';
import * as refusalsZh from './zhHans/sentences/refusals.ts';
import * as sourcesZh from './zhHans/sentences/sources.ts';
import * as tfjsZh from './zhHans/sentences/tfjs.ts';
import * as tfliteZh from './zhHans/sentences/tflite.ts';
import * as thingsZh from './zhHans/sentences/things.ts';
import * as warningsZh from './zhHans/sentences/warnings.ts';
import * as wordsZh from './zhHans/sentences/words.ts';
import * as workZh from './zhHans/sentences/work.ts';

const en = {
  decisions,
  graphs,
  labels,
  models,
  outputs,
  preprocessing,
  progress,
  refusals,
  sources,
  tfjs,
  tflite,
  things,
  warnings,
  words,
  work,
};
const zhHans = {
  decisions: decisionsZh,
  graphs: graphsZh,
  labels: labelsZh,
  models: modelsZh,
  outputs: outputsZh,
  preprocessing: preprocessingZh,
  progress: progressZh,
  refusals: refusalsZh,
  sources: sourcesZh,
  tfjs: tfjsZh,
  tflite: tfliteZh,
  things: thingsZh,
  warnings: warningsZh,
  words: wordsZh,
  work: workZh,
};

type Table = Readonly<Record<string, string>>;

/** The one object of texts that each file exports, by the file's name. */
const tablesOf = (modules: Readonly<Record<string, object>>): Map<string, Table> =>
  new Map(
    Object.entries(modules).map(([name, module]) => [
      name,
      Object.values(module).find((one) => typeof one === 'object') as Table,
    ]),
  );

const english = tablesOf(en);
const chinese = tablesOf(zhHans);
const { sentences } = CATALOGUES['zh-Hans'](createFormats('zh-Hans'));
const namesIn = (template: string) =>
  [...new Set([...template.matchAll(/\{(\w+)[^{}]*\}/g)].map(([, name]) => name))].sort();

test('every table of sentences has its translation, with the same codes and values', async () => {
  for (const folder of ['protocol/sentences', 'app/ui/words/zhHans/sentences']) {
    const files = (await readdir(folder)).filter((file) => !file.endsWith('.test.ts'));
    assert.deepEqual(files.map((file) => file.replace('.ts', '')).sort(), [...english.keys()].sort(), folder);
  }
  for (const [file, table] of english) {
    const translated = chinese.get(file) ?? {};
    assert.deepEqual(Object.keys(translated).sort(), Object.keys(table).sort(), file);
    for (const [code, template] of Object.entries(table)) {
      // A count alone chooses between words in English, and Chinese has one word for both.
      const needed = namesIn(template.replace(/\{\w+\|[^{}]*\}/g, ''));
      assert.deepEqual(namesIn(translated[code] ?? ''), needed, `${file}: ${code}`);
    }
  }
});

test('codes are unique, and each is worded in Chinese by the page', () => {
  const codes = [...english.values()].flatMap((table) => Object.keys(table));
  assert.deepEqual(
    codes.filter((code, at) => codes.indexOf(code) !== at),
    [],
  );
  for (const table of english.values()) {
    for (const [code, template] of Object.entries(table)) {
      const values = Object.fromEntries(namesIn(template).map((name) => [name ?? '', 7]));
      const text = sentences.of({ code, values });
      assert.ok(text !== undefined, code);
      // Options, commands, names of files and of formats stay as they are; prose does not.
      const prose = text
        .match(/\b[a-z]{2,}(?:,? [a-z]{2,}){3,}/g)
        ?.filter((part) => !/npm run|convert/.test(part));
      assert.ok(!prose?.length, `${code}: ${text}`);
    }
  }
});

test('nested sentences and lists are worded too; what a newer server says is left to its English', () => {
  const why = aboutLabels('not_labels', { kind: aboutLabels('kind_png') });
  const said = aboutLabels('labels_ignored', { from: 'labels.txt', why });
  assert.equal(sentences.of(said), 'labels.txt 已忽略：这是 PNG 图片。应为每行一个名称的文本文件。');
  const wire: WireSentence = JSON.parse(JSON.stringify(said));
  assert.equal(sentences.of(wire), sentences.of(said));
  const refused = refusals.refusal('not_undone', {
    why: refusals.refusal('goldens_disagree', {
      when: refusals.refusal('when_trained'),
      count: 2,
      of: 3,
      picture: 'cat.png',
      worst: refusals.refusal('worst_score', {
        label: refusals.refusal('label_number', { number: 1 }),
        recorded: '0.93',
        found: '0.41',
      }),
    }),
    reason: 'EACCES',
  });
  assert.equal(
    sentences.of(refused),
    '它的结果与训练时不同：3 张记录的图片中有 2 张不同，差异最大的是 cat.png：标签 1 记录为 0.93，此处为 0.41。磁盘上也无法回滚，下次启动时会处理：EACCES',
  );
  assert.equal(sentences.of({ code: 'of_a_newer_server' }), undefined);
  assert.equal(sentences.of({ code: 'constructor' }), undefined);
  const nested = { code: 'labels_ignored', values: { from: 'a', why: { code: 'of_a_newer_server' } } };
  assert.equal(sentences.of(nested), undefined);
  assert.equal(CATALOGUES.en(createFormats('en')).sentences.of(warn('logits')), undefined);
});
