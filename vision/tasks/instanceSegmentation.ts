import * as v from 'valibot';
import { refusal } from '../../protocol/sentences/refusals.ts';
import { Box as BoxSchema, Outline as OutlineSchema, Score } from '../../protocol/vocabulary.ts';
import { boxInPicture, outlineInPicture } from '../fit.ts';
import { type Box, visiblePart } from '../geometry.ts';
import { outlineIou } from '../masks/compareOutlines.ts';
import { mapOutline, type Outline } from '../masks/outline.ts';
import { MAX_POINTS, simplifyOutline } from '../masks/simplifyOutline.ts';
import { traceMask } from '../masks/traceMask.ts';
import type { Detection } from '../tracker.ts';
import { OwnTolerance, roundForRecord as round, toScore } from './comparison.ts';
import { compareDetections, detectionRows, worstDetection } from './objectDetection.ts';
import { dataOf, type Outputs, type TaskDefinition } from './task.ts';

type Instance = Detection & { readonly box: Box; readonly outline: Outline };

/** Best first. As a graph gives them: in 0..1 of the input. In a frame's result: of the picture, within it. */
export interface InstancesAnswer {
  readonly task: 'instance-segmentation';
  readonly instances: readonly Instance[];
}

const Instance = v.strictObject({
  label: v.string(),
  score: Score,
  box: BoxSchema,
  outline: OutlineSchema,
});
const InstancesGolden = v.strictObject({
  recordedBy: v.string(),
  /** Only instances of at least this score are recorded and compared. */
  minScore: Score,
  instances: v.array(Instance),
  tolerance: v.optional(OwnTolerance),
});
export type InstancesGolden = v.InferOutput<typeof InstancesGolden>;

/** What masks of one thing have at least in common on two runtimes: at their edges a rounded score decides. */
const LEAST_MASK_IOU = 0.9;
/** How far an outline may be simplified at first, in cells of its mask. */
const TOLERANCE_CELLS = 0.6;
/** Maximum number of points of all outlines of a picture together, about 60 KB: of many things each has fewer. */
const MAX_POINTS_TOGETHER = 4_000;
const LEAST_POINTS = 24;

/**
 * Things with boxes and outlines. Outputs of `main` are those of `object-detection`, and
 *   `masks`  uint8 [M, h, w]  how likely each cell of the input is to be of the thing, 0..255; 128 and more are. What lies
 *                             outside the box does not count
 */
export const instanceSegmentation: TaskDefinition<InstancesAnswer, InstancesGolden, InstancesAnswer> = {
  name: 'instance-segmentation',
  graphs: ['main'],
  golden: InstancesGolden,
  inPicture: v.object({ task: v.literal('instance-segmentation'), instances: v.array(Instance) }),
  follow: 'things',
  truth: 'boxes',
  async run({ picture, inputName, labels, runGraph }) {
    const outputs = await runGraph('main', { [inputName]: picture });
    return instancesOf(detectionRows(outputs, labels), masksOf(outputs));
  },
  record: ({ instances }, { recordedBy, minScore }) => ({
    recordedBy,
    minScore,
    instances: instances
      .filter(({ score }) => score >= minScore)
      .map(({ label, score, box: [x, y, width, height], outline }) => ({
        label,
        score: round(score),
        box: [round(x), round(y), round(width), round(height)],
        outline: mapOutline(outline, (px, py) => [round(px), round(py)]).map((ring) => [...ring]),
      })),
  }),
  compare: ({ instances: detections, ...golden }, { instances }) =>
    compareDetections(
      { ...golden, detections },
      instances,
      (recorded, found) => outlineIou(recorded.outline, found.outline) >= LEAST_MASK_IOU,
    ),
  worstDifference({ instances: recorded }, { instances: found }) {
    const worst = recorded.find((one) =>
      found.every(
        (other) => other.label !== one.label || outlineIou(other.outline, one.outline) < LEAST_MASK_IOU,
      ),
    );
    return worst && found.some(({ label }) => label === worst.label)
      ? refusal('worst_masks', { label: worst.label })
      : worstDetection(recorded, found);
  },
  maxLabels: () => 100,
  toPicture: ({ instances }, { fitted, maxLabels }) => ({
    task: 'instance-segmentation',
    instances: instances
      .flatMap(({ label, score, box, outline }) => {
        const part = visiblePart(fitted === undefined ? box : boxInPicture(box, fitted));
        return part === undefined || Number.isNaN(score)
          ? []
          : [{ label, score: toScore(score), box: part, outline: outlineInPicture(outline, fitted) }];
      })
      .slice(0, maxLabels),
  }),
  labelsOf: ({ instances }) => instances,
};

interface Masks {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** @throws Error when the output is missing, or of another type */
function masksOf(outputs: Outputs): Masks {
  const data = dataOf(outputs, 'masks', Uint8Array);
  const [, height = 0, width = 0] = outputs.masks?.dims ?? [];
  return { data, width, height };
}

/** What detections and the masks of their rows are together. */
export function instancesOf(
  detections: readonly (Detection & { readonly box: Box })[],
  { data, width, height }: Masks,
): InstancesAnswer {
  const area = width * height;
  const maxPoints = Math.min(
    MAX_POINTS,
    Math.max(LEAST_POINTS, Math.floor(MAX_POINTS_TOGETHER / Math.max(1, detections.length))),
  );
  const tolerance = TOLERANCE_CELLS / Math.max(1, width, height);
  const instances = detections.map(({ label, score, box }, row): Instance => {
    const mask = { data: data.subarray(row * area, (row + 1) * area), width, height };
    const [x, y, boxWidth, boxHeight] = box;
    const part = {
      left: x * width,
      top: y * height,
      right: (x + boxWidth) * width,
      bottom: (y + boxHeight) * height,
    };
    return { label, score, box, outline: simplifyOutline(traceMask(mask, part), { tolerance, maxPoints }) };
  });
  return { task: 'instance-segmentation', instances };
}
