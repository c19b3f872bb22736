import assert from 'node:assert/strict';
import test from 'node:test';
import { pathKey, safeParts } from '../../../vision/zip/safeParts.ts';
import { assertSafePath } from './filePath.ts';

test('names of people become names of folders on every system, each another', () => {
  const names = [
    'Mug',
    'mug',
    'con',
    'a/b\\c',
    '..',
    ' . ',
    'müg',
    'mu\u0308g',
    '杯子',
    'x'.repeat(300),
    'x'.repeat(200),
    'a:b',
    'tab\there',
  ];
  const parts = safeParts(names);
  for (const part of parts) assertSafePath(`set/${part}/1.jpg`);
  assert.equal(new Set(parts.map(pathKey)).size, names.length);
  assert.deepEqual(parts.slice(0, 4), ['Mug', 'mug 2', '_con', 'a_b_c']);
  assert.equal(parts[8], '杯子');
});
