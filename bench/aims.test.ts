import assert from 'node:assert/strict';
import test from 'node:test';
import { aimRows } from './aims.ts';
import { result } from './result.ts';

const rowOf = (rows: ReturnType<typeof aimRows>, begin: string) =>
  rows.find(({ name }) => name.startsWith(begin));

test('each aim has its figure from the lines, by the clock and by processor time', () => {
  const rows = aimRows([
    result('8 sessions, age p95', 40, 'ms'),
    result('the same during two swaps', 50, 'ms'),
    result('encoding: page 0.9: labels kept of 105 (3 more)', 103, ''),
    result('in the browser, device: the same, warm', 3_500, 'ms'),
    result('processor time: share of bare onnxruntime', 0.8, ''),
    result('saturation, best of these against bare onnxruntime', 1.6, ''),
  ]);
  const shown = (begin: string) => {
    const row = rowOf(rows, begin);
    return [row?.value, row?.ok];
  };
  assert.deepEqual(shown('age p95 of 8 sessions'), [1.25, true]);
  assert.deepEqual(shown('labels that the page'), [103 / 105, true]);
  assert.deepEqual(shown('on the device: opening the page to the first box, warm'), [3.5, false]);
  const saturation = rows.filter(({ name }) => name.startsWith('labels/s at saturation'));
  assert.deepEqual(
    saturation.map(({ value, ok }) => [value, ok]),
    [
      [1.6, true],
      [0.8, false],
    ],
  );
});

test('an aim without a line, or whose line broke, has no figure, and counts as neither met nor missed', () => {
  const row = rowOf(aimRows([]), 'labels/s of eight sessions');
  assert.deepEqual([row?.value, row?.ok], [Number.NaN, undefined]);
  assert.match(row?.name ?? '', /EARLIER/);
});
