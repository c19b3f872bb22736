import { aboutOutputs } from '../../../../protocol/sentences/outputs.ts';
import type { AnchorHead, AnchorRows } from '../../deploy/heads/anchorHead.ts';
import { type AnchorFamily, type AnchorGrid, anchorCount, anchorGrids } from '../../deploy/heads/anchors.ts';
import { ImportError } from '../../importError.ts';
import { choice, questionOf } from '../../question.ts';
import { transposed } from './anchorTable.ts';
import {
  areScores,
  boxesOf,
  columnKinds,
  type Evidence,
  numbersOf,
  type Reading,
  shareInOrder,
  unitOf,
} from './evidence.ts';
import type { Output } from './found.ts';
import { shareOfBest } from './queryScores.ts';

/*
 * Detectors whose boxes are relative to anchors that a program of the exporter's knows. How many anchors there are follows from
 * the size of the input, the grids and the anchors of each cell, so that their number, where it is exactly that of a
 * family, says the family, or those that share it; names of outputs and the number of columns tell some of these apart.
 */

const FAMILIES: Readonly<
  Record<AnchorFamily, { readonly name: string; readonly ends: 'sigmoid' | 'softmax' }>
> = {
  efficientdet: { name: 'EfficientDet', ends: 'sigmoid' },
  'retinanet-torchvision': { name: "torchvision's RetinaNet", ends: 'sigmoid' },
  'retinanet-keras': { name: 'keras-retinanet', ends: 'sigmoid' },
  ssd300: { name: 'SSD300', ends: 'softmax' },
  'ssd300-voc': { name: "Caffe's SSD300", ends: 'softmax' },
  ssdlite320: { name: 'SSDLite320', ends: 'softmax' },
  'ssd-tensorflow': { name: "TensorFlow's SSD", ends: 'sigmoid' },
};
const ALL = Object.keys(FAMILIES) as AnchorFamily[];
/** EfficientDet's authors count COCO's ids from 1 on; no other family here has as many columns. */
const IDS_FROM_1 = 90;
/** The share of boxes from which on they are taken for decoded ones. */
const NEARLY_ALL = 0.99;
/** The share of numbers, or anchors, that see nothing. */
const MOSTLY = 0.9;

/** Where the numbers of boxes and scores stand. */
interface Place {
  readonly boxes: AnchorRows;
  readonly scores: AnchorRows;
  /** One for each of `boxes.outputs`, and of `scores.outputs`. */
  readonly found: { readonly boxes: readonly Output[]; readonly scores: readonly Output[] };
}
interface Fit extends Place {
  readonly family: AnchorFamily;
  readonly grids: readonly AnchorGrid[];
}

/** Reads boxes that still need their anchors. @throws ImportError `needs_options` where several published ones fit */
export function readAnchored(evidence: Evidence): Reading<AnchorHead> | undefined {
  const { known, arrangement } = evidence;
  const families = known.anchors ? [known.anchors] : ALL;
  const fits = families.flatMap((family): Fit[] => {
    const grids = anchorGrids(family, arrangement);
    const place = grids && (findTables(evidence, grids, family) ?? findLevels(evidence, grids));
    return grids && place ? [{ ...place, family, grids }] : [];
  });
  const [first, ...others] = fits.length > 1 ? toldApart(fits, evidence) : fits;
  if (first === undefined) {
    if (known.anchors === undefined) return undefined;
    throw new ImportError('needs_options', aboutOutputs('anchors_wrong', { family: known.anchors }));
  }
  if (others.length > 0) throw askFor([first, ...others]);
  return reading(first, evidence);
}

