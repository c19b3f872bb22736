import { aboutOutputs } from '../../../../protocol/sentences/outputs.ts';
import type { BoxOrder, ScoredBoxesHead } from '../../deploy/heads/head.ts';
import type { ImportError } from '../../importError.ts';
import {
  boxesOf,
  columnKinds,
  type Evidence,
  looksLike,
  MAX_PICKED,
  type Reading,
  shareInOrder,
  unitOf,
} from './evidence.ts';
import type { Output } from './found.ts';

/** Architectures of Hugging Face's transformers whose boxes are centre and size, and that need no suppression. */
const DETR = /detr|d_?fine|yolos|deta|tabletransformer/i;
/** Those of them that are trained with softmax, and a class for "nothing" behind all others. */
const DETR_OF_SOFTMAX = /^(detr|yolos|tabletransformer)for/i;

/** Nearly all anchors see nothing. */
const NEARLY_ALL = 0.9;
const ALL = 0.99;

/** Reads boxes of anchors or queries in one output, and a score for each class in another. @throws ImportError by family */
export function readScoredBoxes(evidence: Evidence): Reading<ScoredBoxesHead> | undefined {
  const { outputs, known, arrangement } = evidence;
  const tables = outputs.filter(({ dims, batched }) => dims.length === 2 && batched);
  const pairs = tables
    .filter(({ dims }) => dims[1] === 4)
    .flatMap((boxes) =>
      tables
        .filter((other) => other !== boxes && other.dims[0] === boxes.dims[0])
        .map((scores) => ({ boxes, scores })),
    );
  const isBox = ({ boxes }: (typeof pairs)[number]) => /box|loc|dets/i.test(boxes.name);
  const isScore = ({ scores }: (typeof pairs)[number]) =>
    /score|conf|logit|cls|class|prob|label/i.test(scores.name);
  const pair =
    pairs.find((one) => isBox(one) && isScore(one)) ?? pairs.find(isBox) ?? pairs.find(isScore) ?? pairs[0];
  if (pair === undefined) return undefined;
  const { boxes, scores } = pair;
  const [rows = 0] = boxes.dims;
  const all = boxesOf(boxes);
  const unit = unitOf(all.flat(), arrangement);
  const [architecture] = known.architectures.filter((name) => DETR.test(name));
  const isCalledDetr = /^pred_boxes/.test(boxes.name) || (boxes.name === 'dets' && scores.name === 'labels');
  const share = (order: BoxOrder) => shareInOrder(all, order, unit);
  const usual: BoxOrder = /^(raw_)?detection_boxes|Postprocessor/.test(boxes.name)
    ? 'top-left-bottom-right'
    : 'left-top-right-bottom';
  const isRequested = known.head === 'ssd' || known.head === 'detr';
  const isCentre =
    known.boxOrder === undefined &&
    (architecture !== undefined || isCalledDetr || share(usual) < ALL) &&
    (share('centre-width-height') >= ALL || isRequested);
  const order = known.boxOrder ?? (isCentre && known.head !== 'ssd' ? 'centre-width-height' : usual);
  if (!isRequested && share(order) < ALL) throw needAnchors(boxes, scores, outputs);
  const isDetr =
    known.head === 'detr' ||
    (known.head === undefined &&
      (architecture !== undefined || isCalledDetr || isCentre) &&
      order === 'centre-width-height' &&
      rows <= MAX_PICKED);
  const meaning = isDetr ? queryScores(scores, architecture, evidence) : anchorScores(scores, evidence);
  const { columns, background } = meaning;
  const head: ScoredBoxesHead = {
    kind: 'detection',
    head: isDetr ? 'detr' : 'ssd',
    boxes: boxes.name,
    scores: scores.name,
    order,
    anchors: rows,
    classes: background === 'none' ? columns : columns - 1,
    background,
    activation: meaning.activation,
    unit,
  };
  const leftOut = outputs.filter(
    (output) => output !== boxes && output !== scores && output.dims[0] === rows && output.dims.length > 1,
  );
  let why = aboutOutputs(isDetr ? 'scored_boxes_queries' : 'scored_boxes_anchors', {
    boxes: boxes.name,
    scores: scores.name,
    columns,
    rows,
  });
  if (architecture && isDetr) why = aboutOutputs('and_config_says', { found: why, architecture });
  if (background !== 'none') why = aboutOutputs(`and_${background}_is_nothing`, { found: why });
  if (leftOut.length > 0) why = aboutOutputs('and_left_out', { found: why, names: leftOut.map(quoted) });
  return {
    head,
    why,
    explains: [
      ...leftOut.map(({ name }) => name),
      ...(isDetr
        ? outputs.map(({ name }) => name).filter((name) => /hidden_state|encoder|aux/i.test(name))
        : []),
    ],
  };
}

