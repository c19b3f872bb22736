import type { Sentence } from '../../../../protocol/sentence.ts';
import { aboutOutputs } from '../../../../protocol/sentences/outputs.ts';
import { END_TO_END, type PickedColumns, type PickedHead } from '../../deploy/heads/head.ts';
import type { Prototypes } from '../../deploy/heads/maskForms.ts';
import { ImportError } from '../../importError.ts';
import { withMasks } from './anchorTable.ts';
import {
  areScores,
  areWhole,
  boxesOf,
  COUNTS_FROM,
  columnOf,
  type Evidence,
  looksLike,
  MAX_PICKED,
  type Reading,
  requireLabels,
  shareInOrder,
  unitOf,
} from './evidence.ts';
import type { Output } from './found.ts';
import { findPrototypes } from './prototypes.ts';

/** How exporters write detections that the model picked itself, one a row; the likeliest first. */
type Layout = { columns: Required<PickedColumns>; picture?: number; inWords: Sentence };
const LAYOUTS: readonly Layout[] = [
  { columns: END_TO_END, inWords: aboutOutputs('columns_box_score_class') },
  { columns: { box: 0, score: 5, class: 4, count: 6 }, inWords: aboutOutputs('columns_box_class_score') },
  // PaddleDetection.
  { columns: { box: 2, score: 1, class: 0, count: 6 }, inWords: aboutOutputs('columns_class_score_box') },
  // YOLOv7.
  {
    columns: { box: 1, score: 6, class: 5, count: 7 },
    picture: 0,
    inWords: aboutOutputs('columns_picture_box_class_score'),
  },
  // YOLO-NAS.
  {
    columns: { box: 1, score: 5, class: 6, count: 7 },
    picture: 0,
    inWords: aboutOutputs('columns_picture_box_score_class'),
  },
  // DetectionOutput of Caffe and OpenVINO.
  {
    columns: { box: 3, score: 2, class: 1, count: 7 },
    picture: 0,
    inWords: aboutOutputs('columns_picture_class_score_box'),
  },
  // PP-DocLayoutV3: the last is the place in the reading order.
  {
    columns: { box: 2, score: 1, class: 0, count: 7 },
    inWords: aboutOutputs('columns_class_score_box_order'),
  },
];