/** All grids in two outputs. */
function findTables(
  evidence: Evidence,
  grids: readonly AnchorGrid[],
  family: AnchorFamily,
): Place | undefined {
  const rows = anchorCount(grids);
  // TensorFlow's have an axis of one between anchors and boxes.
  const tables = evidence.outputs.flatMap((output) => {
    const sides = output.dims.filter((side, axis) => side !== 1 || axis === output.dims.length - 1);
    return output.batched && sides.length === 2 ? [{ ...output, dims: sides }] : [];
  });
  for (const layout of ['rows', 'columns'] as const) {
    // NVIDIA's SSD300 alone (DeepLearningExamples and MLPerf): its anchors stand in another order, too.
    if (layout === 'columns' && family !== 'ssd300') continue;
    const [rowAxis, countAxis] = layout === 'rows' ? [0, 1] : [1, 0];
    const all = tables.filter(({ dims }) => dims[rowAxis] === rows);
    const boxes = boxesAmong(all.filter(({ dims }) => dims[countAxis] === 4));
    const scores = all.find((output) => output !== boxes);
    if (boxes === undefined || scores === undefined) continue;
    const asRows = layout === 'rows' ? boxes : transposed(boxes);
    if (evidence.known.anchors === undefined && areDecoded(asRows, evidence)) continue;
    const part = ({ name, dims }: Output): AnchorRows => ({
      outputs: [name],
      count: dims[countAxis] ?? 0,
      layout,
    });
    return { boxes: part(boxes), scores: part(scores), found: { boxes: [boxes], scores: [scores] } };
  }
  return undefined;
}

/** Two outputs for each grid: tables, or maps with the channels first or last. */
function findLevels({ outputs }: Evidence, grids: readonly AnchorGrid[]): Place | undefined {
  for (const form of ['tables', 'first', 'last'] as const) {
    const levels = grids.map(({ across, down, sizes }) => {
      const perCell = form === 'tables' ? 1 : sizes.length;
      const here = outputs.flatMap((output) => {
        const { dims, batched } = output;
        const [sides, channels] =
          form === 'first' ? [dims.slice(1), dims[0] ?? 0] : [dims.slice(0, -1), dims.at(-1) ?? 0];
        const right = form === 'tables' ? [across * down * sizes.length] : [down, across];
        const isHere = batched && `${sides}` === `${right}` && channels % perCell === 0;
        return isHere ? [{ output, count: channels / perCell }] : [];
      });
      const boxes = boxesAmong(here.filter(({ count }) => count === 4).map(({ output }) => output));
      const scores = here.filter(({ output }) => output !== boxes);
      return { boxes, scores: scores[0], isWhole: boxes !== undefined && scores.length === 1 };
    });
    const counts = new Set(levels.map(({ scores }) => scores?.count));
    const [count] = counts;
    if (!levels.every(({ isWhole }) => isWhole) || counts.size !== 1 || count === undefined) continue;
    const found = {
      boxes: levels.flatMap(({ boxes }) => boxes ?? []),
      scores: levels.flatMap(({ scores }) => scores?.output ?? []),
    };
    const layout = form === 'first' ? 'maps' : 'rows';
    const part = (all: readonly Output[], each: number): AnchorRows => ({
      outputs: all.map(({ name }) => name),
      count: each,
      layout,
    });
    return { boxes: part(found.boxes, 4), scores: part(found.scores, count), found };
  }
  return undefined;
}

/**
 * Of several that may be the boxes, since a detector of four columns of scores has two: the one that is called so, else the only
 * one that neither is called scores nor looks like them; undefined where neither shows it.
 */
function boxesAmong(outputs: readonly Output[]): Output | undefined {
  const named = outputs.find(({ name }) => /box|loc|regress/i.test(name));
  if (named || outputs.length < 2) return named ?? outputs[0];
  const [first, ...others] = outputs.filter(
    (output) => !/cls|class|score|conf|logit|label/i.test(output.name) && !areOfNothing(output),
  );
  return others.length === 0 ? first : undefined;
}

