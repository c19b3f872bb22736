import assert from 'node:assert/strict';
import test from 'node:test';
import { readByteRange } from './byteRange.ts';

const cases: [string | undefined, ReturnType<typeof readByteRange>][] = [
  [undefined, undefined],
  ['bytes=0-99', { start: 0, end: 100 }],
  ['bytes=0-0', { start: 0, end: 1 }],
  ['bytes=40-', { start: 40, end: 100 }],
  ['bytes=40-1000', { start: 40, end: 100 }],
  ['bytes=-10', { start: 90, end: 100 }],
  ['bytes=-1000', { start: 0, end: 100 }],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=100-200', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=20-10', undefined],
  ['bytes=-', undefined],
  ['bytes=0-1,5-6', undefined],
  ['lines=0-1', undefined],
  ['bytes=a-b', undefined],
];
for (const [header, expected] of cases) {
  test(`of 100 bytes, "${header}" asks for ${JSON.stringify(expected) ?? 'all'}`, () => {
    assert.deepEqual(readByteRange(header, 100), expected);
  });
}

test('of nothing there is no part', () => {
  assert.equal(readByteRange('bytes=0-', 0), 'unsatisfiable');
  assert.equal(readByteRange('bytes=-5', 0), 'unsatisfiable');
});