function needAnchors(boxes: Output, scores: Output, outputs: readonly Output[]): ImportError {
  const hasLandmarks = outputs.some(({ dims }) => dims[1] === 10);
  return looksLike(
    aboutOutputs(hasLandmarks ? 'family_undecoded_landmarks' : 'family_undecoded'),
    aboutOutputs('advice_decoding', { boxes: boxes.name, scores: scores.name }),
  );
}

const quoted = ({ name }: Output) => `"${name}"`;

interface Scores {
  readonly columns: number;
  readonly background: ScoredBoxesHead['background'];
  readonly activation: ScoredBoxesHead['activation'];
}

/** What the columns of an SSD's scores are. */
function anchorScores(scores: Output, { labels, known }: Evidence): Scores {
  const [, columns = 0] = scores.dims;
  const kind = columnKinds(scores, 0, columns);
  if (kind === 'mixed' && known.head === undefined) {
    throw looksLike(
      aboutOutputs('family_more_than_scores'),
      aboutOutputs('advice_more_than_scores', { columns, name: scores.name }),
    );
  }
  const isExtra = labels.count === undefined ? columns > 1 : columns === labels.count + 1;
  const first = shareOfBest(scores, 0);
  const last = shareOfBest(scores, columns - 1);
  const background: Scores['background'] =
    labels.count === undefined
      ? isExtra && first >= NEARLY_ALL
        ? 'first'
        : 'none'
      : !isExtra
        ? 'none'
        : !labels.hasBackground && last >= NEARLY_ALL && last > first
          ? 'last'
          : 'first';
  const activation = kind === 'scores' ? 'none' : background === 'none' ? 'sigmoid' : 'softmax';
  return { columns, background, activation };
}

/** What the columns of a DETR's class scores are. @throws ImportError where it does not show which stands for nothing */
function queryScores(scores: Output, architecture: string | undefined, { known, labels }: Evidence): Scores {
  const [, columns = 0] = scores.dims;
  const isLogits = columnKinds(scores, 0, columns) !== 'scores';
  const named = known.labels?.length;
  // Its last column is the best nearly everywhere.
  const endsWithNothing = shareOfBest(scores, columns - 1) >= NEARLY_ALL;
  const isSoftmax = architecture
    ? DETR_OF_SOFTMAX.test(architecture)
    : endsWithNothing && (named === undefined || columns === named + 1);
  if (isSoftmax) return { columns, background: 'last', activation: isLogits ? 'softmax' : 'none' };
  const activation = isLogits ? 'sigmoid' : 'none';
  if (columns === labels.count) return { columns, background: 'none', activation };
  if (columns === named) return { columns, background: 'first', activation };
  if (architecture && named === undefined) return { columns, background: 'none', activation };
  throw looksLike(
    aboutOutputs('family_detr'),
    named === undefined
      ? aboutOutputs('advice_detr_unnamed', { columns })
      : aboutOutputs('advice_detr', { columns, labels: named }),
  );
}

/** In which share of rows a column has the largest number alone. */
function shareOfBest({ dims, samples }: Output, column: number): number {
  const [, columns = 1] = dims;
  let [rows, best] = [0, 0];
  for (const data of samples) {
    for (let from = 0; from < data.length; from += columns) {
      rows++;
      const row = data.subarray(from, from + columns);
      const value = row[column] ?? 0;
      if (row.every((other, at) => at === column || other < value)) best++;
    }
  }
  return rows === 0 ? 0 : best / rows;
}
