import { cocoClasses } from '../../decide/cocoLabels.ts';
import { type Family, huggingFace, IMAGENET, names, numbered, PLAIN } from './family.ts';
import { deployedLists, sigmoidQueries, softmaxQueries } from './published.ts';
import { SmallDetector } from './smallDetector.ts';

const SQUARE = { width: 640, height: 640 };
/** The numbers of the queries' boxes: centre, width and height in 0..1. */
const boxesOf = (detector: SmallDetector, queries: number) =>
  detector.add('Sigmoid', [detector.table(queries, 4, { middle: (column) => (column < 2 ? 0 : -2) })]);
/** Of COCO's 91 ids, 0 names nothing, and no model that was trained on it finds one. */
const logitsOf = (detector: SmallDetector, queries: number, columns: number) =>
  detector.table(queries, columns, {
    middle: (column) => (columns === 91 && column === 0 ? -20 : columns < 10 ? -4 : -5.8),
    spread: 1.4,
  });
/** One column more, which is the largest nearly everywhere. */
const withNothing = (detector: SmallDetector, queries: number, columns: number) =>
  detector.table(queries, columns, { middle: (column) => (column === columns - 1 ? 7.5 : 0), spread: 1.9 });

const COCO = cocoClasses.map(({ label }) => label);
/** By COCO's id. */
const byId = (id: number) => cocoClasses.find((one) => one.id === id)?.label ?? `class ${id}`;

/** Hugging Face by optimum (optimum/exporters/onnx/model_configs.py and base.py): logits and pred_boxes. */
function optimum(
  architecture: string,
  { queries, columns, isSoftmax = false, input, mask }: OptimumForm,
  preprocessor: object,
  values: NonNullable<Family['values']>,
): Family {
  const detector = new SmallDetector({
    name: 'pixel_values',
    shape: ['batch_size', 'num_channels', 'height', 'width'],
  });
  const logits = isSoftmax ? withNothing(detector, queries, columns) : logitsOf(detector, queries, columns);
  let boxes = boxesOf(detector, queries);
  if (mask) {
    // A mask that is not all ones moves the boxes.
    const seen = detector.toFloat(detector.input('pixel_mask', 'int64', ['batch_size', ...mask]));
    const share = detector.add('ReduceMean', [seen], { axes: { ints: [1, 2] }, keepdims: { int: 1 } });
    boxes = detector.add('Mul', [boxes, share]);
  }
  detector.output('logits', 'float32', ['batch_size', 'num_queries', columns], logits);
  detector.output('pred_boxes', 'float32', ['batch_size', 'num_queries', 4], boxes);
  return {
    detector,
    input,
    values,
    ...(mask && {
      feeds: () => ({
        pixel_mask: {
          type: 'int64',
          dims: [1, ...mask.map((side, axis) => sideOf(side, axis, input))],
          values: Array.from(
            { length: mask.reduce<number>((all, side, axis) => all * sideOf(side, axis, input), 1) },
            () => 1,
          ),
        },
      }),
    }),
    answers: ({ logits: scores = [], pred_boxes = [] }, picture) =>
      isSoftmax
        ? softmaxQueries(scores, pred_boxes, picture)
        : sigmoidQueries(scores, pred_boxes, picture, 300),
    names: numbered,
    head: 'detr',
    files: huggingFace(architecture, isSoftmax ? columns - 1 : columns, preprocessor),
  };
}
interface OptimumForm {
  readonly queries: number;
  readonly columns: number;
  readonly isSoftmax?: boolean;
  readonly input: Family['input'];
  readonly mask?: readonly (number | string)[];
}
const sideOf = (side: number | string, axis: number, { width, height }: Family['input']): number =>
  typeof side === 'number' ? side : axis === 0 ? height : width;

const RT_DETR = {
  image_processor_type: 'RTDetrImageProcessor',
  do_normalize: false,
  do_rescale: true,
  do_resize: true,
  resample: 2,
  rescale_factor: 1 / 255,
  size: { height: 640, width: 640 },
};
const DETR = {
  image_processor_type: 'DetrImageProcessor',
  do_normalize: true,
  do_resize: true,
  image_mean: IMAGENET.mean,
  image_std: IMAGENET.std,
  size: { longest_edge: 1333, shortest_edge: 800 },
};
/** The square of the published edge; see fixedSteps.ts. */
const EDGE = { width: 800, height: 800 };

