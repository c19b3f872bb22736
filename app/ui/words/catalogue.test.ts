import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cocoClasses } from '../../../server/import/decide/cocoLabels.ts';
import { createFormats } from './formats.ts';
import type { LANGUAGES } from './language.ts';
import { CATALOGUES } from './words.ts';
import { translated } from './zhHans/labels.ts';

const APP = fileURLToPath(new URL('../../', import.meta.url));

/** The sources of the page, but for the texts themselves and tests. */
async function sources(): Promise<string[]> {
  const entries = await readdir(APP, { withFileTypes: true, recursive: true });
  const files = entries
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.test\.ts$/.test(entry.name))
    .map((entry) => path.relative(APP, path.join(entry.parentPath, entry.name)))
    .filter((file) => !/^ui[/\\]words[/\\](en|zhHans)(\.ts$|[/\\])/.test(file));
  return Promise.all(files.map((file) => readFile(path.join(APP, file), 'utf8')));
}

/** Paths of all texts, such as `modelCard.use`. */
function leaves(value: object, above = ''): string[] {
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = above === '' ? key : `${above}.${key}`;
    return typeof inner === 'object' && inner !== null ? leaves(inner, at) : [at];
  });
}

/** Without `format`: it holds no words. */
const catalogue = (language: (typeof LANGUAGES)[number]) => {
  const { format: _, ...words } = CATALOGUES[language](createFormats(language));
  return words;
};

/**
 * Whether a source reads a text: as `group.key`, by a value (`group[…]`), as the whole object that it is in (`group.inner`),
 * or picked out of the group (`{ key } = words.group`). The group may have been given another name (`{ group: other }`).
 */
function isRead(source: string, keys: readonly string[]): boolean {
  return keys.slice(0, -1).some((group, depth) => {
    const below = keys.slice(depth + 1);
    const aliases = [...source.matchAll(new RegExp(`\\b${group}: (\\w+)[,\\s}]`, 'g'))].map(
      ([, name]) => name,
    );
    const fromGroup = new RegExp(`\\bconst (\\w+) = [\\w.()]*\\.${group};`, 'g');
    const constants = [...source.matchAll(fromGroup)].map(([, name]) => name);
    return [group, ...aliases, ...constants].some((name) =>
      [
        new RegExp(`\\b${name}(\\[|, \\w+\\))`),
        ...below.map((_, index) => {
          const isLeaf = index === below.length - 1;
          return new RegExp(
            `\\b${name}\\.${below.slice(0, index + 1).join('\\.')}\\b${isLeaf ? '' : '(?![.\\w])'}`,
          );
        }),
        new RegExp(`\\{[^{}]*\\b${below[0]}\\b[^{}]*\\} = [\\w.()]*\\b${name};`),
      ].some((use) => use.test(source)),
    );
  });
}

test('every text of the catalogue is read in the page', async () => {
  const all = await sources();
  const unused = leaves(catalogue('en')).filter(
    (leaf) => !all.some((source) => isRead(source, leaf.split('.'))),
  );
  assert.deepEqual(unused, []);
});

test('a text that nothing reads is found', () => {
  assert.ok(isRead('const { report } = useWords(); report.title;', ['report', 'title']));
  assert.ok(isRead('const { report: texts } = words; texts.title;', ['report', 'title']));
  assert.ok(isRead('const { title } = useWords().sources;', ['sources', 'title']));
  assert.ok(isRead('phases[phase.kind]', ['phases', 'ready']));
  assert.ok(isRead('return whyServer.chosen;', ['whyServer', 'chosen', 'detail']));
  assert.ok(!isRead('report.titles; reports.title; page.title', ['report', 'title']));
});

test('languages have no text in common but names, numbers and signs', () => {
  const english = catalogue('en');
  const chinese = catalogue('zh-Hans');
  const at = (words: object, leaf: string) =>
    leaf.split('.').reduce<unknown>((value, key) => Reflect.get(Object(value), key), words);
  const same = leaves(english).filter((leaf) => {
    const text = at(english, leaf);
    return typeof text === 'string' && text === at(chinese, leaf);
  });
  // The symbol of a unit.
  assert.deepEqual(same, ['units.ms']);
});

test('all labels of COCO have a name in Chinese', () => {
  const missing = cocoClasses.filter(({ label }) => !/^\p{Script=Han}/u.test(translated(label)?.name ?? ''));
  assert.deepEqual(missing, []);
  assert.equal(translated('wombat'), undefined);
  assert.equal(translated('constructor'), undefined);
  assert.equal(catalogue('zh-Hans').seen.count('cat', 2), '2只猫');
  assert.equal(catalogue('zh-Hans').seen.count('wombat', 2), '2个wombat');
});
