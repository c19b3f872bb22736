import type { Sentence } from '../../../../protocol/sentence.ts';
import { aboutOutputs } from '../../../../protocol/sentences/outputs.ts';
import type { ScoredBoxesHead, YoloHead } from '../../deploy/heads/head.ts';
import type { Prototypes } from '../../deploy/heads/maskForms.ts';
import { ImportError } from '../../importError.ts';
import {
  areScores,
  boxesOf,
  cellCount,
  columnKinds,
  columnOf,
  type Evidence,
  looksLike,
  MAX_PICKED,
  type Reading,
  STRIDES,
  STRIDES_TO_64,
  shareInOrder,
  unitOf,
} from './evidence.ts';
import type { Output } from './found.ts';
import { followsGrid } from './grid.ts';
import { findPrototypes } from './prototypes.ts';

/** Numbers of a mask's coefficients in Ultralytics' models. */
const MASKS = 32;
/** Numbers of a box as NanoDet's distributions of four distances. */
const DISTRIBUTIONS = 32;

/** Reads one table of all anchors (or of a DETR's queries), a box and scores for each. @throws ImportError by family */
export function readAnchorTable(evidence: Evidence): Reading<YoloHead | ScoredBoxesHead> | undefined {
  const { outputs, known, inspection, labels } = evidence;
  const isRequested = known.head === 'yolo-v5' || known.head === 'yolo-v8' || known.head === 'detr';
  const tables = outputs.filter(
    ({ name, dims, batched }) =>
      dims.length === 2 &&
      batched &&
      // A softmax over rows is text that was read, letter by letter, or the like; detectors end with none.
      inspection.finalOps.get(name) !== 'softmax' &&
      !/hidden_state|embed|feature|token|patch/i.test(name),
  );
  const [table] = tables.sort((a, b) => size(b) - size(a));
  if (table === undefined) return undefined;
  const [first = 0, second = 0] = table.dims;
  const anchorsFirst =
    known.head === 'yolo-v5' ||
    (known.head !== 'yolo-v8' && first > second) ||
    (known.head === 'yolo-v8' &&
      labels.count !== undefined &&
      second === labels.count + 4 &&
      first !== labels.count + 4);
  const [anchors, columns] = anchorsFirst ? [first, second] : [second, first];
  const rows: Output = anchorsFirst ? table : transposed(table);
  if (!isRequested) {
    if (columns < 5 || anchors < 2) return undefined;
    refuseGrids(rows, anchors, columns, anchorsFirst, evidence);
    if (!masksIn(table.name, columns, 4, evidence)) {
      refuseParts(rows, columns, anchorsFirst, evidence);
    }
  }
  const unit = unitOf(boxesOf(rows).flat(), evidence.arrangement);
  const order = known.boxOrder ?? 'centre-width-height';
  const base = firstScore(rows, anchors, columns, anchorsFirst, evidence);
  if (columns <= base) return undefined;
  const masks = isRequested ? undefined : masksIn(table.name, columns, base, evidence);
  // Where a person says what it is, what stands behind the scores of the labels is something else.
  const classes =
    isRequested && labels.count !== undefined && labels.count < columns - base
      ? labels.count
      : columns - base - (masks?.count ?? 0);
  if (!isRequested && shareInOrder(boxesOf(rows), order, unit) < 0.98) return undefined;
  const kind = columnKinds(rows, 4, base + classes);
  if (!isRequested && kind === 'mixed') {
    throw looksLike(
      aboutOutputs('family_masks'),
      aboutOutputs('advice_masks', {
        columns: columns - base,
        name: table.name,
        head: base === 5 ? 'yolo-v5' : 'yolo-v8',
      }),
    );
  }
  const isDetr =
    known.head === 'detr' ||
    (known.head === undefined &&
      anchorsFirst &&
      base === 4 &&
      anchors <= MAX_PICKED &&
      anchors !== cellCount(evidence.arrangement, STRIDES));
  const isLogits = kind !== 'scores';
  const found = { name: table.name, shape: `${first}, ${second}`, classes, anchors };
  if (isDetr) {
    const head: ScoredBoxesHead = {
      kind: 'detection',
      head: 'detr',
      boxes: table.name,
      scores: table.name,
      order,
      anchors,
      classes,
      background: 'none',
      activation: isLogits ? 'sigmoid' : 'none',
      unit,
    };
    return {
      head,
      why: aboutOutputs('queries_table', found),
      explains: [],
    };
  }
  const head: YoloHead = {
    kind: 'detection',
    head: base === 5 ? 'yolo-v5' : 'yolo-v8',
    output: table.name,
    anchorsFirst,
    columns,
    order,
    isLogits,
    classes,
    unit,
    ...(masks && { masks }),
  };
  return {
    head,
    why: withMasks(aboutOutputs(base === 5 ? 'anchors_table_objectness' : 'anchors_table', found), masks),
    explains: outputs.filter((output) => isPartOf(output, table)).map(({ name }) => name),
  };
}