/**
 * RT-DETR and D-FINE as their authors export them, post-processing and all (lyuwenyu/RT-DETR, rtdetr_pytorch and
 * rtdetrv2_pytorch tools/export_onnx.py; Peterande/D-FINE, tools/deployment/export_onnx.py).
 */
function deployed(batch: number | string, columns: number, options: Family['options'] = {}): Family {
  const queries = 300;
  const detector = new SmallDetector({ name: 'images', shape: [batch, 3, 640, 640] });
  const sizes = detector.toFloat(detector.input('orig_target_sizes', 'int64', [batch, 2]));
  const { add, ints } = { add: detector.add.bind(detector), ints: detector.ints.bind(detector) };
  const boxes = boxesOf(detector, queries);
  const part = (from: number, to: number) => add('Slice', [boxes, ints(from), ints(to), ints(2)]);
  const half = add('Mul', [part(2, 4), detector.floats([0.5])]);
  const centre = part(0, 2);
  const corners = add('Concat', [add('Sub', [centre, half]), add('Add', [centre, half])], {
    axis: { int: 2 },
  });
  const scale = add('Unsqueeze', [add('Concat', [sizes, sizes], { axis: { int: 1 } }), ints(1)]);
  const pixels = add('Mul', [corners, scale]);
  const scores = add('Reshape', [add('Sigmoid', [logitsOf(detector, queries, columns)]), ints(0, -1)]);
  const [best = '', places = ''] = detector.graph.addMany('TopK', [scores, ints(queries)], {}, 'TopK', 2);
  const rows = add('Div', [places, ints(columns)]);
  const labels = add('Sub', [places, add('Mul', [rows, ints(columns)])]);
  const four = add('Unsqueeze', [rows, ints(2)]);
  const index = add('Concat', [four, four, four, four], { axis: { int: 2 } });
  detector.output('labels', 'int64', [batch, queries], labels);
  detector.output(
    'boxes',
    'float32',
    [batch, queries, 4],
    add('GatherElements', [pixels, index], { axis: { int: 1 } }),
  );
  detector.output('scores', 'float32', [batch, queries], best);
  return {
    detector,
    input: SQUARE,
    values: PLAIN,
    feeds: ({ width, height }) => ({
      orig_target_sizes: { type: 'int64', dims: [1, 2], values: [width, height] },
    }),
    answers: (outputs) => deployedLists(outputs.labels ?? [], outputs.boxes ?? [], outputs.scores ?? []),
    names: columns === COCO.length ? (number) => COCO[number] ?? '' : numbered,
    head: 'boxes-scores-classes',
    options,
  };
}

/** RF-DETR by `model.export()` (roboflow/rf-detr, rfdetr/deploy/export.py): columns are COCO's ids, or one's own and one more. */
function rfDetr(side: number, columns: number, rest: Pick<Family, 'names' | 'options' | 'metadata'>): Family {
  const detector = new SmallDetector({ name: 'input', shape: [1, 3, side, side] });
  detector.output('dets', 'float32', [1, 300, 4], boxesOf(detector, 300));
  detector.output('labels', 'float32', [1, 300, columns], logitsOf(detector, 300, columns));
  return {
    detector,
    input: { width: side, height: side },
    values: IMAGENET,
    answers: ({ dets = [], labels = [] }, picture) => sigmoidQueries(labels, dets, picture, 300),
    head: 'detr',
    ...rest,
  };
}

