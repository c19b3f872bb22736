import { iou } from './geometry.ts';
import type { Golden } from './manifest.ts';
import type { Detection } from './tracker.ts';

/** How far an answer may be from the recorded one. */
export const GOLDEN_TOLERANCE = { score: 0.02, iou: 0.95 } as const;

/**
 * Holds what a graph gave for a golden picture against what was recorded.
 * Detections near the recording's score limit may be on either side of it and are not missed.
 * @returns what differs, in words; empty where they agree
 */
export function compareWithGolden(golden: Golden, found: readonly Detection[]): string[] {
  const { minScore } = golden;
  const unmatched = found.filter((detection) => detection.score >= minScore - GOLDEN_TOLERANCE.score);
  const missing = golden.detections.filter((expected) => {
    const at = unmatched.findIndex(
      (detection) =>
        detection.label === expected.label &&
        Math.abs(detection.score - expected.score) <= GOLDEN_TOLERANCE.score &&
        detection.box !== undefined &&
        iou(detection.box, expected.box) > GOLDEN_TOLERANCE.iou,
    );
    if (at >= 0) unmatched.splice(at, 1);
    return at < 0 && expected.score >= minScore + GOLDEN_TOLERANCE.score;
  });
  return [
    ...missing.map((expected) => `no "${expected.label}" of score ${expected.score.toFixed(2)}`),
    ...unmatched
      .filter((detection) => detection.score >= minScore + GOLDEN_TOLERANCE.score)
      .map((detection) => `unexpected "${detection.label}" of score ${detection.score.toFixed(2)}`),
  ];
}
