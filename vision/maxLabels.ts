import type { Manifest } from './manifest.ts';
import { taskOf } from './tasks/taskOf.ts';

/** Maximum number of labels that `/v1/predict` gives, whatever is asked for. */
export const MAX_PREDICTED_LABELS = 1_000;

type Naming = Pick<Manifest, 'task' | 'multiLabel' | 'maxLabels'>;

/** How many labels one picture gets at most, best first, where the request names no number. */
export const maxLabelsOf = ({ task, multiLabel, maxLabels }: Naming): number =>
  maxLabels ?? taskOf(task).maxLabels({ multiLabel });

/** How many names of the whole picture a stream shows at most: of those that exclude each other, three are enough. */
export function maxNamesShown({ multiLabel, maxLabels }: Naming): number {
  return maxLabels ?? (multiLabel ? 10 : 3);
}
