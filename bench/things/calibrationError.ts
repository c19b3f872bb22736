/** A name that was shown. */
export interface Named {
  /** 0..1. */
  readonly score: number;
  readonly isRight: boolean;
}

const BINS = 10;

/**
 * Expected calibration error: the mean distance of scores from the share that is right, over ten bins of scores, each weighed by what is in it.
 * Guo and others, "On Calibration of Modern Neural Networks", 2017.
 */
export function calibrationError(all: readonly Named[]): number {
  const bins = Array.from({ length: BINS }, (): Named[] => []);
  for (const one of all) bins[Math.min(BINS - 1, Math.floor(one.score * BINS))]?.push(one);
  return bins.reduce((sum, bin) => {
    if (bin.length === 0) return sum;
    const score = bin.reduce((total, one) => total + one.score, 0) / bin.length;
    const right = bin.filter(({ isRight }) => isRight).length / bin.length;
    return sum + (bin.length / all.length) * Math.abs(score - right);
  }, 0);
}
