import type { Manifest } from './manifest.ts';

/** Most labels that `/v1/predict` gives, whatever is asked for. */
export const MOST_LABELS = 1_000;

type Naming = Pick<Manifest, 'task' | 'multiLabel' | 'maxLabels'>;

/** How many labels one picture gets at most, best first, where the request names no number. */
export function maxLabelsOf({ task, multiLabel, maxLabels }: Naming): number {
  if (maxLabels !== undefined) return maxLabels;
  if (task === 'object-detection') return 300;
  return multiLabel ? 10 : 5;
}

/** How many names of the whole picture a stream shows at most: of those that exclude each other, three are enough. */
export function maxNamesShown({ multiLabel, maxLabels }: Naming): number {
  return maxLabels ?? (multiLabel ? 10 : 3);
}