/** Whether numbers are scores that say "nothing" nearly everywhere: of 0..1, or below 0, or highest in a first column for it. */
function areOfNothing(output: Output): boolean {
  const numbers = numbersOf(output);
  const below = numbers.filter((value) => value < 0).length;
  const isTable = output.dims.length === 2;
  return (
    areScores(numbers) || below >= MOSTLY * numbers.length || (isTable && shareOfBest(output, 0) >= MOSTLY)
  );
}

/** Whether boxes are such as they stand, in whatever order. */
function areDecoded(boxes: Output, { arrangement }: Evidence): boolean {
  const all = boxesOf(boxes);
  const unit = unitOf(all.flat(), arrangement);
  return (
    [
      'left-top-right-bottom',
      'top-left-bottom-right',
      'centre-width-height',
      'left-top-width-height',
    ] as const
  ).some((order) => shareInOrder(all, order, unit) >= NEARLY_ALL);
}

/** Those of several that fit which names, or the number of columns, speak for. */
function toldApart(fits: readonly Fit[], { known }: Evidence): readonly Fit[] {
  const names = fits
    .flatMap(({ found }) => [...found.boxes, ...found.scores].map(({ name }) => name))
    .join(' ');
  const isOf = (right: (family: AnchorFamily) => boolean) => fits.filter(({ family }) => right(family));
  if (/cls_logits|bbox_regression/.test(names)) {
    return isOf((family) => family === 'retinanet-torchvision' || family === 'ssd300');
  }
  if (/\bploc\b|\bplabel\b/.test(names)) return isOf((family) => family === 'ssd300');
  const columns = fits[0]?.scores.count;
  if (/class_net|box_net/.test(names) || (columns === IDS_FROM_1 && known.labels?.length !== IDS_FROM_1)) {
    const right = isOf((family) => family === 'efficientdet');
    if (right.length > 0) return right;
  }
  return fits;
}

function askFor(fits: readonly Fit[]): ImportError {
  const [{ boxes, grids } = { boxes: { outputs: [''] }, grids: [] }] = fits;
  const question = aboutOutputs('anchors_unknown', {
    name: boxes.outputs[0] ?? '',
    anchors: anchorCount(grids),
    families: fits.map(({ family }) => family),
  });
  const choices = fits.map(({ family }) => choice(family, FAMILIES[family].name));
  return new ImportError('needs_options', question, {
    question: { ...questionOf(question), field: 'anchors', choices },
  });
}

function reading(
  { family, grids, boxes, scores, found }: Fit,
  { arrangement, labels }: Evidence,
): Reading<AnchorHead> {
  const { count: columns } = scores;
  const { name, ends } = FAMILIES[family];
  const areFinished = found.scores.every((output) => areAllScores(output, columns));
  // EfficientDet and keras-retinanet have no column for nothing; all others have one in front, RetinaNet's is never trained.
  const hasNothing = family !== 'efficientdet' && family !== 'retinanet-keras';
  const isLeftOut = ends === 'sigmoid' && columns === labels.count;
  const background = hasNothing && columns > 1 && !isLeftOut ? 'first' : 'none';
  const outputs = [...boxes.outputs, ...scores.outputs];
  const anchors = anchorCount(grids);
  const head: AnchorHead = {
    kind: 'detection',
    head: 'anchors',
    classes: background === 'none' ? columns : columns - 1,
    order: 'left-top-right-bottom',
    unit: [arrangement.width, arrangement.height],
    family,
    outputs,
    anchors,
    grids,
    boxes,
    scores,
    background,
    activation: areFinished ? 'none' : ends,
  };
  const why = aboutOutputs('anchored', {
    outputs: outputs.map((output) => `"${output}"`),
    anchors,
    columns,
    family: name,
  });
  return {
    head,
    why: background === 'none' ? why : aboutOutputs('and_first_is_nothing', { found: why }),
    explains: [],
  };
}

/** Whether an output holds scores alone, however its axes stand. */
function areAllScores(output: Output, columns: number): boolean {
  return columnKinds({ ...output, dims: [-1, columns] }, 0, columns) === 'scores';
}
