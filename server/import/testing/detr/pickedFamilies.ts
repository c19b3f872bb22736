import { type Family, IMAGENET, names, numbered, PLAIN } from './family.ts';
import { endToEndRows, oneToMany, paddleRows, scoredCorners, sigmoidQueries } from './published.ts';
import { SmallDetector } from './smallDetector.ts';

const SIDE = 320;
const INPUT = { width: SIDE, height: SIDE };
const CLASSES = 5;

/** Corners in pixels of the input, [N, rows, 4]. */
function cornersOf(detector: SmallDetector, rows: number): string {
  const { add, ints } = opsOf(detector);
  const start = add('Sigmoid', [detector.table(rows, 2)]);
  const size = add('Sigmoid', [detector.table(rows, 2, { middle: () => -2 })]);
  const corners = add('Concat', [start, add('Add', [start, size])], { axis: { int: 2 } });
  return add('Reshape', [add('Mul', [corners, detector.floats([SIDE])]), ints(-1, rows, 4)]);
}

const scoresOf = (detector: SmallDetector, rows: number, columns: number, middle = -4.5) =>
  detector.add('Sigmoid', [detector.table(rows, columns, { middle: () => middle, spread: 1.3 })]);

const opsOf = (detector: SmallDetector) => ({
  add: detector.add.bind(detector),
  ints: detector.ints.bind(detector),
});

/** Best class and its score for each row, both [N, rows, 1]; the class as float. */
function bestOf(detector: SmallDetector, scores: string): [classes: string, best: string] {
  const { add } = opsOf(detector);
  const best = add('ArgMax', [scores], { axis: { int: 2 }, keepdims: { int: 1 } });
  return [detector.toFloat(best), add('GatherElements', [scores, best], { axis: { int: 2 } })];
}

/** `infer_cfg.yml` of PaddleDetection; RT-DETR and PP-YOLOE+ have norm_type none. */
const inferConfig = (norm: string) => `mode: paddle
draw_threshold: 0.5
metric: COCO
use_dynamic_shape: false
arch: YOLO
min_subgraph_size: 3
Preprocess:
- interp: 2
  keep_ratio: false
  target_size:
  - ${SIDE}
  - ${SIDE}
  type: Resize
- ${norm}
  type: NormalizeImage
- type: Permute
label_list:
${names(CLASSES)
  .map((name) => `- ${name}`)
  .join('\n')}
`;
const MEAN_STD = `is_scale: true
  mean: [0.485, 0.456, 0.406]
  norm_type: mean_std
  std: [0.229, 0.224, 0.225]`;
const NONE = `mean: [0., 0., 0.]
  norm_type: none
  std: [1., 1., 1.]`;

/** PP-YOLOE by paddle2onnx (ppdet/modeling/heads/ppyoloe_head.py): its suppression is inside. */
function ppYoloe(values: NonNullable<Family['values']>): Family {
  const rows = 20;
  const detector = new SmallDetector({ name: 'image', shape: [1, 3, SIDE, SIDE] });
  const { add, ints } = opsOf(detector);
  const factor = detector.input('scale_factor', 'float32', [1, 2]);
  const [y = '', x = ''] = detector.graph.addMany('Split', [factor], { axis: { int: 1 } }, 'Split', 2);
  const by = add('Reshape', [add('Concat', [x, y, x, y], { axis: { int: 1 } }), ints(-1, 1, 4)]);
  const boxes = add('Div', [cornersOf(detector, rows), by]);
  const [classes, best] = bestOf(detector, scoresOf(detector, rows, CLASSES, -2));
  const found = add('Reshape', [add('Concat', [classes, best, boxes], { axis: { int: 2 } }), ints(-1, 6)]);
  // What is left over has class -1.
  const filling = detector.floats([-1, 0, 0, 0, 0, 0], [1, 6]);
  const all = add('Concat', [found, filling], { axis: { int: 0 } });
  detector.output('multiclass_nms3_0.tmp_0', 'float32', ['rows', 6], all);
  detector.output('multiclass_nms3_0.tmp_2', 'int32', [1], detector.graph.constant(int32(rows), 'count'));
  return {
    detector,
    input: INPUT,
    values,
    feeds: ({ width, height }) => ({
      scale_factor: { type: 'float32', dims: [1, 2], values: [SIDE / height, SIDE / width] },
    }),
    answers: (outputs) =>
      paddleRows(outputs['multiclass_nms3_0.tmp_0'] ?? []).sort((a, b) => b.score - a.score),
    names: numbered,
    head: 'yolo-end-to-end',
    files: { 'infer_cfg.yml': inferConfig(values === IMAGENET ? MEAN_STD : NONE) },
  };
}

