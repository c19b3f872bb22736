import type { DetectionHead } from '../../deploy/heads/head.ts';
import { pickedRows } from '../../deploy/heads/reference.ts';
import type { Arrangement, Outputs } from '../../onnx/sourceSession.ts';
import { areScores, unitOf } from './evidence.ts';

/**
 * Settles what only values show: whether boxes are in pixels or in 0..1, and whether scores are logits.
 * @param samples what the model gives for pictures that are prepared as it wants them
 */
export function refineHead(
  head: DetectionHead,
  samples: readonly Outputs[],
  arrangement: Pick<Arrangement, 'width' | 'height'>,
): DetectionHead {
  const columns = (name: string, pick: (at: number, dims: readonly number[]) => boolean) =>
    samples.flatMap((outputs) => {
      const { data, dims } = outputs.get(name) ?? { data: [], dims: [] };
      return Array.from(data).filter((_, at) => pick(at, dims));
    });
  const inUnits = <T extends DetectionHead>(of: T, boxes: readonly number[]): T => ({
    ...of,
    unit: unitOf(boxes, arrangement, of.unit),
  });

  switch (head.head) {
    case 'yolo-v5':
    case 'yolo-v8': {
      const column = (at: number, dims: readonly number[]) =>
        head.anchorsFirst ? at % (dims[2] ?? 1) : Math.floor(at / (dims[2] ?? 1));
      const end = (head.head === 'yolo-v5' ? 5 : 4) + head.classes;
      const boxes = columns(head.output, (at, dims) => column(at, dims) < 4);
      const scores = columns(head.output, (at, dims) => column(at, dims) >= 4 && column(at, dims) < end);
      return inUnits({ ...head, isLogits: !areScores(scores) }, boxes);
    }
    case 'yolo-end-to-end':
    case 'boxes-scores-classes':
      return inUnits(
        head,
        samples.flatMap((outputs) => pickedRows(head, outputs).flatMap(({ box }) => Array.from(box))),
      );
    case 'ssd':
    case 'detr': {
      const isTable = head.boxes === head.scores;
      const isBox = (at: number, dims: readonly number[]) => !isTable || at % (dims[2] ?? 1) < 4;
      const scores = columns(head.scores, (at, dims) => !isTable || !isBox(at, dims));
      // DETRs with a column for nothing in front, as RF-DETR, are trained with sigmoid; softmax makes things of nothing.
      const isSoftmax = head.head === 'detr' ? head.background === 'last' : head.background !== 'none';
      const usual = isSoftmax ? 'softmax' : 'sigmoid';
      return inUnits({ ...head, activation: areScores(scores) ? 'none' : usual }, columns(head.boxes, isBox));
    }
    case 'grid':
    case 'anchors':
      // Shapes and the scores of the first samples show all of it.
      return head;
    default:
      return head satisfies never;
  }
}
