import { quantile as quantileOf } from '../protocol/quantile.ts';

/** As `protocol/quantile.ts`; NaN without values, so that a figure without measurements shows as one. */
export const quantile = (values: readonly number[], share: number): number =>
  quantileOf(values, share) ?? Number.NaN;

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Median of the ratios of each round, of those in which both sides were measured. */
export const medianRatio = (above: readonly number[], below: readonly number[]): number =>
  median(above.map((value, round) => value / (below[round] ?? Number.NaN)).filter(Number.isFinite));