/** DETR as its authors export it (facebookresearch/detr, test_all.py), and Deformable DETR the same way. */
function ofAuthors(columns: number): Family {
  const detector = new SmallDetector({ name: 'inputs', shape: [1, 3, 750, 800] });
  const isSoftmax = columns === 92;
  const queries = isSoftmax ? 100 : 300;
  const logits = isSoftmax ? withNothing(detector, queries, columns) : logitsOf(detector, queries, columns);
  detector.output('pred_logits', 'float32', [1, queries, columns], logits);
  detector.output('pred_boxes', 'float32', [1, queries, 4], boxesOf(detector, queries));
  return {
    detector,
    input: { width: 800, height: 750 },
    values: IMAGENET,
    answers: ({ pred_logits = [], pred_boxes = [] }, picture) =>
      isSoftmax
        ? softmaxQueries(pred_logits, pred_boxes, picture)
        : sigmoidQueries(pred_logits, pred_boxes, picture, 300),
    names: byId,
    head: 'detr',
  };
}

/** `rfdetr_inference` (roboflow/rf-detr, src/rfdetr/export/_runtime/metadata.py). */
const rfMetadata = (classes: readonly string[]) => ({
  rfdetr_inference: JSON.stringify({
    schema_version: 1,
    format: 'onnx',
    task: 'detect',
    input_shape: [1, 3, 384, 384],
    outputs: { pred_boxes: 'dets', pred_logits: 'labels' },
    means: IMAGENET.mean,
    stds: IMAGENET.std,
    pixel_scale: 1 / 255,
    class_names: classes,
    class_id_to_name: Object.fromEntries(classes.entries()),
    num_classes: classes.length,
  }),
});

export const QUERY_FAMILIES: Readonly<Record<string, Family>> = {
  'RT-DETR by its authors': deployed(1, 80, { labels: COCO }),
  'RT-DETRv2 and D-FINE by their authors': deployed('N', 80, { labels: COCO }),
  'D-FINE of one’s own classes by its authors': deployed('N', 7, { labels: names(7) }),
  'RT-DETR by optimum': optimum(
    'RTDetrForObjectDetection',
    { queries: 300, columns: 80, input: SQUARE },
    RT_DETR,
    PLAIN,
  ),
  'RT-DETRv2 by optimum': optimum(
    'RTDetrV2ForObjectDetection',
    { queries: 300, columns: 80, input: SQUARE },
    RT_DETR,
    PLAIN,
  ),
  'D-FINE by optimum': optimum(
    'DFineForObjectDetection',
    { queries: 300, columns: 80, input: SQUARE },
    RT_DETR,
    PLAIN,
  ),
  'DETR by optimum': optimum(
    'DetrForObjectDetection',
    { queries: 100, columns: 92, isSoftmax: true, input: EDGE },
    DETR,
    IMAGENET,
  ),
  'DETR by transformers.onnx, with a mask of a size of its own': optimum(
    'DetrForObjectDetection',
    { queries: 100, columns: 92, isSoftmax: true, input: EDGE, mask: [64, 64] },
    DETR,
    IMAGENET,
  ),
  'YOLOS by optimum': optimum(
    'YolosForObjectDetection',
    { queries: 100, columns: 92, isSoftmax: true, input: EDGE },
    { ...DETR, image_processor_type: 'YolosImageProcessor' },
    IMAGENET,
  ),
  'Conditional DETR with a mask of the picture’s size': optimum(
    'ConditionalDetrForObjectDetection',
    { queries: 300, columns: 91, input: EDGE, mask: ['height', 'width'] },
    { ...DETR, image_processor_type: 'ConditionalDetrImageProcessor' },
    IMAGENET,
  ),
  'Deformable DETR with a mask of the picture’s size': optimum(
    'DeformableDetrForObjectDetection',
    { queries: 300, columns: 91, input: EDGE, mask: ['height', 'width'] },
    { ...DETR, image_processor_type: 'DeformableDetrImageProcessor' },
    IMAGENET,
  ),
  'DETR by its authors, trained on COCO': ofAuthors(92),
  'Deformable DETR by its authors, trained on COCO': ofAuthors(91),
  'RF-DETR, trained on COCO': rfDetr(560, 91, { names: byId }),
  'RF-DETR, trained on COCO, with the names of its 80 classes': rfDetr(384, 91, {
    names: byId,
    options: { labels: COCO },
  }),
  'RF-DETR of one’s own classes, which says so': rfDetr(384, 4, {
    names: (number) => (number < 3 ? numbered(number) : 'class 3'),
    metadata: rfMetadata(names(3)),
  }),
};
