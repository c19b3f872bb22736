import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { seeded } from '../testing/opHarness.ts';
import { turnRoundings } from './turnRoundings.ts';

const INPUTS = 33;
const MAX_PAIR = 128;

/** Inputs that go together: each is mostly one of four numbers. */
function example(seed: number) {
  const random = seeded(seed);
  const mixing = Float64Array.from({ length: INPUTS * 4 }, () => random() * 2 - 1);
  const together = Float64Array.from({ length: INPUTS ** 2 }, (_, at) => {
    const [one, other] = [Math.floor(at / INPUTS), at % INPUTS];
    let sum = one === other ? 0.05 : 0;
    for (let k = 0; k < 4; k++) sum += (mixing[one * 4 + k] ?? 0) * (mixing[other * 4 + k] ?? 0);
    return sum;
  });
  const exact = Float32Array.from({ length: INPUTS }, () => (random() * 2 - 1) ** 3);
  const scale = Math.fround(Math.max(...exact.map(Math.abs)) / 100);
  const values = Int8Array.from(exact, (weight) => Math.round(weight / scale));
  for (let at = 0; at + 1 < INPUTS; at += 2) {
    const [one = 0, other = 0] = values.subarray(at, at + 2);
    if (one * other > 0 && Math.abs(one + other) > MAX_PAIR) values[at] = Math.sign(one) * MAX_PAIR - other;
  }
  return { together, row: { exact, values, scale } };
}

function errorOf(
  { exact, values }: { exact: Float32Array; values: Int8Array },
  scale: number,
  together: Float64Array,
) {
  const changes = exact.map((weight, at) => (values[at] ?? 0) * scale - weight);
  return changes.reduce(
    (sum, one, at) =>
      sum + changes.reduce((part, other, to) => part + one * other * (together[at * INPUTS + to] ?? 0), 0),
    0,
  );
}

describe('turnRoundings', () => {
  for (const maxPair of [MAX_PAIR, Number.POSITIVE_INFINITY]) {
    test(`errors of inputs that go together make up for each other, pairs up to ${maxPair}`, () => {
      const ratios = Array.from({ length: 20 }, (_, seed) => {
        const { row, together } = example(seed);
        const before = errorOf(row, row.scale, together);
        const scale = turnRoundings(row, together, maxPair);
        return errorOf(row, scale, together) / before;
      });
      assert.ok(
        ratios.every((ratio) => ratio <= 1),
        `${ratios}`,
      );
      const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
      assert.ok(mean < 0.5, `${mean}`);
    });
  }

  test('two neighbours of one sign stay within 16 bits', () => {
    for (let seed = 0; seed < 50; seed++) {
      const { row, together } = example(seed);
      turnRoundings(row, together, MAX_PAIR);
      for (let at = 0; at + 1 < INPUTS; at += 2) {
        const [one = 0, other = 0] = row.values.subarray(at, at + 2);
        assert.ok(one * other <= 0 || Math.abs(one + other) <= MAX_PAIR, `${one} and ${other}`);
      }
    }
  });

  test('an input that was always zero changes nothing', () => {
    const { row } = example(1);
    const before = row.values.slice();
    assert.equal(turnRoundings(row, new Float64Array(INPUTS ** 2), MAX_PAIR), row.scale);
    assert.deepEqual(row.values, before);
  });
});
