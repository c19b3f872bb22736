import type { Manifest } from './manifest.ts';
import { taskOf } from './tasks/taskOf.ts';

/** Maximum number of labels that `/v1/predict` gives, whatever is asked for. */
export const MAX_PREDICTED_LABELS = 1_000;

type Naming = Pick<Manifest, 'task' | 'multiLabel' | 'maxLabels'>;

/** Maximum number of labels of one picture, best first, where the request names no number. */
export const maxLabelsOf = ({ task, multiLabel, maxLabels }: Naming): number =>
  maxLabels ?? taskOf(task).maxLabels({ multiLabel });

/** Maximum number of names of the whole picture that a stream shows: of names that exclude each other, three are enough. */
export function maxNamesShown({ task, multiLabel, maxLabels }: Naming): number {
  return maxLabels ?? taskOf(task).maxNames ?? (multiLabel ? 10 : 3);
}
