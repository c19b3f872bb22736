import { aboutOutputs } from '../../../../protocol/sentences/outputs.ts';
import type { PickedHead } from '../../deploy/heads/head.ts';
import { ImportError } from '../../importError.ts';
import {
  areScores,
  areWhole,
  boxesOf,
  COUNTS_FROM,
  type Evidence,
  isWholeType,
  looksLike,
  MAX_PICKED,
  numbersOf,
  type Reading,
  requireLabels,
  shareInOrder,
  unitOf,
} from './evidence.ts';
import type { Output } from './found.ts';
import { findRowMasks, withRowMasks } from './rowMasks.ts';

/** Names of TensorFlow's post-processing, whose boxes have y first. */
const TENSORFLOW =
  /^(raw_)?detection_boxes|Postprocessor|TFLite_Detection_PostProcess|StatefulPartitionedCall|^Identity(_\d+)?(:\d+)?$/;
/** TensorFlow Lite's op is recognised by the numbers of its outputs. */
const LITE = /TFLite_Detection_PostProcess(?::(\d))?$/;
const LITE_ROLES = ['boxes', 'classes', 'scores', 'count'] as const;

/** Reads boxes, scores and classes that were picked inside the model and stand in outputs of their own. */
export function readPickedOutputs(evidence: Evidence): Reading<PickedHead> | undefined {
  const { outputs, known, labels, arrangement } = evidence;
  const found = outputs
    .filter(({ dims }) => dims.length === 2 && (dims[1] === 4 || dims[1] === 5))
    .map((boxes) => ({ boxes, lists: listsMatching(boxes, outputs) }))
    .find(({ boxes, lists }) => lists.length >= (boxes.dims[1] === 5 ? 1 : 2));
  if (found === undefined) return undefined;
  const { boxes, lists } = found;
  if (known.head === undefined && (boxes.dims[0] ?? 0) > MAX_PICKED) {
    throw looksLike(
      aboutOutputs('family_unsuppressed'),
      aboutOutputs('advice_unsuppressed', { name: boxes.name, rows: boxes.dims[0] ?? 0 }),
    );
  }
  const hasScores = boxes.dims[1] === 5;
  const classes = findClasses(lists, hasScores);
  const scores = hasScores ? undefined : findScores(lists, classes);
  if (classes === undefined || (scores === undefined && !hasScores)) {
    throw looksLike(
      aboutOutputs('family_lists'),
      aboutOutputs('advice_lists', { first: lists[0]?.name ?? '', second: lists[1]?.name ?? '' }),
    );
  }
  const counts = outputs.filter(
    (output) => numbersPerPicture(output) === 1 && output !== scores && output !== classes,
  );
  const isTensorFlow =
    TENSORFLOW.test(boxes.name) || (counts.length > 0 && arrangement.layout === 'NHWC' && !hasScores);
  const order = known.boxOrder ?? (isTensorFlow ? 'top-left-bottom-right' : 'left-top-right-bottom');
  const isRelative = isTensorFlow || /^detected_boxes/.test(boxes.name);
  const rows = boxesOf(boxes);
  const unit = unitOf(rows.flat(), arrangement, isRelative ? [1, 1] : undefined);
  const scoresOfRows = scores ? numbersOf(scores) : boxesOfScores(boxes);
  const counting = rows.filter((_, row) => (scoresOfRows[row] ?? 0) > COUNTS_FROM);
  if (known.head === undefined && shareInOrder(counting, order, unit) < 0.99) {
    throw new ImportError('needs_options', aboutOutputs('box_edges_wrong', { name: boxes.name, order }));
  }
  const masks = findRowMasks(boxes, false, evidence);
  const head: PickedHead = {
    kind: 'detection',
    head: 'boxes-scores-classes',
    outputs: scores ? [boxes.name, scores.name, classes.name] : [boxes.name, classes.name],
    columns: { box: 0, score: 4, class: 5, count: boxes.dims[1] ?? 4 },
    order,
    firstClass: firstClass(classes, scoresOfRows, evidence, isTensorFlow, hasScores),
    batched: boxes.batched,
    classes: labels.count ?? 0,
    unit,
    ...(masks && { masks }),
  };
  requireLabels(numbersOf(classes), scoresOfRows, head.firstClass, evidence);
  const leftOut = outputs.filter(
    (output) =>
      !head.outputs.includes(output.name) &&
      output.name !== masks?.output &&
      !counts.includes(output) &&
      isOfRows(output, boxes),
  );
  const read = outputs.filter(({ name }) => head.outputs.includes(name));
  let why = aboutOutputs('outputs', { outputs: read.map(({ name, dims }) => `"${name}" [${dims}]`) });
  if (isTensorFlow) why = aboutOutputs('and_y_first', { found: why });
  why = withRowMasks(why, masks);
  if (leftOut.length > 0) {
    why = aboutOutputs('and_left_out', { found: why, names: leftOut.map(({ name }) => `"${name}"`) });
  }
  return {
    head,
    why,
    explains: [
      ...[...counts, ...leftOut].map(({ name }) => name),
      // What TensorFlow picked from, and what it says about each that it picked.
      ...outputs.map(({ name }) => name).filter((name) => /^(raw_)?detection_/.test(name)),
    ],
  };
}

