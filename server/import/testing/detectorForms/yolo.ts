import { table } from './constantDetector.ts';
import {
  ANCHORS,
  anchorTable,
  CELLS,
  CENTRE,
  CORNERS,
  dogOf,
  endToEnd,
  type Form,
  LABELS,
  mask,
  nothing,
  output,
  picked,
  pixels,
  ultralytics,
  v8,
} from './parts.ts';

/** Tables of all anchors, and what YOLOs pick from them. */
export const YOLO_FORMS: Readonly<Record<string, Form>> = {
  'Ultralytics YOLOv5': {
    outputs: [output('output0', [1, 3 * ANCHORS, 8], anchorTable(3 * ANCHORS, 8, dogOf([1])))],
    right: 'yolo-v5',
  },
  'YOLOv5 with the maps that its table is made of': {
    outputs: [
      output('output', [1, 3 * ANCHORS, 8], anchorTable(3 * ANCHORS, 8, dogOf([1]))),
      ...[8, 4, 2].map((side, at) => output(`${300 + at}`, [1, 3, side, side, 8], nothing(24 * side * side))),
    ],
    right: 'yolo-v5',
  },
  'YOLOv5 for masks, its boxes alone': {
    outputs: [
      output(
        'output0',
        [1, 3 * ANCHORS, 40],
        table(3 * ANCHORS, 40, (r, c) => (c < 4 ? 5 : c < 8 ? 0.001 : Math.sin(r * c)), { 7: dogOf([1]) }),
      ),
      mask(32),
    ],
    options: { head: 'yolo-v5' },
    right: 'yolo-v5',
  },
  'YOLOv5 for faces, with landmarks': {
    outputs: [
      output('output', [1, 3 * ANCHORS, 18], anchorTable(3 * ANCHORS, 18, [...dogOf([1]), 20, 30, 22, 31])),
    ],
    right: /YOLO for key points/,
  },
  'YOLOv6, whose boxes all have a score of 1': {
    outputs: [
      output(
        'outputs',
        [1, ANCHORS, 8],
        table(ANCHORS, 8, (row, column) => [...(CELLS[row] ?? []), 5, 5, 1][column] ?? 0.001, {
          7: dogOf([1]),
        }),
      ),
    ],
    right: 'yolo-v5',
  },
  YOLOv7: {
    outputs: [output('output', [1, 3 * ANCHORS, 8], anchorTable(3 * ANCHORS, 8, dogOf([0.999])))],
    right: 'yolo-v5',
  },
  'YOLOv7 end to end: picture, corners, class, score': {
    outputs: [
      output(
        'output',
        ['n', 7],
        picked(3, 7, [0, ...pixels(CORNERS), 1, 0.9], [0, 1, 1, 3, 4, 2, 0.3]),
        'float32',
        [3, 7],
      ),
    ],
    right: 'yolo-end-to-end',
  },
  'Ultralytics YOLOv8, v9, 11 and 12': {
    outputs: [v8(anchorTable(ANCHORS, 7, dogOf()))],
    metadata: ultralytics(LABELS),
    right: 'yolo-v8',
  },
  'YOLOv8 with anchors first, as TensorFlow.js has it': {
    outputs: [output('Identity', [1, ANCHORS, 7], anchorTable(ANCHORS, 7, dogOf()))],
    right: 'yolo-v8',
  },
  'YOLOv8 for masks': {
    outputs: [
      v8(
        table(ANCHORS, 39, (r, c) => (c < 4 ? 5 : c < 7 ? 0.001 : Math.sin(r * c)), { 7: dogOf() }),
        39,
      ),
      mask(32),
    ],
    right: 'yolo-v8',
  },
  'YOLOv8 for masks, without labels': {
    outputs: [
      v8(
        table(ANCHORS, 39, (r, c) => (c < 4 ? 5 : c < 7 ? 0.001 : Math.sin(r * c)), { 7: dogOf() }),
        39,
      ),
      mask(32),
    ],
    options: { labels: [] },
    right: 'yolo-v8',
    label: 'class 1',
  },
  'YOLOv8 for poses': {
    outputs: [
      v8(
        table(ANCHORS, 56, (r, c) => (c < 4 ? 5 : c === 4 ? 0.001 : r + c)),
        56,
      ),
    ],
    options: { labels: ['person'] },
    right: /YOLO for key points/,
  },
  'YOLOv8 for rotated boxes': {
    outputs: [
      v8(
        table(ANCHORS, 8, (r, c) => (c < 4 ? 5 : c < 7 ? 0.001 : Math.sin(r)), { 7: [...dogOf(), 0.3] }),
        8,
      ),
    ],
    right: /YOLO for rotated boxes/,
  },
  'YOLOv8 for masks, which says so': {
    outputs: [v8(anchorTable(ANCHORS, 39, dogOf()), 39), mask(32)],
    metadata: ultralytics(LABELS, { task: 'segment' }),
    right: 'yolo-v8',
  },
  'Ultralytics with nms=True': {
    outputs: [output('output0', [1, 300, 6], endToEnd)],
    metadata: ultralytics(LABELS, { args: "{'batch': 1, 'nms': True}" }),
    right: 'yolo-end-to-end',
  },
  YOLOv10: { outputs: [output('output0', [1, 300, 6], endToEnd)], right: 'yolo-end-to-end' },
  'YOLO26 of one class': {
    outputs: [output('output0', [1, 300, 6], picked(300, 6, [...pixels(CORNERS), 0.9, 0]))],
    metadata: ultralytics(['face'], { end2end: 'True', args: "{'nms': False}" }),
    right: 'yolo-end-to-end',
    label: 'face',
  },
  'an end to end YOLO of one class without metadata': {
    outputs: [output('output0', [1, 300, 6], picked(300, 6, [...pixels(CORNERS), 0.9, 0]))],
    options: { labels: ['face'] },
    right: 'yolo-end-to-end',
    label: 'face',
  },
  'YOLOv5 of one class with few anchors': {
    outputs: [
      output('output0', [1, 3 * ANCHORS, 6], anchorTable(3 * ANCHORS, 6, [...pixels(CENTRE), 0.95, 0.95])),
    ],
    options: { labels: ['face'] },
    right: 'yolo-v5',
    label: 'face',
  },
  'YOLO26 for masks': {
    outputs: [
      output(
        'output0',
        [1, 300, 38],
        table(300, 38, (r, c) => (c < 6 ? 0 : Math.sin(r * c)), { 0: [...pixels(CORNERS), 0.9, 1] }),
      ),
      mask(32),
    ],
    metadata: ultralytics(LABELS, { end2end: 'True', task: 'segment' }),
    right: 'yolo-end-to-end',
  },
  'YOLO-NAS, flat: picture, corners, score, class': {
    outputs: [
      output(
        'graph2_flat_predictions',
        ['n', 7],
        picked(2, 7, [0, ...pixels(CORNERS), 0.9, 1], [0, 1, 1, 3, 4, 0.3, 2]),
        'float32',
        [2, 7],
      ),
    ],
    right: 'yolo-end-to-end',
  },
  'YOLO-NAS, by pictures': {
    outputs: [
      output('graph2_num_predictions', [1, 1], [1], 'int64'),
      output('graph2_pred_boxes', [1, 20, 4], picked(20, 4, pixels(CORNERS))),
      output('graph2_pred_scores', [1, 20], picked(20, 1, [0.9])),
      output('graph2_pred_classes', [1, 20], picked(20, 1, [1]), 'int64'),
    ],
    right: 'boxes-scores-classes',
  },
  'YOLO-NAS and DAMO-YOLO before suppression': {
    outputs: [
      output(
        '904',
        [1, ANCHORS, 4],
        table(ANCHORS, 4, (row, column) => [2, 3, 9, 9 + (row % 3)][column] ?? 0, { 7: pixels(CORNERS) }),
      ),
      output(
        '913',
        [1, ANCHORS, 3],
        table(ANCHORS, 3, () => 0.001, { 7: [0.01, 0.9, 0.02] }),
      ),
    ],
    right: 'ssd',
  },
  'YOLOX before decoding': {
    outputs: [
      output(
        'output',
        [1, ANCHORS, 8],
        table(ANCHORS, 8, (r, c) => (c < 4 ? Math.sin(r * 4 + c) : 0.001), {
          // The third cell of the fourth row, of 8 pixels.
          26: [0.4, 0.2, Math.log(3.2), Math.log(3.2), 1, 0.01, 0.9, 0.02],
        }),
      ),
    ],
    right: 'grid',
  },
  'YOLOX, decoded, of which nothing says what pixels it wants': {
    outputs: [output('output', [1, ANCHORS, 8], anchorTable(ANCHORS, 8, dogOf([0.99])))],
    right: /resembles a YOLOX.*--scale 1 --channels BGR/,
  },
  'YOLOX, decoded': {
    outputs: [output('output', [1, ANCHORS, 8], anchorTable(ANCHORS, 8, dogOf([1])))],
    options: { scale: 1, channels: 'BGR' },
    right: 'yolo-v5',
  },
  'a YOLO with one anchor for each cell and no labels': {
    outputs: [output('output', [1, ANCHORS, 8], anchorTable(ANCHORS, 8, dogOf([0.99])))],
    options: { labels: [] },
    right: /give the labels/,
  },
  'a detector with an output that nothing explains': {
    outputs: [v8(anchorTable(ANCHORS, 7, dogOf())), output('features', [1, 5, 9, 11], nothing(495))],
    right: /Nothing explains "features" \[5,9,11\].*--head yolo-v8/,
  },
};
