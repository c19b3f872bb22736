import type { TaughtSample } from './taught.ts';

/** Samples of a thing that are compared: the newest, as what a person sees while teaching is to change with what is taught. */
export const MAX_COMPARED = 50;

/**
 * How different the samples of a thing are, 0..1: one less the mean cosine of their plain views, two at a time. 0 for one sample.
 * @param samples oldest first
 */
export function varietyOf(samples: readonly Pick<TaughtSample, 'views'>[]): number {
  const plain = samples.slice(-MAX_COMPARED).flatMap(({ views: [view] }) => (view ? [normalised(view)] : []));
  if (plain.length < 2) return 0;
  // The mean over all pairs follows from the length of the sum.
  const sum = new Float64Array(plain[0]?.length ?? 0);
  for (const view of plain) {
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (view[i] ?? 0);
  }
  const squared = sum.reduce((total, value) => total + value * value, 0);
  const meanCosine = (squared - plain.length) / (plain.length * (plain.length - 1));
  return Math.min(1, Math.max(0, 1 - meanCosine));
}

function normalised(view: Float32Array): Float32Array {
  const length = Math.sqrt(view.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? view : view.map((value) => value / length);
}