const int32 = (value: number) => ({ dtype: 'int32', shape: [1], data: Int32Array.of(value) }) as const;

/** RT-DETR of PaddleDetection (DETRBBoxPostProcess in ppdet/modeling/post_process.py): boxes of the original picture. */
function paddleRtDetr(): Family {
  const queries = 50;
  const detector = new SmallDetector({ name: 'image', shape: [1, 3, SIDE, SIDE] });
  const { add, ints } = opsOf(detector);
  const shape = detector.input('im_shape', 'float32', [1, 2]);
  const factor = detector.input('scale_factor', 'float32', [1, 2]);
  const original = add('Floor', [add('Add', [add('Div', [shape, factor]), detector.floats([0.5])])]);
  const [h = '', w = ''] = detector.graph.addMany('Split', [original], { axis: { int: 1 } }, 'Split', 2);
  const by = add('Reshape', [add('Concat', [w, h, w, h], { axis: { int: 1 } }), ints(-1, 1, 4)]);
  const boxes = add('Mul', [add('Div', [cornersOf(detector, queries), detector.floats([SIDE])]), by]);
  const [classes, best] = bestOf(detector, scoresOf(detector, queries, CLASSES, -2));
  const rows = add('Reshape', [add('Concat', [classes, best, boxes], { axis: { int: 2 } }), ints(-1, 6)]);
  detector.output('reshape2_83.tmp_0', 'float32', [queries, 6], rows);
  detector.output('tile_3.tmp_0', 'int32', [1], detector.graph.constant(int32(queries), 'count'));
  return {
    detector,
    input: INPUT,
    values: PLAIN,
    feeds: ({ width, height }) => ({
      im_shape: { type: 'float32', dims: [1, 2], values: [SIDE, SIDE] },
      scale_factor: { type: 'float32', dims: [1, 2], values: [SIDE / height, SIDE / width] },
    }),
    answers: (outputs) => paddleRows(outputs['reshape2_83.tmp_0'] ?? []).sort((a, b) => b.score - a.score),
    names: numbered,
    head: 'yolo-end-to-end',
    files: { 'infer_cfg.yml': inferConfig(NONE) },
  };
}

/** What Ultralytics writes into its files. */
const ultralytics = (more: Readonly<Record<string, string>> = {}) => ({
  task: 'detect',
  stride: '32',
  imgsz: `[${SIDE}, ${SIDE}]`,
  names: `{${names(CLASSES)
    .map((name, line) => `${line}: '${name}'`)
    .join(', ')}}`,
  ...more,
});

/** RT-DETR by Ultralytics: boxes as centre and size in 0..1, and scores (ultralytics/models/rtdetr/predict.py). */
function ultralyticsRtDetr(): Family {
  const queries = 300;
  const detector = new SmallDetector({ name: 'images', shape: [1, 3, SIDE, SIDE] });
  const { add } = opsOf(detector);
  const boxes = add('Sigmoid', [detector.table(queries, 4, { middle: (column) => (column < 2 ? 0 : -2) })]);
  const scores = scoresOf(detector, queries, CLASSES);
  detector.output(
    'output0',
    'float32',
    [1, queries, 4 + CLASSES],
    add('Concat', [boxes, scores], { axis: { int: 2 } }),
  );
  return {
    detector,
    input: INPUT,
    values: PLAIN,
    answers: ({ output0 = [] }, picture) => {
      const columns = 4 + CLASSES;
      const all = Array.from(output0);
      const logit = (score: number) => Math.log(score / (1 - score));
      return sigmoidQueries(
        all.filter((_, at) => at % columns >= 4).map(logit),
        all.filter((_, at) => at % columns < 4),
        picture,
        300,
      );
    },
    names: numbered,
    head: 'detr',
    metadata: ultralytics(),
  };
}

/** YOLO26 (docs.ultralytics.com/guides/end2end-detection): its own 300, or the candidates for a suppression. */
function yolo26(isEndToEnd: boolean): Family {
  const detector = new SmallDetector({ name: 'images', shape: [1, 3, SIDE, SIDE] });
  const { add, ints } = opsOf(detector);
  const metadata = ultralytics({ end2end: isEndToEnd ? 'True' : 'False' });
  const common = { detector, input: INPUT, values: PLAIN, names: numbered, metadata };
  if (isEndToEnd) {
    const [classes, best] = bestOf(detector, scoresOf(detector, 300, CLASSES, -3.5));
    const rows = add('Concat', [cornersOf(detector, 300), best, classes], { axis: { int: 2 } });
    detector.output('output0', 'float32', [1, 300, 6], rows);
    return {
      ...common,
      head: 'yolo-end-to-end',
      answers: ({ output0 = [] }, picture) =>
        endToEndRows(output0, INPUT, picture).sort((a, b) => b.score - a.score),
    };
  }
  // The cells of grids of 8, 16 and 32 pixels.
  const anchors = 2100;
  const corners = cornersOf(detector, anchors);
  const part = (from: number, to: number) => add('Slice', [corners, ints(from), ints(to), ints(2)]);
  const size = add('Sub', [part(2, 4), part(0, 2)]);
  const centre = add('Add', [part(0, 2), add('Mul', [size, detector.floats([0.5])])]);
  const scores = scoresOf(detector, anchors, CLASSES);
  const table = add('Concat', [centre, size, scores], { axis: { int: 2 } });
  const turned = add('Transpose', [table], { perm: { ints: [0, 2, 1] } });
  detector.output('output0', 'float32', [1, 4 + CLASSES, anchors], turned);
  return {
    ...common,
    head: 'yolo-v8',
    answers: ({ output0 = [] }, picture) => oneToMany(output0, CLASSES, 0.7, INPUT, picture),
  };
}

