import { table } from './constantDetector.ts';
import {
  ALL_CELLS,
  CENTRE,
  CORNERS,
  config,
  type Form,
  LABELS,
  nothing,
  output,
  queries,
  queryBoxes,
  ultralytics,
} from './parts.ts';

/** Numbers before a softmax over 0 to 7 whose mean is `distance`. */
const distribution = (distance: number) =>
  Array.from({ length: 8 }, (_, step) => Math.log(Math.max(1e-9, 1 - Math.abs(step - distance))));

/** Boxes of anchors or queries with scores, and what a program of its own puts together. */
export const SCORED_FORMS: Readonly<Record<string, Form>> = {
  'NanoDet-Plus before decoding': {
    outputs: [
      output(
        'output',
        [1, ALL_CELLS.length, 35],
        table(ALL_CELLS.length, 35, (r, c) => (c < 3 ? 0.001 : Math.sin(r * c)), {
          // The anchor at 16, 24 of the first grid; edges in strides of 8 pixels.
          26: [0.01, 0.9, 0.02, ...[1.2, 1.4, 2, 1.8].flatMap(distribution)],
        }),
      ),
    ],
    right: 'grid',
  },
  'NanoDet-Plus of 80 classes, without labels': {
    input: [1, 3, 320, 320],
    outputs: [
      output(
        'output',
        [1, 2125, 112],
        table(2125, 112, (r, c) => (c < 80 ? 0.001 : Math.sin(r * c)), {
          // The anchor at 96, 128 of the third grid.
          2043: [
            ...Array.from({ length: 80 }, (_, c) => (c === 16 ? 0.9 : 0)),
            ...[2, 2, 2, 2].flatMap(distribution),
          ],
        }),
      ),
    ],
    options: { labels: [] },
    right: 'grid',
  },
  'RTMDet, YOLOv3 and others with maps alone': {
    outputs: [8, 4, 2].flatMap((side) => [
      output(`cls${side}`, [1, 3, side, side], nothing(3 * side * side)),
      output(`reg${side}`, [1, 4, side, side], nothing(4 * side * side)),
    ]),
    right: /maps for each size of grid/,
  },
  CenterNet: {
    outputs: [['hm', 3] as const, ['wh', 2] as const, ['reg', 2] as const].map(([name, count]) =>
      output(name, [1, count, 16, 16], nothing(count * 256)),
    ),
    right: /detector of centres \(CenterNet\)/,
  },
  'boxes relative to anchors that no known detector has': {
    outputs: [
      output(
        'regression',
        [1, 90, 4],
        table(90, 4, (r, c) => Math.sin(r * 4 + c)),
      ),
      output(
        'classification',
        [1, 90, 3],
        table(90, 3, () => 0.01),
      ),
    ],
    right: /boxes are relative to anchors of its own.*--box-order/,
  },
  RetinaFace: {
    outputs: [
      output(
        'loc',
        [1, 90, 4],
        table(90, 4, (r, c) => Math.sin(r * 4 + c)),
      ),
      output(
        'conf',
        [1, 90, 2],
        table(90, 2, (_, c) => (c === 0 ? 0.99 : 0.01)),
      ),
      output(
        'landms',
        [1, 90, 10],
        table(90, 10, (r, c) => Math.sin(r + c)),
      ),
    ],
    options: { labels: ['face'] },
    right: /RetinaFace/,
  },
  UltraFace: {
    outputs: [
      output(
        'scores',
        [1, 90, 2],
        table(90, 2, (_, c) => (c === 0 ? 0.99 : 0.01), { 7: [0.1, 0.9] }),
      ),
      output(
        'boxes',
        [1, 90, 4],
        table(90, 4, (row, c) => [0.1, 0.1, 0.2, 0.2 + row / 200][c] ?? 0, { 7: CORNERS }),
      ),
    ],
    options: { labels: ['face'] },
    right: 'ssd',
    label: 'face',
  },
  'a first column near 1 nearly everywhere, without labels': {
    outputs: [
      output(
        'scores',
        [1, 90, 4],
        table(90, 4, (_, c) => (c === 0 ? 0.97 : 0.01), { 7: [0.05, 0.03, 0.9, 0.02] }),
      ),
      output(
        'boxes',
        [1, 90, 4],
        table(90, 4, (row, c) => [0.1, 0.1, 0.2, 0.2 + row / 200][c] ?? 0, { 7: CORNERS }),
      ),
    ],
    options: { labels: [] },
    right: 'ssd',
    label: 'class 1',
  },
  'an SSD whose labels name the background': {
    outputs: [
      output(
        'scores',
        [1, 90, 4],
        table(90, 4, (_, c) => (c === 0 ? 0.97 : 0.01), { 7: [0.05, 0.03, 0.9, 0.02] }),
      ),
      output(
        'boxes',
        [1, 90, 4],
        table(90, 4, (row, c) => [0.1, 0.1, 0.2, 0.2 + row / 200][c] ?? 0, { 7: CORNERS }),
      ),
    ],
    options: { labels: ['???', ...LABELS] },
    right: 'ssd',
  },
  'an SSD with the background last': {
    outputs: [
      output(
        'scores',
        [1, 90, 4],
        table(90, 4, (_, c) => (c === 3 ? 0.97 : 0.01), { 7: [0.05, 0.9, 0.03, 0.02] }),
      ),
      output(
        'boxes',
        [1, 90, 4],
        table(90, 4, (row, c) => [0.1, 0.1, 0.2, 0.2 + row / 200][c] ?? 0, { 7: CORNERS }),
      ),
    ],
    right: 'ssd',
  },
  'MediaPipe, of a size that its anchors do not fit': {
    outputs: [
      output(
        'regressors',
        [1, 896, 16],
        table(896, 16, (r, c) => 20 * Math.sin(r * c)),
      ),
      output(
        'classificators',
        [1, 896, 1],
        table(896, 1, (r) => -9 + Math.sin(r)),
      ),
    ],
    options: { labels: ['face'] },
    right: /MediaPipe's/,
  },
  'pytorch-YOLOv4': {
    outputs: [
      output(
        'boxes',
        [1, 90, 1, 4],
        table(90, 4, () => 0.1),
      ),
      output(
        'confs',
        [1, 90, 3],
        table(90, 3, () => 0.1),
      ),
    ],
    right: /pytorch-YOLOv4/,
  },
  'Hugging Face: DETR, YOLOS, Table Transformer': {
    outputs: [
      output(
        'logits',
        [1, 100, 4],
        table(100, 4, (_, c) => (c === 3 ? 3 : -3), { 7: [-5, 5, -5, -1] }),
      ),
      output('pred_boxes', [1, 100, 4], queryBoxes),
    ],
    files: { 'config.json': config('DetrForObjectDetection') },
    right: 'detr',
  },
  'Hugging Face: Conditional and Deformable DETR, RT-DETR, D-FINE': {
    outputs: [
      output('logits', [1, 100, 3], queries(3, [-5, 3, -5])),
      output('pred_boxes', [1, 100, 4], queryBoxes),
    ],
    files: { 'config.json': config('DFineForObjectDetection') },
    right: 'detr',
  },
  'RT-DETR by Ultralytics': {
    outputs: [
      output(
        'output0',
        [1, 100, 7],
        table(100, 7, (_, c) => (c < 4 ? 0.02 : 0.001), { 7: [...CENTRE, 0.01, 0.9, 0.02] }),
      ),
    ],
    metadata: ultralytics(LABELS),
    right: 'detr',
  },
  'a DETR that only its names show': {
    outputs: [
      output('logits', [1, 100, 3], queries(3, [-5, 3, -5])),
      output('pred_boxes', [1, 100, 4], queryBoxes),
    ],
    right: 'detr',
  },
  'RF-DETR with a column more than labels': {
    outputs: [
      output('dets', [1, 100, 4], queryBoxes),
      output('labels', [1, 100, 4], queries(4, [-5, -5, 3, -5])),
    ],
    right: /resembles an RF-DETR.*4 columns, there are 3 labels.*model\.export\(\)/,
  },
  'RF-DETR with a label for each column': {
    outputs: [
      output('dets', [1, 100, 4], queryBoxes),
      output('labels', [1, 100, 4], queries(4, [-5, -5, 3, -5])),
    ],
    options: { labels: ['background', ...LABELS] },
    right: 'detr',
  },
};
