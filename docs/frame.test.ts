import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { ROOT } from './repositoryFiles.ts';

/** A walk that is longer is not read by a newcomer: merge two files before raising it. */
const MAX_FILES = 31;

test('the files of the walk are there, and at most as many as a newcomer reads', async () => {
  const text = await readFile(path.join(ROOT, 'docs/frame.md'), 'utf8');
  const files = new Set([...text.matchAll(/`([\w/.]+\/[\w.]+\.ts)`/g)].map(([, file = '']) => file));
  assert.ok(files.size > 20 && files.size <= MAX_FILES, `${files.size} files`);
  for (const file of files) assert.notEqual(await readFile(path.join(ROOT, file), 'utf8'), '', file);
  // Every name of a type stands in a file of its row.
  for (const row of text.split('\n').filter((line) => line.startsWith('| ') && line.includes('.ts`'))) {
    const [, , paths = '', names = ''] = row.split('|');
    const sources = await Promise.all(
      [...paths.matchAll(/`([^`]+)`/g)].map(([, file = '']) => readFile(path.join(ROOT, file), 'utf8')),
    );
    for (const [, name = ''] of names.matchAll(/`(\w+)`/g)) {
      assert.ok(
        sources.some((source) => new RegExp(`\\b${name}\\b`).test(source)),
        `${name} is in none of${paths}`,
      );
    }
  }
});
