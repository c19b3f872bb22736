/**
 * Average precision of a detector by the definition of COCO's detection challenge
 * (https://cocodataset.org/#detection-eval; Lin et al. 2014, https://arxiv.org/abs/1405.0312), as pycocotools counts.
 */
import { iou, sharedArea } from './geometry.ts';

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
  /** At an overlap of 0.75. */
  readonly ap75: number;
  readonly apSmall: number;
  readonly apMedium: number;
  readonly apLarge: number;
  /** Average recall: the share of things found, mean over the overlaps and labels. */
  readonly ar: number;
  /** In the order in which the truth names them. */
  readonly labels: readonly LabelPrecision[];
}

/** Of one label; see AveragePrecision. */
export interface LabelPrecision {
  readonly label: string;
  /** Number of things to be found, without crowds. */
  readonly things: number;
  readonly ap: number;
  readonly ap50: number;
}

/** Square pixels, both ends belong to it: a thing of exactly 32 * 32 is small and medium, as in pycocotools. */
export interface AreaRange {
  readonly from: number;
  readonly to: number;
}
export const AREAS = {
  all: { from: 0, to: Number.POSITIVE_INFINITY },
  small: { from: 0, to: 32 ** 2 },
  medium: { from: 32 ** 2, to: 96 ** 2 },
  large: { from: 96 ** 2, to: Number.POSITIVE_INFINITY },
} as const satisfies Record<string, AreaRange>;

const OVERLAPS = Array.from({ length: 10 }, (_, step) => (50 + 5 * step) / 100);
/** Points of recall at which precision is read: 0, 0.01, ... 1, each the very number that pycocotools compares with. */
const RECALLS = Array.from({ length: 101 }, (_, step) => (step === 100 ? 1 : step * 0.01));

/** @param maxFound of one label in one picture, the best are counted */
export function averagePrecision(
  truth: readonly TruthBox[],
  found: readonly FoundBox[],
  maxFound = 100,
): AveragePrecision {
  const foundOf = groupBy(found, ({ label }) => label);
  const labels = [...groupBy(truth, ({ label }) => label)].map(([label, things]) => {
    const scenes = scenesOf(things, foundOf.get(label) ?? [], maxFound);
    const sorted = scenes
      .flatMap(({ found }, at) => found.map(({ score }, row) => ({ at, row, score })))
      .sort((a, b) => b.score - a.score);
    const at = (area: AreaRange) => {
      // Where there is nothing to be found, which is most often, the overlap does not matter.
      const empty = scenes.map((scene) =>
        scene.truth.length === 0 ? matchScene(scene, { overlap: 0, area }) : undefined,
      );
      return OVERLAPS.map((overlap) => {
        const matches = scenes.map((scene, at) => empty[at] ?? matchScene(scene, { overlap, area }));
        const things = matches.reduce((sum, { things }) => sum + things, 0);
        return readOutcomes(
          things,
          sorted.map((box) => matches[box.at]?.outcomes[box.row]),
        );
      });
    };
    return {
      label,
      things: things.filter(({ isCrowd }) => !isCrowd).length,
      all: at(AREAS.all),
      small: at(AREAS.small),
      medium: at(AREAS.medium),
      large: at(AREAS.large),
    };
  });
  type Kind = 'all' | 'small' | 'medium' | 'large';
  const over = (kind: Kind) => mean(labels.flatMap((one) => one[kind].map(({ precision }) => precision)));
  const atOverlap = (overlap: number) => {
    const step = OVERLAPS.indexOf(overlap);
    return mean(labels.map(({ all }) => all[step]?.precision ?? Number.NaN));
  };
  return {
    ap: over('all'),
    ap50: atOverlap(0.5),
    ap75: atOverlap(0.75),
    apSmall: over('small'),
    apMedium: over('medium'),
    apLarge: over('large'),
    ar: mean(labels.flatMap(({ all }) => all.map(({ recall }) => recall))),
    labels: labels.map(({ label, things, all }) => ({
      label,
      things,
      ap: mean(all.map(({ precision }) => precision)),
      ap50: all[0]?.precision ?? Number.NaN,
    })),
  };
}

/** Of a box: undefined where it counts for nothing. */
type Outcome = 'right' | 'wrong' | undefined;

/**
 * Average precision and recall of one label at one overlap; NaN where nothing is to be found.
 * @param outcomes of all boxes, best first
 */
function readOutcomes(things: number, outcomes: readonly Outcome[]): { precision: number; recall: number } {
  if (things === 0) return { precision: Number.NaN, recall: Number.NaN };
  const points: { recall: number; precision: number }[] = [];
  let right = 0;
  for (const outcome of outcomes) {
    if (outcome === undefined) continue;
    if (outcome === 'right') right += 1;
    points.push({ recall: right / things, precision: right / (points.length + 1) });
  }
  // The precision at a recall is the best one at that recall or above.
  let best = 0;
  for (const point of points.toReversed()) {
    best = Math.max(best, point.precision);
    point.precision = best;
  }
  let sum = 0;
  let at = 0;
  for (const recall of RECALLS) {
    while (at < points.length && (points[at]?.recall ?? 0) < recall) at += 1;
    sum += points[at]?.precision ?? 0;
  }
  return { precision: sum / RECALLS.length, recall: right / things };
}

