/**
 * Average precision of a detector by the definition of COCO's detection challenge
 * (https://cocodataset.org/#detection-eval; Lin et al. 2014, https://arxiv.org/abs/1405.0312).
 */
import { iou, sharedArea } from '../../vision/geometry.ts';

/** x, y, width, height in pixels. */
export type PixelBox = readonly [x: number, y: number, width: number, height: number];

export interface TruthBox {
  readonly image: number;
  readonly label: string;
  readonly box: PixelBox;
  /** Of the thing's outline, square pixels: what small, medium and large go by. */
  readonly area: number;
  /** Many things in one box: never missed, and whatever finds them is neither right nor wrong. */
  readonly isCrowd: boolean;
}

export interface FoundBox {
  readonly image: number;
  readonly label: string;
  readonly box: PixelBox;
  readonly score: number;
}

/** Each 0..1; NaN where there is nothing of the kind to find. */
export interface AveragePrecision {
  /** Mean over overlaps of 0.50, 0.55, ... 0.95. */
  readonly ap: number;
  /** At an overlap of 0.50. */
  readonly ap50: number;
  readonly apSmall: number;
  readonly apMedium: number;
  readonly apLarge: number;
}

/** From area, below area, square pixels. */
export interface AreaRange {
  readonly from: number;
  readonly below: number;
}
export const AREAS = {
  all: { from: 0, below: Number.POSITIVE_INFINITY },
  small: { from: 0, below: 32 ** 2 },
  medium: { from: 32 ** 2, below: 96 ** 2 },
  large: { from: 96 ** 2, below: Number.POSITIVE_INFINITY },
} as const satisfies Record<string, AreaRange>;

const OVERLAPS = Array.from({ length: 10 }, (_, step) => (50 + 5 * step) / 100);
/** Points of recall at which precision is read: 0, 0.01, ... 1. */
const RECALL_POINTS = 101;

/** @param maxFound of one label in one picture, the best are counted */
export function averagePrecision(
  truth: readonly TruthBox[],
  found: readonly FoundBox[],
  maxFound = 100,
): AveragePrecision {
  const at = (overlaps: readonly number[], area: AreaRange) =>
    mean(overlaps.map((overlap) => precisionAt(truth, found, { overlap, area, maxFound })));
  return {
    ap: at(OVERLAPS, AREAS.all),
    ap50: at([0.5], AREAS.all),
    apSmall: at(OVERLAPS, AREAS.small),
    apMedium: at(OVERLAPS, AREAS.medium),
    apLarge: at(OVERLAPS, AREAS.large),
  };
}

interface Options {
  readonly overlap: number;
  readonly area: AreaRange;
  readonly maxFound: number;
}

/** Mean over the labels that are there to be found. */
function precisionAt(truth: readonly TruthBox[], found: readonly FoundBox[], options: Options): number {
  const truthOf = groupBy(truth, ({ label }) => label);
  const foundOf = groupBy(found, ({ label }) => label);
  return mean([...truthOf].map(([label, things]) => ofOneLabel(things, foundOf.get(label) ?? [], options)));
}

function ofOneLabel(truth: readonly TruthBox[], found: readonly FoundBox[], options: Options): number {
  const { things, outcomes } = matchBoxes(truth, found, options);
  if (things === 0) return Number.NaN;
  const sorted = outcomes.toSorted((a, b) => b.score - a.score);
  const points: { recall: number; precision: number }[] = [];
  let right = 0;
  for (const [index, { isRight }] of sorted.entries()) {
    if (isRight) right += 1;
    points.push({ recall: right / things, precision: right / (index + 1) });
  }
  // The precision at a recall is the best one at that recall or above.
  let best = 0;
  for (const point of points.toReversed()) {
    best = Math.max(best, point.precision);
    point.precision = best;
  }
  let sum = 0;
  let at = 0;
  for (let step = 0; step < RECALL_POINTS; step++) {
    while (at < points.length && (points[at]?.recall ?? 0) < step / (RECALL_POINTS - 1)) at += 1;
    sum += points[at]?.precision ?? 0;
  }
  return sum / RECALL_POINTS;
}

/** What became of the boxes found: those that count, and whether they are right. */
export interface Matched {
  /** Number of things that are there to be found. */
  readonly things: number;
  readonly outcomes: readonly { readonly score: number; readonly isRight: boolean }[];
}

/**
 * Gives each box found, best first, the free thing of its label and picture that it overlaps most. Crowds and things of other
 * sizes are not to be found: a box that overlaps one of them counts for nothing, nor does one of another size without a thing.
 */
export function matchBoxes(
  truth: readonly TruthBox[],
  found: readonly FoundBox[],
  { overlap, area, maxFound }: Options,
): Matched {
  const isIn = (value: number) => value >= area.from && value < area.below;
  const key = ({ image, label }: { image: number; label: string }) => `${image} ${label}`;
  const truthOf = groupBy(truth, key);
  const outcomes: { score: number; isRight: boolean }[] = [];
  for (const [at, boxes] of groupBy(found, key)) {
    const things = (truthOf.get(at) ?? []).map((thing) => ({
      ...thing,
      isIgnored: thing.isCrowd || !isIn(thing.area),
      isTaken: false,
    }));
    for (const { box, score } of boxes.toSorted((a, b) => b.score - a.score).slice(0, maxFound)) {
      let match: (typeof things)[number] | undefined;
      for (const isIgnored of [false, true]) {
        let most = overlap - 1e-10;
        for (const thing of things) {
          if (thing.isIgnored !== isIgnored || (thing.isTaken && !thing.isCrowd)) continue;
          const shared = overlapOf(box, thing);
          if (shared < most) continue;
          most = shared;
          match = thing;
        }
        if (match) break;
      }
      if (match) match.isTaken = true;
      const counts = match ? !match.isIgnored : isIn(box[2] * box[3]);
      if (counts) outcomes.push({ score, isRight: match !== undefined });
    }
  }
  const things = truth.filter((thing) => !thing.isCrowd && isIn(thing.area)).length;
  return { things, outcomes };
}

/** Intersection over union; of a crowd, the share of the box that lies in it. */
function overlapOf(box: PixelBox, { box: other, isCrowd }: TruthBox): number {
  if (!isCrowd) return iou(box, other);
  const shared = sharedArea(box, other);
  return shared === 0 ? 0 : shared / (box[2] * box[3]);
}

/** Of those that are numbers. */
function mean(values: readonly number[]): number {
  const numbers = values.filter((value) => !Number.isNaN(value));
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
