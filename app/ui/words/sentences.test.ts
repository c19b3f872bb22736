import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { WireSentence } from '../../../protocol/sentence.ts';
import { aboutLabels } from '../../../protocol/sentences/labels.ts';
import { warn } from '../../../protocol/sentences/warnings.ts';
import { createFormats } from './formats.ts';
import { CATALOGUES } from './words.ts';

type Table = Readonly<Record<string, string>>;

/** All tables in a folder, each the one object of texts that its file exports, by name of the file. */
async function tablesIn(folder: string): Promise<Map<string, Table>> {
  const url = new URL(folder, import.meta.url);
  const files = (await readdir(fileURLToPath(url))).filter((file) => /(?<!\.test)\.ts$/.test(file));
  return new Map(
    await Promise.all(
      files.map(async (file) => {
        const module: Record<string, unknown> = await import(new URL(file, url).href);
        return [file, Object.values(module).find((one) => typeof one === 'object') as Table] as const;
      }),
    ),
  );
}

const english = await tablesIn('../../../protocol/sentences/');
const chinese = await tablesIn('./zhHans/sentences/');
const { sentences } = CATALOGUES['zh-Hans'](createFormats('zh-Hans'));
const namesIn = (template: string) =>
  [...new Set([...template.matchAll(/\{(\w+)[^{}]*\}/g)].map(([, name]) => name))].sort();

test('every table of sentences has its translation, with the same codes and values', () => {
  assert.deepEqual([...chinese.keys()].sort(), [...english.keys()].sort());
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
  assert.equal(sentences.of({ code: 'of_a_newer_server' }), undefined);
  assert.equal(sentences.of({ code: 'constructor' }), undefined);
  const nested = { code: 'labels_ignored', values: { from: 'a', why: { code: 'of_a_newer_server' } } };
  assert.equal(sentences.of(nested), undefined);
  assert.equal(CATALOGUES.en(createFormats('en')).sentences.of(warn('logits')), undefined);
});
