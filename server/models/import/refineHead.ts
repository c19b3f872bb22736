import type { DetectionHead } from './heads/head.ts';
import type { Outputs } from './sourceSession.ts';

/** Boxes in 0..1 may reach out of the picture; those in pixels reach further than this. */
const MAX_RELATIVE = 4;

/** Settles what only values tell: whether boxes are in pixels or in 0..1, and whether scores are logits. */
export function refineHead(head: DetectionHead, samples: readonly Outputs[]): DetectionHead {
  const columns = (name: string, pick: (at: number, dims: readonly number[]) => boolean) =>
    samples.flatMap((outputs) => {
      const { data, dims } = outputs.get(name) ?? { data: [], dims: [] };
      return Array.from(data).filter((_, at) => pick(at, dims));
    });
  const inUnits = <T extends DetectionHead>(of: T, boxes: readonly number[]): T => {
    const largest = boxes.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return largest > MAX_RELATIVE ? of : { ...of, unit: [1, 1] };
  };
  const areLogits = (scores: readonly number[]) => scores.some((value) => value < -0.01 || value > 1.01);

  switch (head.head) {
    case 'yolo-v8': {
      const row = (at: number, dims: readonly number[]) => Math.floor(at / (dims[2] ?? 1));
      const boxes = columns(head.output, (at, dims) => row(at, dims) < 4);
      const scores = columns(head.output, (at, dims) => row(at, dims) >= 4);
      return inUnits({ ...head, isLogits: areLogits(scores) }, boxes);
    }
    case 'yolo-v5': {
      const column = (at: number, dims: readonly number[]) => at % (dims[2] ?? 1);
      const boxes = columns(head.output, (at, dims) => column(at, dims) < 4);
      const scores = columns(head.output, (at, dims) => column(at, dims) >= 4);
      return inUnits({ ...head, isLogits: areLogits(scores) }, boxes);
    }
    case 'yolo-end-to-end':
      return inUnits(
        head,
        columns(head.outputs[0] ?? '', (at) => at % 6 < 4),
      );
    case 'boxes-scores-classes':
      return inUnits(
        head,
        columns(head.outputs[0] ?? '', () => true),
      );
    case 'ssd': {
      const isLogits = areLogits(columns(head.scores, () => true));
      const activation = isLogits ? (head.hasBackground ? 'softmax' : 'sigmoid') : 'none';
      return inUnits(
        { ...head, activation },
        columns(head.boxes, () => true),
      );
    }
    default:
      return head satisfies never;
  }
}
