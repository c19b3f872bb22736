import assert from 'node:assert/strict';
import test from 'node:test';
import type { Output } from './found.ts';
import { boxInSpace, unknownFamily } from './unknownFamily.ts';

const output = (name: string, dims: readonly number[], samples: readonly Float64Array[] = []): Output => ({
  ...{ name, dims, samples, dtype: 'float32' },
  ...{ batched: true, isOpen: false, isBatchDoubtful: false },
});
const size = { width: 8, height: 6 };
const familyOf = (...outputs: Output[]) => unknownFamily(outputs, size).text;

test('one number for each pixel resembles matting or depth, channels first or last', () => {
  assert.match(familyOf(output('alpha', [1, 6, 8])), /matting.*"alpha"/);
  assert.match(familyOf(output('depth', [6, 8, 1])), /depth.*"depth"/);
  assert.match(familyOf(output('other', [3, 6, 8])), /cannot be determined/);
});

test('rows of scores over an alphabet resemble a reader of text', () => {
  const row = Float64Array.from({ length: 40 * 5 }, () => 1 / 40);
  assert.match(familyOf(output('softmax', [5, 40], [row])), /text.*5 places.*40 characters/);
  assert.match(familyOf(output('logits', [5, 40], [row.map((score) => score * 3)])), /cannot be determined/);
});

test('nine corners and a score are a box in space', () => {
  assert.match(
    boxInSpace([output('Identity_1', [18]), output('Identity', [1])])?.text ?? '',
    /Objectron.*"Identity_1".*"Identity"/,
  );
  assert.equal(boxInSpace([output('logits', [18])]), undefined);
  assert.equal(boxInSpace([output('a', [18]), output('b', [2])]), undefined);
});
