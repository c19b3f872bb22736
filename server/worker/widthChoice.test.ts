import assert from 'node:assert/strict';
import test from 'node:test';
import { WidthChoice } from './widthChoice.ts';

interface Machine {
  wideMs: number;
  narrowMs: number;
}

/** @returns of this number of runs, how many were on all cores */
function play(choice: WidthChoice, runs: number, { wideMs, narrowMs }: Machine, version = '1'): number {
  let wide = 0;
  for (let run = 0; run < runs; run++) {
    const isWide = choice.isWide('model', version);
    if (isWide) wide += 1;
    choice.ran('model', version, isWide, isWide ? wideMs : narrowMs);
  }
  return wide;
}

const QUIET = { wideMs: 10, narrowMs: 18 };
const BUSY = { wideMs: 80, narrowMs: 40 };

test('all cores run what is alone, where that is quicker', () => {
  const choice = new WidthChoice();
  assert.ok(choice.isWide('model', '1'), 'before anything is known');
  play(choice, 200, QUIET);
  // The other width is tried now and then.
  assert.ok(play(choice, 1_000, QUIET) >= 975);
});

test('one core runs it within ten runs where all cores are slower, and stays', () => {
  const choice = new WidthChoice();
  play(choice, 10, BUSY);
  assert.equal(choice.isWide('model', '1'), false);
  play(choice, 200, BUSY);
  assert.ok(play(choice, 1_000, BUSY) <= 25);
});

test('a machine that becomes busy is noticed soon, and one that becomes quiet in time', () => {
  const choice = new WidthChoice();
  play(choice, 2_000, QUIET);
  play(choice, 25, BUSY);
  assert.equal(choice.isWide('model', '1'), false);
  play(choice, 2_000, BUSY);
  play(choice, 300, QUIET);
  assert.ok(play(choice, 100, QUIET) >= 90);
});

test('all cores are left to others where they save little', () => {
  const choice = new WidthChoice();
  play(choice, 10, { wideMs: 9.5, narrowMs: 10 });
  assert.equal(choice.isWide('model', '1'), false);
});

test('a run that waited for something else decides nothing', () => {
  const choice = new WidthChoice();
  play(choice, 4, QUIET);
  choice.ran('model', '1', true, 500);
  play(choice, 20, QUIET);
  assert.ok(choice.isWide('model', '1'));
});

test('each version is measured for itself', () => {
  const choice = new WidthChoice();
  play(choice, 10, BUSY);
  assert.ok(choice.isWide('model', '2'));
});
