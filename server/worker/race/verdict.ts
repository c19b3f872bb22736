import type { RaceTimes } from './messages.ts';

/** An accelerator has to be faster by this share: a race on a machine with other work is that exact. */
const MARGIN = 1.1;

/**
 * Who serves. A lone frame must be answered sooner than on all cores that it would get, and all workers together must get more
 * done than their cores: an accelerator is counted as one that runs one picture at a time, however many workers share it.
 * @param workers number of workers
 */
export function verdictOf(
  { providerMs, narrowMs, wideMs }: RaceTimes,
  workers: number,
): { wins: boolean; why: string } {
  const own = `A picture takes ${ms(providerMs)}`;
  if (providerMs * MARGIN > wideMs) {
    return { wins: false, why: `${own}; the processor takes ${ms(wideMs)} for one alone.` };
  }
  if (providerMs * workers * MARGIN > narrowMs) {
    const processorMs = narrowMs / workers;
    return { wins: false, why: `${own}; ${workers} workers on the processor take ${ms(processorMs)} each.` };
  }
  return { wins: true, why: `${own}; the processor takes ${ms(wideMs)} for one alone.` };
}

/**
 * The numbers of pictures that are run at once when that many wait. Their answers have to come sooner in the mean than those of
 * pictures that run one after another, the first of which need not wait for the others: 2.5 runs for four.
 * @returns smallest first; none where one at a time is better
 */
export function batchesOf({ providerMs, batches }: RaceTimes): { sizes: number[]; why: string } {
  if (batches === undefined) return { sizes: [], why: 'Several pictures at once were not tried.' };
  const wins = ({ size, ms }: { size: number; ms: number }) => ms * MARGIN <= (providerMs * (size + 1)) / 2;
  const sizes = batches.sizes.filter(wins).map(({ size }) => size);
  const tried = batches.sizes.map(({ size, ms: took }) => `${size} at once take ${ms(took)}`);
  const why = [...tried, ...(batches.why === undefined ? [] : [batches.why])].join('; ');
  return { sizes, why: `${why.replace(/\.$/, '')}; one takes ${ms(providerMs)}.` };
}

/** Whether an int8 version serves in place of its float32 version: next to others it is faster by a tenth, and alone it is not slower. */
export function int8Wins({ providerMs, providerWideMs = providerMs, narrowMs, wideMs }: RaceTimes): boolean {
  return providerMs * MARGIN <= narrowMs && providerWideMs <= wideMs;
}

const ms = (value: number) => `${value < 10 ? value.toFixed(2) : value.toFixed(1)} ms`;
