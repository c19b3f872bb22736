import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBytes } from './formatBytes.ts';

test('a size has the digits that a person needs, and its unit', () => {
  const sizes: [number, string][] = [
    [0, '0 B'],
    [840, '840 B'],
    [999.6, '1 kB'],
    [411_600, '412 kB'],
    [999_600, '1 MB'],
    [4_712_000, '4.7 MB'],
    [13_600_000, '13.6 MB'],
    [99_940_000, '99.9 MB'],
    [151_200_000, '151 MB'],
    [1_480_000_000, '1.5 GB'],
    [3_200_000_000_000, '3.2 TB'],
  ];
  for (const [bytes, text] of sizes) assert.equal(formatBytes(bytes), text);
});

test('a page writes the number in the person’s language', () => {
  assert.equal(
    formatBytes(13_600_000, (value, digits) => `${value.toFixed(digits).replace('.', ',')}`),
    '13,6 MB',
  );
});
