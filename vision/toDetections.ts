import { boxInPicture, type Fitted } from './fit.ts';
import type { Answer } from './manifest.ts';
import type { Detection } from './tracker.ts';

/** How many names a picture gets at most. */
const TOP = 5;

/**
 * What a graph gave, as things seen: boxes in 0..1 of the picture, or the best names of the whole picture.
 * @param fitted which part of the picture the graph saw; undefined for all of it
 */
export function toDetections(
  answer: Answer,
  labels: readonly string[],
  fitted: Fitted | undefined,
): { detections: readonly Detection[]; embedding?: Float32Array } {
  switch (answer.task) {
    case 'object-detection':
      if (fitted === undefined) return { detections: answer.detections };
      return {
        detections: answer.detections.map(({ label, score, box }) => ({
          label,
          score,
          box: boxInPicture(box, fitted),
        })),
      };
    case 'image-classification':
      return { detections: bestNames(answer.scores, labels) };
    case 'image-embedding':
      return { detections: [], embedding: answer.embedding };
    default:
      return answer satisfies never;
  }
}

function bestNames(scores: Float32Array, labels: readonly string[]): Detection[] {
  return labels
    .map((label, line) => ({ label, score: scores[line] ?? 0 }))
    .sort((a, b) => b.score - a.score)
    .slice(0, TOP);
}
