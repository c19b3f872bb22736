import * as v from 'valibot';
import type { Text } from '../../protocol/sentence.ts';
import { refusal } from '../../protocol/sentences/refusals.ts';
import { Box as BoxSchema, Score } from '../../protocol/vocabulary.ts';
import { boxInPicture, type Fitted } from '../fit.ts';
import { type Box, iou, visiblePart, WHOLE } from '../geometry.ts';
import { mergeTiles } from '../tiles/mergeTiles.ts';
import type { Detection } from '../tracker.ts';
import {
  GOLDEN_TOLERANCE,
  type GoldenComparison,
  isAsGoodAs,
  OwnTolerance,
  roundForRecord as round,
  scoreText,
  shortLabel,
  toScore,
} from './comparison.ts';
import { dataOf, type Outputs, type TaskDefinition } from './task.ts';

export type BoxedDetection = Detection & { readonly box: Box };

/** Best first. As a graph gives them: boxes in 0..1 of the input. In a frame's result: of the picture, within it. */
export interface DetectionAnswer {
  readonly task: 'object-detection';
  readonly detections: readonly BoxedDetection[];
}

const DetectionGolden = v.strictObject({
  recordedBy: v.string(),
  /** Only detections of at least this score are recorded and compared. */
  minScore: Score,
  detections: v.array(v.strictObject({ label: v.string(), score: Score, box: BoxSchema })),
  tolerance: v.optional(OwnTolerance),
});
export type DetectionGolden = v.InferOutput<typeof DetectionGolden>;

/**
 * Things with boxes. Outputs of `main`, one row per detection, after non-maximum suppression, best score first within an
 * image:
 *   `images`  int32   [M]     which picture of the batch, 0..N-1
 *   `boxes`   float32 [M, 4]  x, y, width, height in 0..1 of the input, from its top left
 *   `scores`  float32 [M]     0..1, at least `minScore.floor`
 *   `classes` int32   [M]     line of the labels file, from 0
 */
export const objectDetection: TaskDefinition<DetectionAnswer, DetectionGolden, DetectionAnswer> = {
  name: 'object-detection',
  graphs: ['main'],
  golden: DetectionGolden,
  inPicture: v.object({
    task: v.literal('object-detection'),
    detections: v.array(v.object({ label: v.string(), score: Score, box: BoxSchema })),
  }),
  follow: 'things',
  truth: 'boxes',
  batch: 'rows',
  async run({ picture, inputName, labels, runGraph }) {
    return {
      task: 'object-detection',
      detections: detectionRows(await runGraph('main', { [inputName]: picture }), labels),
    };
  },
  record: ({ detections }, { recordedBy, minScore }) => ({
    recordedBy,
    minScore,
    detections: detections
      .filter(({ score }) => score >= minScore)
      .map(({ label, score, box: [x, y, width, height] }) => ({
        label,
        score: round(score),
        box: [round(x), round(y), round(width), round(height)],
      })),
  }),
  compare: (golden, { detections }) => compareDetections(golden, detections),
  worstDifference: ({ detections: recorded }, { detections: found }) => worstDetection(recorded, found),
  maxLabels: () => 300,
  toPicture: ({ detections }, { fitted, maxLabels }) => ({
    task: 'object-detection',
    detections: detections
      .flatMap(({ label, score, box }) => {
        const part = visiblePart(fitted === undefined ? box : boxInPicture(box, fitted));
        return part === undefined || Number.isNaN(score) ? [] : [{ label, score: toScore(score), box: part }];
      })
      .slice(0, maxLabels),
  }),
  mergeTiles: (views, { maxLabels }) => ({
    task: 'object-detection',
    detections: mergeTiles(
      views.map(({ answer, fitted, isMirrored }) => {
        const { detections } = answer;
        return {
          part: fitted?.part ?? WHOLE,
          isMirrored,
          detections: inPicture(isMirrored ? detections.map(mirrored) : detections, fitted),
        };
      }),
    ).slice(0, maxLabels),
  }),
  labelsOf: ({ detections }) => detections,
};

const ALL: Fitted = { part: WHOLE, inputRect: WHOLE };

const mirrored = ({ box: [x, y, width, height], ...detection }: BoxedDetection): BoxedDetection => ({
  ...detection,
  box: [1 - x - width, y, width, height],
});

