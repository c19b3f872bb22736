import { table } from './constantDetector.ts';
import {
  CENTRE,
  CORNERS,
  type Form,
  LABELS,
  nothing,
  output,
  picked,
  pixels,
  TF,
  YX_CORNERS,
} from './parts.ts';

/** Detections that the model picked itself. */
export const PICKED_FORMS: Readonly<Record<string, Form>> = {
  'PaddleDetection: class, score, corners': {
    outputs: [
      output(
        'multiclass_nms3_0.tmp_0',
        ['n', 6],
        picked(2, 6, [1, 0.9, ...pixels(CORNERS)], [0, 0.2, 1, 1, 2, 2]),
        'float32',
        [2, 6],
      ),
      output('multiclass_nms3_0.tmp_2', ['b'], [2], 'int32', [1]),
    ],
    right: 'yolo-end-to-end',
  },
  'OpenVINO and Caffe: DetectionOutput': {
    outputs: [
      output(
        'detection_out',
        [1, 1, 20, 7],
        table(20, 7, (_, column) => (column === 0 ? -1 : 0), { 0: [0, 1, 0.9, ...CORNERS] }),
      ),
    ],
    right: 'yolo-end-to-end',
  },
  'mmdeploy (RTMDet and others)': {
    outputs: [
      output('dets', [1, 'n', 5], picked(3, 5, [...pixels(CORNERS), 0.9]), 'float32', [1, 3, 5]),
      output('labels', [1, 'n'], picked(3, 1, [1]), 'int64', [1, 3]),
    ],
    right: 'boxes-scores-classes',
  },
  'mmdeploy with masks': {
    outputs: [
      output('dets', [1, 3, 5], picked(3, 5, [...pixels(CORNERS), 0.9])),
      output('labels', [1, 3], picked(3, 1, [1]), 'int64'),
      output('masks', [1, 3, 16, 16], nothing(3 * 256)),
    ],
    right: 'boxes-scores-classes',
  },
  'mmdeploy that finds one thing on all pictures': {
    outputs: [
      output('dets', ['b', 'n', 5], [...pixels(CORNERS), 0.9], 'float32', [1, 1, 5]),
      output('labels', ['b', 'n'], [1], 'int64', [1, 1]),
    ],
    right: 'boxes-scores-classes',
  },
  torchvision: {
    outputs: [
      output('boxes', ['n', 4], picked(2, 4, pixels(CORNERS), [0, 0, 9, 9]), 'float32', [2, 4]),
      output('labels', ['n'], [2, 1], 'int64', [2]),
      output('scores', ['n'], [0.9, 0.02], 'float32', [2]),
    ],
    right: 'boxes-scores-classes',
  },
  'torchvision with its own labels, and one row': {
    outputs: [
      output('boxes', ['n', 4], pixels(CORNERS), 'float32', [1, 4]),
      output('labels', ['n'], [2], 'int64', [1]),
      output('scores', ['n'], [0.9], 'float32', [1]),
    ],
    options: { labels: ['__background__', 'cat', 'dog', 'N/A', 'fox'] },
    right: 'boxes-scores-classes',
  },
  'torchvision with masks': {
    outputs: [
      output('boxes', ['n', 4], picked(2, 4, pixels(CORNERS), [0, 0, 9, 9]), 'float32', [2, 4]),
      output('labels', ['n'], [2, 1], 'int64', [2]),
      output('scores', ['n'], [0.9, 0.02], 'float32', [2]),
      output('masks', ['n', 1, 64, 64], nothing(2 * 64 * 64), 'float32', [2, 1, 64, 64]),
    ],
    right: 'boxes-scores-classes',
  },
  "the public zoo's Faster R-CNN, whose outputs have numbers": {
    outputs: [
      output('6379', ['n', 4], picked(2, 4, pixels(CORNERS), [0, 0, 9, 9]), 'float32', [2, 4]),
      output('6381', ['n'], [2, 3], 'int64', [2]),
      output('6383', ['n'], [0.9, 0.2], 'float32', [2]),
    ],
    right: 'boxes-scores-classes',
  },
  "the public zoo's SSD": {
    outputs: [
      output('bboxes', [1, 'n', 4], picked(3, 4, CORNERS, [0, 0, 0.1, 0.1]), 'float32', [1, 3, 4]),
      output('labels', [1, 'n'], [2, 1, 1], 'int64', [1, 3]),
      output('scores', [1, 'n'], [0.9, 0.02, 0.01], 'float32', [1, 3]),
    ],
    right: 'boxes-scores-classes',
  },
  'RT-DETR and D-FINE with their own post-processing, classes from 0': {
    outputs: [
      output(
        'labels',
        [1, 100],
        table(100, 1, (row) => row % 3, { 0: [1] }),
        'int64',
      ),
      output(
        'boxes',
        [1, 100, 4],
        table(100, 4, (row, c) => [3, 3, 9, 9][c] ?? row, { 0: pixels(CORNERS) }),
      ),
      output(
        'scores',
        [1, 100],
        table(100, 1, () => 0.02, { 0: [0.9] }),
      ),
    ],
    right: 'boxes-scores-classes',
  },
  'RT-DETR and D-FINE, which find nothing of their first class on the pictures': {
    outputs: [
      output(
        'labels',
        [1, 100],
        table(100, 1, () => 2, { 0: [1] }),
        'int64',
      ),
      output(
        'boxes',
        [1, 100, 4],
        table(100, 4, (row, c) => [3, 3, 9, 9][c] ?? row, { 0: pixels(CORNERS) }),
      ),
      output(
        'scores',
        [1, 100],
        table(100, 1, () => 0.02, { 0: [0.9] }),
      ),
    ],
    right: 'boxes-scores-classes',
  },
  'PP-DocLayoutV3: class, score, corners, order': {
    outputs: [
      output(
        'fetch_name_0',
        ['n', 7],
        picked(2, 7, [1, 0.9, ...pixels(CORNERS), 17], [0, 0.02, 1, 1, 2, 2, 3]),
        'float32',
        [2, 7],
      ),
      output('fetch_name_1', [1], [2], 'int32'),
    ],
    right: 'yolo-end-to-end',
  },
  'Custom Vision': {
    outputs: [
      output('detected_boxes', ['n', 4], picked(2, 4, CORNERS, [0, 0, 0.1, 0.1]), 'float32', [2, 4]),
      output('detected_classes', ['n'], [1, 0], 'int64', [2]),
      output('detected_scores', ['n'], [0.9, 0.02], 'float32', [2]),
    ],
    right: 'boxes-scores-classes',
  },
  "TensorFlow's Object Detection API, with what it picked from": {
    ...TF,
    outputs: [
      output('detection_anchor_indices', [1, 20], nothing(20)),
      output('detection_boxes', [1, 20, 4], picked(20, 4, YX_CORNERS)),
      output(
        'detection_classes',
        [1, 20],
        table(20, 1, () => 1, { 0: [2] }),
      ),
      output('detection_multiclass_scores', [1, 20, 4], picked(20, 4, [0, 0, 0.9, 0])),
      output('detection_scores', [1, 20], picked(20, 1, [0.9])),
      output('num_detections', [1], [20]),
      output(
        'raw_detection_boxes',
        [1, 90, 4],
        table(90, 4, () => 0.1),
      ),
      output(
        'raw_detection_scores',
        [1, 90, 4],
        table(90, 4, () => 0.1),
      ),
    ],
    right: 'boxes-scores-classes',
  },
  'TensorFlow Lite: TFLite_Detection_PostProcess': {
    ...TF,
    outputs: [
      output('TFLite_Detection_PostProcess', [1, 10, 4], picked(10, 4, YX_CORNERS)),
      output('TFLite_Detection_PostProcess:1', [1, 10], picked(10, 1, [1])),
      output('TFLite_Detection_PostProcess:2', [1, 10], picked(10, 1, [0.9])),
      output('TFLite_Detection_PostProcess:3', [1], [1]),
    ],
    options: { labels: ['???', ...LABELS] },
    right: 'boxes-scores-classes',
  },
  'TensorFlow Lite, under names that say nothing': {
    ...TF,
    outputs: [
      output('StatefulPartitionedCall:0', [1], [10]),
      output('StatefulPartitionedCall:1', [1, 10], picked(10, 1, [0.9])),
      output('StatefulPartitionedCall:2', [1, 10], picked(10, 1, [1])),
      output('StatefulPartitionedCall:3', [1, 10, 4], picked(10, 4, YX_CORNERS)),
    ],
    right: 'boxes-scores-classes',
  },
  'TensorFlow Lite that finds nothing, under names that say nothing': {
    ...TF,
    outputs: [
      output('a', [1], [10]),
      output('b', [1, 10], nothing(10)),
      output('c', [1, 10], nothing(10)),
      output('d', [1, 10, 4], nothing(40)),
    ],
    right: /Which of "b" and "c" are scores/,
  },
  'detections as centre and size': {
    outputs: [output('out', [1, 20, 6], picked(20, 6, [...pixels([0.6, 0.7, 0.4, 0.4]), 0.9, 1]))],
    right: /--box-order centre-width-height/,
  },
  'detections as left, top, width and height, as a person says': {
    outputs: [output('out', [1, 20, 6], picked(20, 6, [...pixels([0.1, 0.2, 0.4, 0.4]), 0.9, 1]))],
    options: { boxOrder: 'left-top-width-height' },
    right: 'yolo-end-to-end',
  },
  'boxes, scores and classes as centre and size, as a person says': {
    outputs: [
      output('boxes', [1, 20, 4], picked(20, 4, pixels(CENTRE))),
      output('scores', [1, 20], picked(20, 1, [0.9])),
      output('classes', [1, 20], picked(20, 1, [1])),
    ],
    options: { boxOrder: 'centre-width-height' },
    right: 'boxes-scores-classes',
  },
  'a table of detections that has nothing but boxes': {
    outputs: [output('out', ['n', 4], picked(3, 4, pixels(CORNERS)), 'float32', [3, 4])],
    right: /resembles a detector of a kind that is not known/,
  },
  'one row on all pictures, which is no classifier': {
    outputs: [output('out', ['n', 6], [...pixels(CORNERS), 0.9, 1], 'float32', [1, 6])],
    right: 'yolo-end-to-end',
  },
  'classes by their numbers in COCO, with a label for each class alone': {
    outputs: [
      output('boxes', [1, 20, 4], picked(20, 4, pixels(CORNERS))),
      output('scores', [1, 20], picked(20, 1, [0.9])),
      output('classes', [1, 20], picked(20, 1, [17])),
    ],
    right: /finds class 17 .* the 3 labels name the classes 0 to 2/,
  },
  'boxes, scores and classes of all anchors, not yet picked': {
    outputs: [
      output('boxes', [1, 1500, 4], picked(1500, 4, pixels(CORNERS))),
      output('scores', [1, 1500], picked(1500, 1, [0.9])),
      output('class_idx', [1, 1500], picked(1500, 1, [1])),
    ],
    right: /detector before suppression, with one class for each anchor/,
  },
  "EfficientDet of TensorFlow's AutoML: picture, corners with y first, score, class from 1": {
    ...TF,
    outputs: [output('detections', [1, 20, 7], picked(20, 7, [0, ...pixels(YX_CORNERS), 0.9, 2]))],
    right: 'yolo-end-to-end',
  },
};
