import * as v from 'valibot';
import { MAX_POINTS } from '../../protocol/points.ts';
import { refusal } from '../../protocol/sentences/refusals.ts';
import { Box as BoxSchema, Score } from '../../protocol/vocabulary.ts';
import { boxInPicture, pointsInPicture } from '../fit.ts';
import { type Box, visiblePart } from '../geometry.ts';
import { LEAST_POINT_SCORE, mapPoints, POINT_SIZE, pointSimilarity } from '../points.ts';
import type { Detection } from '../tracker.ts';
import { GOLDEN_TOLERANCE, OwnTolerance, roundForRecord as round, toScore } from './comparison.ts';
import { compareDetections, detectionRows, worstDetection } from './objectDetection.ts';
import { dataOf, type TaskDefinition } from './task.ts';

type Pose = Detection & { readonly box: Box; readonly points: readonly number[] };

/** Best first. As a graph gives them: in 0..1 of the input. In a frame's result: of the picture. */
export interface KeypointAnswer {
  readonly task: 'keypoint-detection';
  readonly poses: readonly Pose[];
}

/** x, y and score, one point after the other. */
const PointList = v.array(v.number());

const KeypointGolden = v.strictObject({
  recordedBy: v.string(),
  /** Only poses of at least this score are recorded and compared. */
  minScore: Score,
  poses: v.array(v.strictObject({ label: v.string(), score: Score, box: BoxSchema, points: PointList })),
  tolerance: v.optional(OwnTolerance),
});
export type KeypointGolden = v.InferOutput<typeof KeypointGolden>;

/**
 * Things with boxes and key points, the same number for each; the manifest's `points` say what they are. Outputs of `main`:
 * those of `object-detection`, and
 *   `points`  float32 [M, K, 3]  x, y in 0..1 of the input, which may lie outside of it, and a score in 0..1
 * Where a model looks at one person who fills the picture, and gives no box, it is that of the points that hold.
 */
export const keypointDetection: TaskDefinition<KeypointAnswer, KeypointGolden, KeypointAnswer> = {
  name: 'keypoint-detection',
  graphs: ['main'],
  golden: KeypointGolden,
  inPicture: v.object({
    task: v.literal('keypoint-detection'),
    poses: v.array(v.object({ label: v.string(), score: Score, box: BoxSchema, points: PointList })),
  }),
  follow: 'things',
  truth: 'boxes',
  batch: 'rows',
  async run({ picture, inputName, labels, runGraph }) {
    const outputs = await runGraph('main', { [inputName]: picture });
    const detections = detectionRows(outputs, labels);
    const data = dataOf(outputs, 'points', Float32Array);
    const size = detections.length === 0 ? 0 : data.length / detections.length;
    if (size % POINT_SIZE !== 0 || size > MAX_POINTS * POINT_SIZE) {
      throw new Error(
        `The graph gives ${data.length} numbers of points for ${detections.length} detections. Expected ${POINT_SIZE} for each of at most ${MAX_POINTS} points of each.`,
      );
    }
    const poses = detections.map((detection, row) => ({
      ...detection,
      points: Array.from(data.subarray(row * size, (row + 1) * size)),
    }));
    return { task: 'keypoint-detection', poses };
  },
  record: ({ poses }, { recordedBy, minScore }) => ({
    recordedBy,
    minScore,
    poses: poses
      .filter(({ score }) => score >= minScore)
      .map(({ label, score, box: [x, y, width, height], points }) => ({
        label,
        score: round(score),
        box: [round(x), round(y), round(width), round(height)],
        points: points.map(round),
      })),
  }),
  compare(golden, { poses }) {
    const { minScore, tolerance = GOLDEN_TOLERANCE } = golden;
    const least = tolerance.points ?? GOLDEN_TOLERANCE.points;
    return compareDetections(
      { minScore, tolerance, detections: golden.poses },
      poses,
      (expected, found) =>
        pointSimilarity(
          expected.points,
          found.points,
          expected.box[2] * expected.box[3],
          LEAST_POINT_SCORE,
        ) >= least && haveScores(expected.points, found.points, tolerance.score),
    );
  },
  worstDifference: ({ poses: recorded }, { poses: found }) =>
    worstDetection(recorded, found, refusal('worst_points')),
  maxLabels: () => 100,
  toPicture: ({ poses }, { fitted, maxLabels }) => ({
    task: 'keypoint-detection',
    poses: poses
      .flatMap(({ label, score, box, points }) => {
        const part = visiblePart(fitted === undefined ? box : boxInPicture(box, fitted));
        if (part === undefined || Number.isNaN(score)) return [];
        return [{ label, score: toScore(score), box: part, points: pointsInPicture(points, fitted) }];
      })
      .slice(0, maxLabels),
  }),
  labelsOf: ({ poses }) => poses,
};

/** Whether each point's score is near the recorded one; what is no number is near nothing. */
function haveScores(expected: readonly number[], found: readonly number[], tolerance: number): boolean {
  let areNear = true;
  mapPoints(expected, (x, y, score, index) => {
    if (!(Math.abs((found[index * POINT_SIZE + 2] ?? Number.NaN) - score) <= tolerance)) areNear = false;
    return [x, y, score];
  });
  return areNear;
}
