import * as v from 'valibot';
import { refusal } from '../../protocol/sentences/refusals.ts';
import { Outline as OutlineSchema, Score } from '../../protocol/vocabulary.ts';
import { outlineInPicture } from '../fit.ts';
import { isBackground } from '../labels/noClass.ts';
import { fillOutline, outlineIou } from '../masks/compareOutlines.ts';
import { areaOfOutline, mapOutline, type Outline } from '../masks/outline.ts';
import { MAX_POINTS, simplifyOutline } from '../masks/simplifyOutline.ts';
import { traceMask } from '../masks/traceMask.ts';
import type { Detection } from '../tracker.ts';
import { OwnTolerance, roundForRecord as round, shortLabel, toScore } from './comparison.ts';
import { dataOf, type Outputs, type TaskDefinition } from './task.ts';

/** All parts of a picture that are of one class. */
type Area = Detection & { readonly outline: Outline; readonly share: number };

/** The largest first. As a graph gives them: in 0..1 of the input. In a frame's result: of the picture. */
export interface AreasAnswer {
  readonly task: 'semantic-segmentation';
  readonly areas: readonly Area[];
}

const Area = v.strictObject({ label: v.string(), score: Score, share: Score, outline: OutlineSchema });
const AreasGolden = v.strictObject({
  recordedBy: v.string(),
  areas: v.array(Area),
  tolerance: v.optional(OwnTolerance),
});
export type AreasGolden = v.InferOutput<typeof AreasGolden>;

/** A class with less of the picture than this is not given: single cells at the edges of others. */
const LEAST_SHARE = 0.002;
/** What areas of one class have at least in common on two runtimes: at their edges a rounded score decides. */
const LEAST_MASK_IOU = 0.9;
/** Smaller areas may be there on one runtime alone. */
const COMPARED_FROM = 0.01;
/** How far an outline may be simplified at first, in cells of the map. */
const TOLERANCE_CELLS = 0.75;

/**
 * The class of each part of the picture. Outputs of `main`:
 *   `classes`  int32   [1, h, w]  line of the labels file for each cell of the input, from 0; others are of no class
 *   `scores`   float32 [1, h, w]  how sure that is, 0..1
 * A label is all that is of one class: its score is the mean of its cells'. A class that is called background gives none.
 */
export const semanticSegmentation: TaskDefinition<AreasAnswer, AreasGolden, AreasAnswer> = {
  name: 'semantic-segmentation',
  graphs: ['main'],
  golden: AreasGolden,
  inPicture: v.object({ task: v.literal('semantic-segmentation'), areas: v.array(Area) }),
  follow: 'names',
  truth: 'pixels',
  maxNames: 8,
  async run({ picture, inputName, labels, runGraph }) {
    return areasOf(mapOf(await runGraph('main', { [inputName]: picture })), labels);
  },
  record: ({ areas }, { recordedBy }) => ({
    recordedBy,
    areas: areas.map(({ label, score, share, outline }) => ({
      label,
      score: round(score),
      share: round(share),
      outline: mapOutline(outline, (x, y) => [round(x), round(y)]).map((ring) => [...ring]),
    })),
  }),
  compare({ areas: expected }, { areas: found }) {
    const all = [...expected, ...found.filter(({ label }) => !expected.some((one) => one.label === label))];
    const gaps = all
      .filter(({ share }) => share >= COMPARED_FROM)
      .map(({ label }) => {
        const [before, here] = [expected, found].map((areas) => areas.find((one) => one.label === label));
        const common = before && here ? outlineIou(before.outline, here.outline) : 0;
        return { label, common, score: Math.abs((before?.score ?? 0) - (here?.score ?? 0)) };
      });
    return {
      differences: gaps
        .filter(({ common }) => common < LEAST_MASK_IOU)
        .map(({ label, common }) => `"${shortLabel(label)}" has ${common.toFixed(2)} in common`),
      largest: gaps.reduce((most, { score }) => Math.max(most, score), 0),
      sameTop: expected[0]?.label === found[0]?.label,
    };
  },
  worstDifference({ areas: recorded }, { areas: found }) {
    const [worst] = recorded
      .map(({ label, outline }) => ({
        label,
        common: outlineIou(outline, found.find((one) => one.label === label)?.outline ?? []),
      }))
      .toSorted((a, b) => a.common - b.common);
    return worst && refusal('worst_masks', { label: shortLabel(worst.label) });
  },
  maxLabels: () => 20,
  toPicture: ({ areas }, { fitted, maxLabels }) => ({
    task: 'semantic-segmentation',
    areas: areas
      .map(({ label, score, outline: inInput }) => {
        const outline = outlineInPicture(inInput, fitted);
        // What is around the picture in the input counts for nothing.
        return { label, score: toScore(score), share: toScore(areaOfOutline(outline)), outline };
      })
      .filter(({ share }) => share >= LEAST_SHARE)
      .toSorted((a, b) => b.share - a.share)
      .slice(0, maxLabels),
  }),
  labelsOf: ({ areas }) => areas,
  pixelLabels({ areas }, { width, height }, labels) {
    const lines = new Int16Array(width * height).fill(labels.findIndex(isBackground));
    // The largest first: what lies within another one is drawn over it.
    for (const { label, outline } of areas) {
      const line = labels.indexOf(label);
      for (const [at, cell] of fillOutline(outline, width, height).entries()) if (cell) lines[at] = line;
    }
    return lines;
  },
};

/** The class of each cell and how sure that is, row by row. */
export interface ClassMap {
  readonly classes: ArrayLike<number>;
  readonly scores: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
}

/** @throws Error when an output is missing, or of another type */
function mapOf(outputs: Outputs): ClassMap {
  const [, height = 0, width = 0] = outputs.classes?.dims ?? [];
  return {
    classes: dataOf(outputs, 'classes', Int32Array),
    scores: dataOf(outputs, 'scores', Float32Array),
    width,
    height,
  };
}

interface Cells {
  readonly line: number;
  count: number;
  score: number;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** What the classes of all cells are as areas, the largest first. */
export function areasOf(
  { classes, scores, width, height }: ClassMap,
  labels: readonly string[],
): AreasAnswer {
  const byClass: (Cells | undefined)[] = [];
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const line = classes[at] ?? -1;
      if (labels[line] === undefined) continue;
      byClass[line] ??= { line, count: 0, score: 0, left: x, top: y, right: x + 1, bottom: y + 1 };
      const cells = byClass[line];
      cells.count++;
      cells.score += scores[at] ?? 0;
      if (x < cells.left) cells.left = x;
      if (x >= cells.right) cells.right = x + 1;
      cells.bottom = y + 1;
    }
  }
  const data = new Uint8Array(width * height);
  const tolerance = TOLERANCE_CELLS / Math.max(1, width, height);
  const areas = byClass
    .filter((cells) => cells !== undefined)
    .toSorted((a, b) => b.count - a.count)
    .flatMap(({ line, count, score, ...part }): Area[] => {
      const label = labels[line];
      const share = count / (width * height);
      if (label === undefined || isBackground(label) || share < LEAST_SHARE) return [];
      // No more of it is read.
      for (let y = part.top; y < part.bottom; y++) {
        const row = y * width;
        for (let x = part.left; x < part.right; x++) data[row + x] = classes[row + x] === line ? 255 : 0;
      }
      const outline = simplifyOutline(traceMask({ data, width, height }, part), {
        tolerance,
        maxPoints: MAX_POINTS,
      });
      return [{ label, score: score / count, share, outline }];
    });
  return { task: 'semantic-segmentation', areas };
}
