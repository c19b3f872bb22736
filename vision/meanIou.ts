/**
 * Mean intersection over union of classes of pixels, as PASCAL VOC, Cityscapes and ADE20K count it: pixels of all pictures together,
 * then the mean of the classes that are there (Everingham et al. 2010, https://doi.org/10.1007/s11263-009-0275-4).
 */

/** In the truth: what no one has labelled, neither right nor wrong. */
export const UNLABELLED = -1;

/** Of one class, in all pictures so far. */
export interface ClassPixels {
  /** Pixels that are of the class in the truth. */
  truth: number;
  /** Labelled pixels that the model says are of the class. */
  found: number;
  /** Both. */
  shared: number;
}

export const noPixels = (classes: number): ClassPixels[] =>
  Array.from({ length: classes }, () => ({ truth: 0, found: 0, shared: 0 }));

/**
 * Counts one picture in.
 * @param truth the class of each pixel, from 0, or UNLABELLED
 * @param found the class that the model gives to each; any other number is none
 */
export function countPixels(counts: ClassPixels[], truth: Int16Array, found: Int16Array): void {
  if (truth.length !== found.length) {
    throw new Error(`${truth.length} pixels of truth, the model gives ${found.length}.`);
  }
  for (let at = 0; at < truth.length; at++) {
    const right = truth[at] ?? UNLABELLED;
    const said = found[at] ?? UNLABELLED;
    const of = counts[right];
    if (of === undefined) continue;
    of.truth += 1;
    const as = counts[said];
    if (as !== undefined) as.found += 1;
    if (right === said) of.shared += 1;
  }
}

/** Intersection over union of one class, 0..1; NaN where it is neither there nor found. */
export const iouOf = ({ truth, found, shared }: ClassPixels): number => shared / (truth + found - shared);

/** Mean over the classes that are there; NaN where none is. */
export function meanIou(counts: readonly ClassPixels[]): number {
  const there = counts.filter(({ truth }) => truth > 0);
  return there.reduce((sum, one) => sum + iouOf(one), 0) / there.length;
}