/** What else each row has: the coefficients of its mask, where masks are wanted and that leaves a score for each label. */
function masksIn(
  table: string,
  columns: number,
  base: number,
  { outputs, arrangement, labels, known }: Evidence,
): Prototypes | undefined {
  if (known.task === 'object-detection') return undefined;
  const found = findPrototypes(table, columns, outputs, arrangement);
  if (found === undefined) return undefined;
  const classes = columns - base - found.count;
  const isOfLabels = labels.count === undefined || classes === labels.count || classes === labels.count + 1;
  return classes > 0 && isOfLabels ? found : undefined;
}

export const withMasks = (why: Sentence, masks: Prototypes | undefined): Sentence =>
  masks ? aboutOutputs('and_masks', { found: why, count: masks.count, name: masks.output }) : why;

const size = ({ dims }: Output) => dims.reduce((product, side) => product * side, 1);

/** Where class scores begin: 5 behind a box and a score of its own, 4 behind a box. */
function firstScore(
  rows: Output,
  anchors: number,
  columns: number,
  anchorsFirst: boolean,
  { known, labels, arrangement }: Evidence,
): 4 | 5 {
  if (known.head === 'yolo-v5') return 5;
  if (known.head === 'yolo-v8' || known.head === 'detr' || !anchorsFirst) return 4;
  // Three anchors for each cell are what YOLOv5 has, with a score of the box itself.
  if (anchors === 3 * cellCount(arrangement, STRIDES)) return 5;
  if (labels.count !== undefined) return columns === labels.count + 4 ? 4 : 5;
  if (anchors !== cellCount(arrangement, STRIDES)) return 5;
  // One anchor for each cell: YOLOv6 has 1 for each score of its own, others have none.
  if (columns === 85 || columnOf(rows, 4).every((value) => value === 1)) return 5;
  if (columns === 84) return 4;
  throw new ImportError('needs_options', aboutOutputs('yolo_objectness', { columns, anchors }));
}

/** Boxes that still need the grid that they belong to. */
function refuseGrids(
  rows: Output,
  anchors: number,
  columns: number,
  anchorsFirst: boolean,
  { arrangement, labels, known, inspection }: Evidence,
): void {
  const grids = [STRIDES, STRIDES_TO_64].filter((strides) => cellCount(arrangement, strides) === anchors);
  const [strides] = grids;
  if (strides === undefined || !anchorsFirst) return;
  const isNano = columns === (labels.count ?? 80) + DISTRIBUTIONS;
  if (isNano) {
    throw looksLike(
      aboutOutputs('family_nanodet'),
      aboutOutputs('advice_nanodet', { name: rows.name, columns, anchors }),
    );
  }
  if (!followsGrid(boxesOf(rows), strides, arrangement)) {
    throw looksLike(
      aboutOutputs('family_yolox'),
      aboutOutputs('advice_yolox', { name: rows.name, anchors, strides }),
    );
  }
  const isYolox =
    columns === (labels.count ?? 80) + 5 &&
    !inspection.metadata.has('names') &&
    columnOf(rows, 4).some((value) => value !== 1);
  if (isYolox && !known.isScaleKnown) {
    throw new ImportError('needs_options', aboutOutputs('yolox_pixels'));
  }
}

/** Masks and key points behind the scores, by how many columns there are for the labels. */
function refuseParts(
  rows: Output,
  columns: number,
  anchorsFirst: boolean,
  { labels, outputs }: Evidence,
): void {
  if (labels.count === undefined) return;
  const extra = columns - labels.count - 4;
  const rest = anchorsFirst ? [extra, extra - 1] : [extra];
  const protos = outputs.find(
    ({ name, dims }) => name !== rows.name && dims.length === 3 && dims[0] === MASKS,
  );
  const family =
    rest.includes(MASKS) || (protos && extra > 1)
      ? 'family_yolo_masks'
      : !anchorsFirst && extra === 1
        ? 'family_yolo_rotated'
        : rest.some((count) => [10, 15, 34, 51].includes(count))
          ? 'family_yolo_pose'
          : undefined;
  const isMore = Array.from({ length: extra }, (_, at) => columnOf(rows, columns - 1 - at)).some(
    (column) => !areScores(column),
  );
  // More scores than labels are a wrong list of labels.
  if (family === undefined || rest.includes(0) || (!protos && !isMore)) return;
  throw looksLike(
    aboutOutputs(family),
    aboutOutputs('advice_row_alone', {
      columns,
      labels: labels.count,
      extra,
      head: anchorsFirst ? 'yolo-v5' : 'yolo-v8',
    }),
  );
}

/** One of the maps that the table was put together from, as YOLOv5 exports them next to it. */
const isPartOf = ({ dims, batched }: Output, table: Output): boolean =>
  batched && dims.length === 4 && dims[3] === table.dims[1] && size({ dims } as Output) < size(table);

/** [columns, anchors] as [anchors, columns]. */
export function transposed(table: Output): Output {
  const [columns = 1, anchors = 1] = table.dims;
  return {
    ...table,
    dims: [anchors, columns],
    samples: table.samples.map((data) => {
      const rows = new Float64Array(data.length);
      for (let column = 0; column < columns; column++) {
        for (let anchor = 0; anchor < anchors; anchor++) {
          rows[anchor * columns + column] = data[column * anchors + anchor] ?? 0;
        }
      }
      return rows;
    }),
  };
}