/** What became of the boxes found, and of the things. */
export interface Matched {
  /** Number of things that are there to be found. */
  readonly things: number;
  /** Of boxes that count; best first within a label of a picture. */
  readonly outcomes: readonly { readonly found: FoundBox; readonly isRight: boolean }[];
  /** Things that were there to be found, and no box has. */
  readonly missed: readonly TruthBox[];
}

export interface MatchOptions {
  /** Least intersection over union of a thing with the box that finds it. */
  readonly overlap: number;
  readonly area: AreaRange;
  /** Of one label in one picture, the best are counted. */
  readonly maxFound: number;
}

/**
 * Gives each box found, best first, the free thing of its label and picture that it overlaps most. Crowds and things of other
 * sizes are not to be found: a box that overlaps one of them counts for nothing, nor does one of another size without a thing.
 */
export function matchBoxes(
  truth: readonly TruthBox[],
  found: readonly FoundBox[],
  { maxFound, ...options }: MatchOptions,
): Matched {
  const scenes = scenesOf(truth, found, maxFound).map((scene) => ({
    ...scene,
    ...matchScene(scene, options),
  }));
  return {
    things: scenes.reduce((sum, { things }) => sum + things, 0),
    outcomes: scenes.flatMap(({ found, outcomes }) =>
      found.flatMap((one, row) => {
        const outcome = outcomes[row];
        return outcome === undefined ? [] : [{ found: one, isRight: outcome === 'right' }];
      }),
    ),
    missed: scenes.flatMap(({ missed }) => missed),
  };
}

/** Things and boxes of one label in one picture. */
interface Scene {
  readonly truth: readonly TruthBox[];
  /** Best first. */
  readonly found: readonly FoundBox[];
  /** Of each box with each thing, a row for each box. */
  readonly overlaps: Float64Array;
}

/** In order of the pictures, as pycocotools has them: it decides between equal scores. */
function scenesOf(truth: readonly TruthBox[], found: readonly FoundBox[], maxFound: number): Scene[] {
  const key = ({ image, label }: { image: number; label: string }) => `${image} ${label}`;
  const truthOf = groupBy(truth, key);
  const foundOf = groupBy(found, key);
  const places = new Map([...truth, ...found].map((one): [string, { image: number }] => [key(one), one]));
  return [...places]
    .sort(([, a], [, b]) => a.image - b.image)
    .map(([place]) => {
      const things = truthOf.get(place) ?? [];
      const boxes = (foundOf.get(place) ?? []).toSorted((a, b) => b.score - a.score).slice(0, maxFound);
      const overlaps = new Float64Array(things.length * boxes.length);
      for (const [row, { box }] of boxes.entries()) {
        for (const [column, thing] of things.entries()) {
          overlaps[row * things.length + column] = overlapOf(box, thing);
        }
      }
      return { truth: things, found: boxes, overlaps };
    });
}

function matchScene(
  { truth, found, overlaps }: Scene,
  { overlap, area }: Pick<MatchOptions, 'overlap' | 'area'>,
): { things: number; outcomes: Outcome[]; missed: TruthBox[] } {
  const isIgnored: boolean[] = [];
  const isTaken: boolean[] = [];
  for (const thing of truth) {
    isIgnored.push(thing.isCrowd || !isWithin(thing.area, area));
    isTaken.push(false);
  }
  // Plain loops: they run for each label of each picture, forty times.
  const outcomes: Outcome[] = [];
  for (const [row, { box }] of found.entries()) {
    let match = -1;
    for (let pass = 0; pass < 2 && match < 0; pass++) {
      let most = Math.min(overlap, 1 - 1e-10);
      for (let column = 0; column < truth.length; column++) {
        if (isIgnored[column] !== (pass === 1) || (isTaken[column] && !truth[column]?.isCrowd)) continue;
        const shared = overlaps[row * truth.length + column] ?? 0;
        if (shared < most) continue;
        most = shared;
        match = column;
      }
    }
    if (match >= 0) isTaken[match] = true;
    const counts = match >= 0 ? !isIgnored[match] : isWithin(box[2] * box[3], area);
    outcomes.push(counts ? (match >= 0 ? 'right' : 'wrong') : undefined);
  }
  const missed: TruthBox[] = [];
  let things = 0;
  for (const [column, thing] of truth.entries()) {
    if (isIgnored[column]) continue;
    things += 1;
    if (!isTaken[column]) missed.push(thing);
  }
  return { things, outcomes, missed };
}

const isWithin = (value: number, { from, to }: AreaRange) => value >= from && value <= to;

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
