import { aboutOutputs } from '../../../../protocol/sentences/outputs.ts';
import type { DetectionHead, ScoredBoxesHead } from '../../deploy/heads/head.ts';
import type { ImportError } from '../../importError.ts';
import { COCO_IDS, cocoClasses, isCoco } from '../cocoLabels.ts';
import { columnKinds, type Evidence, looksLike } from './evidence.ts';
import type { Output } from './found.ts';

/** What the columns of scores mean. */
export interface Scores {
  readonly columns: number;
  readonly background: ScoredBoxesHead['background'];
  readonly activation: ScoredBoxesHead['activation'];
}

/**
 * Architectures of transformers that are trained with softmax, and a class for "nothing" behind all others
 * (post_process_object_detection of models/detr and models/yolos). All others take a sigmoid, and have no such class.
 */
const OF_SOFTMAX = /^(detr|yolos|tabletransformer)for/i;

/** Nearly all anchors and queries see nothing. */
export const NEARLY_ALL = 0.9;

/** What the columns of a DETR's class scores are. @throws ImportError where it does not show which stands for nothing */
export function queryScores(
  scores: Output,
  architecture: string | undefined,
  { known, labels }: Evidence,
): Scores {
  const [, columns = 0] = scores.dims;
  const isLogits = columnKinds(scores, 0, columns) !== 'scores';
  const named = known.labels?.length;
  // Those trained on COCO by their authors have a column for each of its ids, 0 included, whatever names come with them.
  const mayBeCoco = named === undefined || isCoco(known.labels ?? []);
  // Its last column is the best nearly everywhere, and with columns as DETR's on COCO, mostly.
  const nothing = shareOfBest(scores, columns - 1);
  const isSoftmax = architecture
    ? OF_SOFTMAX.test(architecture)
    : (nothing >= NEARLY_ALL && (named === undefined || columns === named + 1)) ||
      (nothing >= 0.5 && mayBeCoco && columns === COCO_IDS + 1);
  if (isSoftmax) return { columns, background: 'last', activation: isLogits ? 'softmax' : 'none' };
  const activation = isLogits ? 'sigmoid' : 'none';
  if (columns === labels.count) return { columns, background: 'none', activation };
  if (columns === named) return { columns, background: 'first', activation };
  // Deformable and Conditional DETR, LW-DETR, RF-DETR: id 0 names nothing.
  if (mayBeCoco && columns === COCO_IDS) return { columns, background: 'first', activation };
  if (named === undefined && (architecture || columns === cocoClasses.length)) {
    return { columns, background: 'none', activation };
  }
  throw unknownColumns(scores, columns, named);
}

/**
 * Whether a detector of DETR's kind takes pictures with the mean and deviation of ImageNet, as all do but RT-DETR and D-FINE:
 * those have 80 columns on COCO, and none for "nothing".
 */
export const takesImageNetValues = (head: DetectionHead): boolean =>
  head.head === 'detr' &&
  (head.background === 'last' ||
    (head.background === 'first' && head.classes === COCO_IDS - 1) ||
    (head.boxes === 'dets' && head.scores === 'labels'));

/** RF-DETR is known by the names of its outputs (rfdetr/deploy/export.py). */
function unknownColumns({ name }: Output, columns: number, labels: number | undefined): ImportError {
  if (name === 'labels') {
    const advice =
      labels === undefined
        ? aboutOutputs('advice_rf_detr_unnamed', { columns })
        : aboutOutputs('advice_rf_detr', { columns, labels });
    return looksLike(aboutOutputs('family_rf_detr'), advice);
  }
  const again = aboutOutputs('again_detr');
  const advice =
    labels === undefined
      ? aboutOutputs('advice_detr_unnamed', { columns, again })
      : aboutOutputs('advice_detr', { columns, labels, again });
  return looksLike(aboutOutputs('family_detr'), advice);
}

/** In which share of rows a column has the largest number alone. */
export function shareOfBest({ dims, samples }: Output, column: number): number {
  const [, columns = 1] = dims;
  let [rows, best] = [0, 0];
  for (const data of samples) {
    for (let from = 0; from < data.length; from += columns) {
      rows++;
      const row = data.subarray(from, from + columns);
      const value = row[column] ?? 0;
      if (row.every((other, at) => at === column || other < value)) best++;
    }
  }
  return rows === 0 ? 0 : best / rows;
}
