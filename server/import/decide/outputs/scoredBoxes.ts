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
import { NEARLY_ALL, queryScores, type Scores, shareOfBest } from './queryScores.ts';
import { findRowMasks, withRowMasks } from './rowMasks.ts';

/** Architectures of Hugging Face's transformers whose boxes are centre and size, and that need no suppression. */
const DETR = /detr|d_?fine|yolos|deta|tabletransformer/i;
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
  const masks = isDetr ? findRowMasks(boxes, true, evidence) : undefined;
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
    ...(masks && { masks }),
  };
  const leftOut = outputs.filter(
    (output) =>
      output !== boxes &&
      output !== scores &&
      output.name !== masks?.output &&
      output.dims[0] === rows &&
      output.dims.length > 1,
  );
  let why = aboutOutputs(isDetr ? 'scored_boxes_queries' : 'scored_boxes_anchors', {
    boxes: boxes.name,
    scores: scores.name,
    columns,
    rows,
  });
  if (architecture && isDetr) why = aboutOutputs('and_config_says', { found: why, architecture });
  if (background !== 'none') why = aboutOutputs(`and_${background}_is_nothing`, { found: why });
  why = withRowMasks(why, masks);
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