/** Reads a table of detections that were picked inside the model. @throws ImportError where boxes are of an unknown form */
export function readPickedTable(evidence: Evidence): Reading<PickedHead> | undefined {
  const { outputs, inspection, known, labels } = evidence;
  const { metadata } = inspection;
  const isRequested = known.head === 'yolo-end-to-end';
  const isDeclared =
    metadata.get('end2end') === 'True' || /['"]nms['"]:\s*True/.test(metadata.get('args') ?? '');
  const tables = outputs.flatMap((output) => asTable(output) ?? []);
  const { whole, masks } = tableWithMasks(tables, evidence) ?? {};
  const table =
    (whole && withoutMasks(whole)) ??
    tables.find(({ dims: [rows = 0, columns], isOpen }) =>
      LAYOUTS.some(
        (layout) =>
          layout.columns.count === columns && (isRequested || isOpen || (rows > 1 && rows <= MAX_PICKED)),
      ),
    ) ??
    tables.find(isOneDetection);
  if (table === undefined) {
    if (!isDeclared || isRequested) return undefined;
    throw looksLike(aboutOutputs('family_more_than_boxes'), aboutOutputs('advice_detection_alone'));
  }
  const [, count = 0] = table.dims;
  const layouts = LAYOUTS.filter(({ columns }) => columns.count === count);
  const fits = layouts.filter((layout) => holdsNumbers(table, layout));
  const found =
    fits.find(({ columns }) => hasCorners(table, columns, evidence)) ??
    (isDeclared || isRequested ? layouts[0] : undefined);
  if (found === undefined) {
    // What is picked has whole numbers for classes; what has none has anchors.
    const [other] = fits.filter(({ columns }) =>
      columnOf(table, columns.score).some((score) => score > COUNTS_FROM),
    );
    if (other === undefined || !areDetections(table, other.columns)) return undefined;
    throw new ImportError(
      'needs_options',
      aboutOutputs('corners_wrong', { name: table.name, columns: other.inWords }),
    );
  }
  const { columns, inWords } = found;
  const boxes = boxesOf(table, columns.box);
  // EfficientDet as TensorFlow's: y first, and classes from 1.
  const isTensorFlow = count === 7 && columns.box === 1 && evidence.arrangement.layout === 'NHWC';
  const head: PickedHead = {
    kind: 'detection',
    head: 'yolo-end-to-end',
    outputs: [table.name],
    columns: whole ? { ...columns, count: whole.dims[1] ?? 0 } : columns,
    ...(masks && { masks }),
    order: known.boxOrder ?? (isTensorFlow ? 'top-left-bottom-right' : 'left-top-right-bottom'),
    firstClass: labels.hasBackground || isTensorFlow ? 1 : 0,
    batched: table.batched,
    classes: labels.count ?? 0,
    unit: unitOf(boxes.flat(), evidence.arrangement),
  };
  requireLabels(columnOf(table, columns.class), columnOf(table, columns.score), head.firstClass, evidence);
  const rows = table.isOpen
    ? aboutOutputs('picked_table_open', { name: table.name, columns: inWords })
    : aboutOutputs('picked_table', { name: table.name, rows: table.dims[0] ?? 0, columns: inWords });
  return {
    head,
    why: withMasks(isDeclared ? aboutOutputs('picked_table_declared', { found: rows }) : rows, masks),
    explains: [],
  };
}

/** The table whose rows end with the coefficients of a mask, where masks are wanted. */
function tableWithMasks(
  tables: readonly Output[],
  { outputs, arrangement, known }: Evidence,
): { whole: Output; masks: Prototypes } | undefined {
  if (known.task === 'object-detection') return undefined;
  for (const whole of tables) {
    const masks = findPrototypes(whole.name, whole.dims[1] ?? 0, outputs, arrangement);
    if (masks?.first === END_TO_END.count) return { whole, masks };
  }
  return undefined;
}

/** The first six columns of a table of detections with masks. */
function withoutMasks(table: Output): Output {
  const [rows = 0, columns = 6] = table.dims;
  const samples = table.samples.map((data) => data.filter((_, at) => at % columns < 6));
  return { ...table, dims: [rows, 6], samples };
}

/** The output with axes of one in front left out, where two are left. */
function asTable(output: Output): Output | undefined {
  const { dims, isBatchDoubtful } = output;
  if (dims.length === 1 && isBatchDoubtful) return { ...output, dims: [1, ...dims], batched: false };
  const isTable = dims.length >= 2 && dims.slice(0, -2).every((side) => side === 1);
  return isTable ? { ...output, dims: dims.slice(-2) } : undefined;
}

/** One row for each sample: numbers of a classifier as likely, unless they are those of a box. */
const isOneDetection = (table: Output): boolean =>
  table.dims[0] === 1 &&
  LAYOUTS.some(
    (layout) =>
      layout.columns.count === table.dims[1] &&
      holdsNumbers(table, layout) &&
      areDetections(table, layout.columns),
  );

/** Whether a row that counts has a score that is no whole number, as classes have. */
const areDetections = (table: Output, { score }: PickedColumns): boolean =>
  columnOf(table, score).some((value) => value > COUNTS_FROM && !Number.isInteger(value));

function holdsNumbers(table: Output, { columns, picture }: Layout): boolean {
  return (
    areWhole(columnOf(table, columns.class)) &&
    areScores(columnOf(table, columns.score)) &&
    (picture === undefined || columnOf(table, picture).every((value) => value === 0 || value === -1))
  );
}

function hasCorners(table: Output, columns: PickedColumns, { arrangement, known }: Evidence): boolean {
  const boxes = boxesOf(table, columns.box);
  const scores = columnOf(table, columns.score);
  const unit = unitOf(boxes.flat(), arrangement);
  const counting = boxes.filter((_, row) => (scores[row] ?? 0) > COUNTS_FROM);
  const order = known.boxOrder ?? 'left-top-right-bottom';
  // Rows that are never shown need no sound box.
  return shareInOrder(counting, order, unit) > 0.99 && shareInOrder(boxes, order, unit) > 0.7;
}