/** Outputs of one number for each box. */
const listsMatching = (boxes: Output, outputs: readonly Output[]): Output[] =>
  outputs.filter(
    ({ name, dims, batched, samples }) =>
      dims.length === 1 &&
      batched === boxes.batched &&
      !/anchor|indices|valid|num_/i.test(name) &&
      samples.every((data, at) => data.length * (boxes.dims[1] ?? 4) === (boxes.samples[at]?.length ?? 0)),
  );

/** Masks, key points and the like: something for each box. */
const isOfRows = ({ dims, batched }: Output, boxes: Output): boolean =>
  dims.length > 1 && batched === boxes.batched && dims[0] === boxes.dims[0] && dims[1] !== 4;

const numbersPerPicture = ({ dims }: Output): number => dims.reduce((product, side) => product * side, 1);

const liteRole = ({ name }: Output) => {
  const match = LITE.exec(name);
  return match ? LITE_ROLES[Number(match[1] ?? 0)] : undefined;
};

function findClasses(lists: readonly Output[], hasScores: boolean): Output | undefined {
  const whole = lists.filter((list) => areWhole(numbersOf(list)));
  return (
    whole.find((list) => liteRole(list) === 'classes') ??
    whole.find(isWholeType) ??
    whole.find(({ name }) => /class|label|categor/i.test(name)) ??
    // Scores of nothing at all are whole, too.
    (hasScores || whole.length === 1 || lists.some((list) => !whole.includes(list))
      ? whole.find(({ name }) => !/score|conf|prob/i.test(name))
      : undefined)
  );
}

function findScores(lists: readonly Output[], classes: Output | undefined): Output | undefined {
  const scores = lists.filter((list) => list !== classes && areScores(numbersOf(list)));
  return (
    scores.find((list) => liteRole(list) === 'scores') ??
    scores.find(({ name }) => /score|conf|prob/i.test(name)) ??
    scores.find((list) => !areWhole(numbersOf(list))) ??
    (classes ? scores[0] : undefined)
  );
}

const boxesOfScores = ({ samples }: Output): number[] =>
  samples.flatMap((data) => Array.from(data).filter((_, at) => at % 5 === 4));

/** The number of the class that the first label names. */
function firstClass(
  classes: Output,
  scores: readonly number[],
  { labels, inspection, outputs }: Evidence,
  isTensorFlow: boolean,
  isMmdeploy: boolean,
): number {
  const seen = numbersOf(classes).filter((_, row) => (scores[row] ?? 0) > 0);
  const least = seen.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = seen.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  // RT-DETR, D-FINE and DEIM give labels, boxes, scores in this order; their labels are columns of the scores.
  const isDetr = `${outputs.map(({ name }) => name)}` === 'labels,boxes,scores' && classes.batched;
  if (isMmdeploy || isDetr || inspection.filled.some(({ meaning }) => meaning === 'size')) return 0;
  // TensorFlow's and torchvision's classes count from 1; 0 is background.
  if (/^detection_classes/.test(classes.name)) return 1;
  if (/^labels$/.test(classes.name)) return classes.batched && least === 0 ? 0 : 1;
  if (labels.hasBackground && !isTensorFlow) return 1;
  return labels.count !== undefined && least >= 1 && most === labels.count ? 1 : 0;
}
