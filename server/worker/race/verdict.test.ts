import assert from 'node:assert/strict';
import test from 'node:test';
import { batchesOf, int8Wins, verdictOf } from './verdict.ts';

test('an accelerator wins by a tenth, alone and against all workers together', () => {
  const wins = (providerMs: number, narrowMs: number, wideMs: number, workers: number) =>
    verdictOf({ providerMs, narrowMs, wideMs }, workers).wins;
  assert.equal(wins(9, 10, 10, 1), true);
  assert.equal(wins(9.5, 10, 10, 1), false);
  // Faster than one core, and slower than the four that a lone frame gets.
  assert.equal(wins(5, 12, 4, 1), false);
  // Sixteen cores get more done than one accelerator that takes a tenth of a core's time.
  assert.equal(wins(1, 10, 4, 16), false);
  assert.equal(wins(0.5, 10, 4, 16), true);
});

test('an int8 version wins by a tenth next to others, where it is not slower alone', () => {
  const wins = (providerMs: number, providerWideMs: number) =>
    int8Wins({ providerMs, providerWideMs, narrowMs: 10, wideMs: 6 });
  assert.equal(wins(9, 5), true);
  assert.equal(wins(9.5, 5), false);
  assert.equal(wins(5, 7), false);
});

test('pictures run at once where their answers come sooner in the mean than one after another', () => {
  const sizesAt = (two: number, four: number) =>
    batchesOf({
      providerMs: 10,
      narrowMs: 50,
      wideMs: 40,
      batches: {
        sizes: [
          { size: 2, ms: two },
          { size: 4, ms: four },
        ],
      },
    }).sizes;
  assert.deepEqual(sizesAt(10, 10), [2, 4]);
  // As long as one after another, or hardly less.
  assert.deepEqual(sizesAt(20, 40), []);
  assert.deepEqual(sizesAt(14, 24), []);
  // More pictures in the same time, and an older answer for each but the last.
  assert.deepEqual(sizesAt(16, 22), [4]);
});

test('why pictures run at once, or one at a time, is said with the times', () => {
  const alone = { providerMs: 10, narrowMs: 50, wideMs: 40 };
  assert.deepEqual(batchesOf({ ...alone, batches: { sizes: [{ size: 2, ms: 11 }] } }), {
    sizes: [2],
    why: '2 at once take 11.0 ms; one takes 10.0 ms.',
  });
  const why = 'Its graph takes one picture at a time.';
  assert.deepEqual(batchesOf({ ...alone, batches: { sizes: [], why } }), {
    sizes: [],
    why: 'Its graph takes one picture at a time; one takes 10.0 ms.',
  });
  assert.deepEqual(batchesOf(alone).sizes, []);
});

test('the verdict says both times', () => {
  assert.equal(
    verdictOf({ providerMs: 20, narrowMs: 10, wideMs: 8 }, 2).why,
    'A picture takes 20.0 ms; the processor takes 8.00 ms for one alone.',
  );
});
