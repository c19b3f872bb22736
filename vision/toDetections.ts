import { boxInPicture, type Fitted } from './fit.ts';
import { type Box, visiblePart } from './geometry.ts';
import type { Answer } from './manifest.ts';
import type { Detection } from './tracker.ts';

/**
 * What a graph gave, as things seen, best first: boxes within 0..1 of the picture, or the best names of the whole picture.
 * What lies outside the picture (in the grey around a letterboxed one, for instance) or is no number is left out.
 * @param fitted which part of the picture the graph saw; undefined for all of it
 * @param most how many at most
 */
export function toDetections(
  answer: Answer,
  labels: readonly string[],
  fitted: Fitted | undefined,
  most: number,
): { detections: readonly Detection[]; embedding?: Float32Array } {
  switch (answer.task) {
    case 'object-detection':
      return { detections: answer.detections.flatMap((one) => visible(one, fitted)).slice(0, most) };
    case 'image-classification':
      return { detections: bestNames(answer.scores, labels).slice(0, most) };
    case 'image-embedding':
      return { detections: [], embedding: answer.embedding };
    default:
      return answer satisfies never;
  }
}

function visible({ label, score, box }: Detection & { box: Box }, fitted: Fitted | undefined): Detection[] {
  const part = visiblePart(fitted === undefined ? box : boxInPicture(box, fitted));
  return part === undefined || Number.isNaN(score) ? [] : [{ label, score: toScore(score), box: part }];
}

function bestNames(scores: Float32Array, labels: readonly string[]): Detection[] {
  return labels
    .map((label, line) => ({ label, score: toScore(scores[line]) }))
    .sort((a, b) => b.score - a.score);
}

/** A score that is none sorts below all others; a float32 may be a little above 1. */
const toScore = (score = 0) => (Number.isNaN(score) ? 0 : Math.min(1, Math.max(0, score)));