/** YOLO-NAS by `model.export()` (Deci-AI/super-gradients, documentation/source/models_export.md): bytes go in. */
function yoloNas(form: 'flat' | 'batch' | 'raw'): Family {
  const isRaw = form === 'raw';
  const rows = isRaw ? 2100 : 60;
  const dtype = isRaw ? 'float32' : 'uint8';
  const detector = new SmallDetector({ name: isRaw ? 'input.1' : 'input', dtype, shape: [1, 3, SIDE, SIDE] });
  const { add, ints } = opsOf(detector);
  const boxes = cornersOf(detector, rows);
  const scores = scoresOf(detector, rows, CLASSES, isRaw ? -4.5 : -2);
  const common = {
    detector,
    input: INPUT,
    names: numbered,
    options: { labels: names(CLASSES), fit: 'stretch' },
  } as const;
  if (isRaw) {
    detector
      .output('904', 'float32', [1, rows, 4], boxes)
      .output('913', 'float32', [1, rows, CLASSES], scores);
    return {
      ...common,
      values: PLAIN,
      head: 'ssd',
      answers: (outputs, picture) =>
        scoredCorners(outputs['904'] ?? [], outputs['913'] ?? [], 0.5, INPUT, picture),
    };
  }
  const [classes, best] = bestOf(detector, scores);
  if (form === 'flat') {
    const picture = add('Mul', [best, detector.floats([0])]);
    const all = add('Concat', [picture, boxes, best, classes], { axis: { int: 2 } });
    detector.output('graph2_flat_predictions', 'float32', ['rows', 7], add('Reshape', [all, ints(-1, 7)]));
    return {
      ...common,
      head: 'yolo-end-to-end',
      answers: ({ graph2_flat_predictions: flat = [] }, picture) =>
        endToEndRows(
          Array.from(flat).filter((_, at) => at % 7 > 0),
          INPUT,
          picture,
        ).sort((a, b) => b.score - a.score),
    };
  }
  const list = (value: string) => add('Reshape', [value, ints(-1, rows)]);
  detector.output('graph2_num_predictions', 'int64', [1, 1], add('Reshape', [ints(rows), ints(1, 1)]));
  detector.output('graph2_pred_boxes', 'float32', [1, rows, 4], boxes);
  detector.output('graph2_pred_scores', 'float32', [1, rows], list(best));
  const whole = add('Cast', [list(classes)], { to: { int: 7 } });
  detector.output('graph2_pred_classes', 'int64', [1, rows], whole);
  return {
    ...common,
    head: 'boxes-scores-classes',
    answers: (outputs, picture) => {
      const { graph2_pred_boxes = [], graph2_pred_scores = [], graph2_pred_classes = [] } = outputs;
      const found = Array.from(graph2_pred_scores).flatMap((score, row) => [
        ...Array.from(graph2_pred_boxes).slice(row * 4, row * 4 + 4),
        score,
        graph2_pred_classes[row] ?? -1,
      ]);
      return endToEndRows(found, INPUT, picture).sort((a, b) => b.score - a.score);
    },
  };
}

export const PICKED_FAMILIES: Readonly<Record<string, Family>> = {
  'PP-YOLOE by paddle2onnx': ppYoloe(IMAGENET),
  'PP-YOLOE+ by paddle2onnx': ppYoloe(PLAIN),
  'RT-DETR of PaddleDetection': paddleRtDetr(),
  'RT-DETR by Ultralytics': ultralyticsRtDetr(),
  'YOLO26 end to end': yolo26(true),
  'YOLO26 one to many': yolo26(false),
  'YOLO-NAS, flat': yoloNas('flat'),
  'YOLO-NAS, by pictures': yoloNas('batch'),
  'YOLO-NAS before suppression': yoloNas('raw'),
};