/** Those that lie in the picture, in 0..1 of it. */
const inPicture = (detections: readonly BoxedDetection[], fitted = ALL): BoxedDetection[] =>
  detections.flatMap((detection) => {
    const box = visiblePart(boxInPicture(detection.box, fitted));
    return box === undefined ? [] : [{ ...detection, box }];
  });

/** The rows of the outputs that detectors have. */
export function detectionRows(outputs: Outputs, labels: readonly string[]): BoxedDetection[] {
  const boxes = dataOf(outputs, 'boxes', Float32Array);
  const scores = dataOf(outputs, 'scores', Float32Array);
  const classes = dataOf(outputs, 'classes', Int32Array);
  return Array.from(scores, (score, row) => {
    const [x = 0, y = 0, width = 0, height = 0] = boxes.subarray(row * 4, row * 4 + 4);
    // A graph of more classes than labels is a fault of its maker, and no reason to lose a worker.
    const label = labels[classes[row] ?? -1] ?? `class ${classes[row]}`;
    return { label, score, box: [x, y, width, height] as const };
  });
}

/**
 * Detections near the recording's score limit may be on either side of it and are not missed.
 * @param isAlike what else must agree, where a task says more of each thing
 */
export function compareDetections<Recorded extends BoxedDetection, Found extends BoxedDetection>(
  golden: Pick<DetectionGolden, 'minScore' | 'tolerance'> & { readonly detections: readonly Recorded[] },
  found: readonly Found[],
  isAlike: (expected: Recorded, found: Found) => boolean = () => true,
): GoldenComparison {
  const { minScore, tolerance = GOLDEN_TOLERANCE } = golden;
  let largest = 0;
  const unmatched = found.filter((detection) => detection.score >= minScore - tolerance.score);
  const missing = golden.detections.filter((expected) => {
    const at = unmatched.findIndex(
      (detection) =>
        detection.label === expected.label &&
        Math.abs(detection.score - expected.score) <= tolerance.score &&
        iou(detection.box, expected.box) > tolerance.iou &&
        isAlike(expected, detection),
    );
    const [match] = at >= 0 ? unmatched.splice(at, 1) : [];
    if (match) largest = Math.max(largest, Math.abs(match.score - expected.score));
    return match === undefined && expected.score >= minScore + tolerance.score;
  });
  const unexpected = unmatched.filter(({ score }) => score >= minScore + tolerance.score);
  return {
    differences: [
      ...missing.map(({ label, score }) => `no "${label}" of score ${scoreText(score)}`),
      ...unexpected.map(({ label, score }) => `unexpected "${label}" of score ${scoreText(score)}`),
    ],
    largest: Math.max(largest, ...missing.map(({ score }) => score), ...unexpected.map(({ score }) => score)),
    sameTop: isAmongBest(golden.detections, best(found)),
  };
}

const best = <T extends { score: number }>(all: readonly T[]): T | undefined =>
  all.reduce<T | undefined>(
    (top, one) => (top === undefined || one.score > top.score ? one : top),
    undefined,
  );

function isAmongBest(expected: readonly Scored[], found: Pick<Detection, 'label'> | undefined): boolean {
  const top = best(expected);
  if (top === undefined) return true;
  return expected.some(({ label, score }) => label === found?.label && isAsGoodAs(score, top.score));
}

type Scored = Pick<Detection, 'label' | 'score'>;

/** Of the label whose best scores differ most, or `places` where only positions do. Default: of all boxes. */
export function worstDetection(
  recorded: readonly Scored[],
  found: readonly Scored[],
  places: Text = refusal('worst_boxes'),
): Text {
  const bestOf = (seen: readonly Scored[], label: string) =>
    seen.filter((one) => one.label === label).reduce((most, { score }) => Math.max(most, score), 0);
  const names = [...new Set([...recorded, ...found].map(({ label }) => label))].map((label) => ({
    label,
    before: bestOf(recorded, label),
    here: bestOf(found, label),
  }));
  const gap = ({ before, here }: (typeof names)[number]) => Math.abs(before - here);
  const [worst] = names.toSorted((a, b) => gap(b) - gap(a));
  if (worst === undefined || gap(worst) < LEAST_GAP) return places;
  const { before, here } = worst;
  const label = shortLabel(worst.label);
  if (before === 0) return refusal('worst_new', { label, found: scoreText(here) });
  const score = scoreText(before);
  if (here === 0) return refusal('worst_gone', { label, recorded: score });
  return refusal('worst_score', { label, recorded: score, found: scoreText(here) });
}

/** What two decimals cannot show. */
const LEAST_GAP = 0.01;
