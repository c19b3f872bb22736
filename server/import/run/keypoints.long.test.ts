import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import type { ImportOptions } from '../../../protocol/models.ts';
import type { KeypointGolden } from '../../../vision/tasks/keypointDetection.ts';
import { samplePictures } from '../pictures/samplePictures.ts';
import {
  type ConstantOutput,
  columnsFirst,
  constantDetector,
  table,
} from '../testing/detectorForms/constantDetector.ts';
import { importBytes } from '../testing/importForTests.ts';

/*
 * What is published for key points, with the names and shapes that it is published with. Each gives the same two people, or
 * one, for every picture: their boxes and points are written down here, and put into each form by its authors' rules.
 */

const [cat] = await samplePictures();
assert.ok(cat);

/** In 0..1 of a square input: points from the left top of a box to its right bottom, the last one hidden. */
const pointsIn = ([x, y, width, height]: readonly number[], count: number) =>
  Array.from({ length: count }, (_, at) => {
    const share = at / (count - 1);
    return [
      (x ?? 0) + share * (width ?? 0),
      (y ?? 0) + share ** 2 * (height ?? 0),
      at === count - 1 ? 0.2 : 0.9,
    ];
  });
const PEOPLE = [
  { box: [0.1, 0.2, 0.3, 0.6], score: 0.9 },
  { box: [0.55, 0.1, 0.25, 0.5], score: 0.7 },
];
type Person = (typeof PEOPLE)[number];
const centre = ([x = 0, y = 0, width = 0, height = 0]: readonly number[], side: number) =>
  [x + width / 2, y + height / 2, width, height].map((value) => value * side);
const corners = ([x = 0, y = 0, width = 0, height = 0]: readonly number[], side: number) =>
  [x, y, x + width, y + height].map((value) => value * side);
const inPixels = (points: readonly (readonly number[])[], side: number) =>
  points.map(([x = 0, y = 0, score = 0]) => [x * side, y * side, score]);

/** Anchors that see next to nothing, and each person twice: the weaker one is suppressed. */
function anchors(rows: number, columns: number, rowOf: (person: Person) => readonly number[], base = 4) {
  const found = PEOPLE.flatMap((person) => [person, { ...person, score: person.score - 0.2 }]);
  return table(
    rows,
    columns,
    (row, column) => {
      if (column < 4) return [100 + (row % 400), 100 + (row % 300), 20, 30][column] ?? 0;
      if (column < base + 1) return 0.001;
      return (column - base) % 3 === 0 ? 0.1 : 50 + (row % 500);
    },
    Object.fromEntries(found.map((person, at) => [100 + 7 * at, rowOf(person)])),
  );
}
const pickedRows = (columns: number, rowOf: (person: Person) => readonly number[]) =>
  table(300, columns, () => 0, { 0: rowOf(PEOPLE[0] as Person), 1: rowOf(PEOPLE[1] as Person) });

/** As str() of Ultralytics' exporter writes them (`Exporter` in ultralytics/engine/exporter.py). */
const ultralytics = (more: Readonly<Record<string, string>>) => ({
  ...{ task: 'pose', stride: '32', imgsz: '[640, 640]', names: "{0: 'person'}", batch: '1' },
  ...more,
});
const YOLO = { input: [1, 3, 640, 640] } as const;
const yoloRow = ({ box, score }: Person) => [
  ...centre(box, 640),
  score,
  ...inPixels(pointsIn(box, 17), 640).flat(),
];
const pickedRow = ({ box, score }: Person) => [
  ...corners(box, 640),
  ...[score, 0],
  ...inPixels(pointsIn(box, 17), 640).flat(),
];

/** A Gaussian of two cells around each point, as high as its score (`TopdownHeatmap…` of mmpose, `VitPose` of transformers). */
function heatmaps(
  [height, width]: readonly [number, number],
  toCell: (x: number, y: number) => readonly number[],
) {
  const maps = pointsIn([0.1, 0.2, 0.3, 0.6], 17).map(([x = 0, y = 0, score = 0]) => {
    const [column = 0, row = 0] = toCell(x, y);
    return Array.from({ length: width * height }, (_, at) => {
      const distance = ((at % width) - column) ** 2 + (Math.floor(at / width) - row) ** 2;
      return score * Math.exp(-distance / 8);
    });
  });
  return maps.flat();
}
const VITPOSE_FILES = {
  'config.json': JSON.stringify({
    architectures: ['VitPoseForPoseEstimation'],
    id2label: Object.fromEntries(
      [
        'Nose',
        'L_Eye',
        'R_Eye',
        'L_Ear',
        'R_Ear',
        'L_Shoulder',
        'R_Shoulder',
        'L_Elbow',
        'R_Elbow',
        'L_Wrist',
      ]
        .concat(['R_Wrist', 'L_Hip', 'R_Hip', 'L_Knee', 'R_Knee', 'L_Ankle', 'R_Ankle'])
        .map((name, at) => [at, name]),
    ),
  }),
  'preprocessor_config.json': JSON.stringify({
    image_processor_type: 'VitPoseImageProcessor',
    do_affine_transform: true,
    do_normalize: true,
    do_rescale: true,
    image_mean: [0.485, 0.456, 0.406],
    image_std: [0.229, 0.224, 0.225],
    normalize_factor: 200.0,
    rescale_factor: 1 / 255,
    size: { height: 256, width: 192 },
  }),
};

interface Form {
  readonly input: readonly number[];
  readonly name?: string;
  readonly dtype?: 'uint8' | 'int32';
  readonly outputs: readonly ConstantOutput[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly options?: ImportOptions;
  readonly people: 1 | 2;
  readonly count: number;
  readonly names?: RegExp;
  readonly edges?: number;
  /** How exact the form is, in 0..1: half a cell of a map. */
  readonly within?: number;
  /** Where the model finds something else than a person. */
  readonly label?: string;
  /** What one thing has, where not that of its points. */
  readonly score?: number;
  readonly warns?: string;
  /** All points have the score of 1. */
  readonly hasNoScores?: boolean;
}

const landmarksIn = (count: number, side: number) =>
  pointsIn([0.1, 0.2, 0.3, 0.6], count).map(([x = 0, y = 0, sure = 0]): [number, number, number] => [
    x * side,
    y * side,
    sure,
  ]);
/** The one person whose score is given, of models that take a crop. */
const CROP = { people: 1, score: 0.9, warns: 'expects_crop' } as const;

const FORMS: Readonly<Record<string, Form>> = {
  'Ultralytics YOLOv8-pose and YOLO11-pose': {
    ...YOLO,
    outputs: [
      { name: 'output0', shape: [1, 56, 8400], values: columnsFirst(anchors(8400, 56, yoloRow), 56) },
    ],
    metadata: ultralytics({ kpt_shape: '[17, 3]' }),
    people: 2,
    count: 17,
    names: /^nose,left_eye/,
    edges: 19,
  },
  'the same without metadata': {
    ...YOLO,
    outputs: [
      { name: 'output0', shape: [1, 56, 8400], values: columnsFirst(anchors(8400, 56, yoloRow), 56) },
    ],
    people: 2,
    count: 17,
    edges: 19,
  },
  'Ultralytics YOLO26-pose, end to end': {
    ...YOLO,
    outputs: [{ name: 'output0', shape: [1, 300, 57], values: pickedRows(57, pickedRow) }],
    metadata: ultralytics({ kpt_shape: '[17, 3]', end2end: 'True' }),
    people: 2,
    count: 17,
    edges: 19,
  },
  'Ultralytics with nms=True, and no metadata': {
    ...YOLO,
    outputs: [{ name: 'output0', shape: [1, 300, 57], values: pickedRows(57, pickedRow) }],
    people: 2,
    count: 17,
  },
  'Ultralytics of 12 points without scores, which have names': {
    ...YOLO,
    outputs: [
      {
        name: 'output0',
        shape: [1, 29, 8400],
        values: columnsFirst(
          anchors(8400, 29, ({ box, score }) => [
            ...centre(box, 640),
            score,
            ...inPixels(pointsIn(box, 12), 640).flatMap(([x = 0, y = 0]) => [x, y]),
          ]),
          29,
        ),
      },
    ],
    metadata: ultralytics({
      kpt_shape: '[12, 2]',
      names: "{0: 'tiger'}",
      kpt_names: `{0: [${Array.from({ length: 12 }, (_, at) => `'spot ${at}'`).join(', ')}]}`,
    }),
    people: 2,
    count: 12,
    names: /^spot 0,.*spot 11$/,
    edges: 0,
    hasNoScores: true,
  },
  'YOLOv7-pose, with a score of the box itself': {
    ...YOLO,
    outputs: [
      {
        name: 'output',
        shape: [1, 25_200, 57],
        values: anchors(
          25_200,
          57,
          ({ box, score }) => [...centre(box, 640), 1, score, ...inPixels(pointsIn(box, 17), 640).flat()],
          5,
        ),
      },
    ],
    people: 2,
    count: 17,
  },
  'MoveNet SinglePose as tf2onnx gives it: y, x, score': {
    input: [1, 192, 192, 3],
    name: 'input',
    dtype: 'int32',
    outputs: [
      {
        name: 'output_0',
        shape: [1, 1, 17, 3],
        values: pointsIn([0.1, 0.2, 0.3, 0.6], 17).flatMap(([x = 0, y = 0, score = 0]) => [y, x, score]),
      },
    ],
    people: 1,
    count: 17,
    edges: 19,
  },
  'MoveNet MultiPose as tf2onnx gives it': {
    input: [1, 256, 256, 3],
    name: 'input',
    dtype: 'int32',
    outputs: [
      {
        name: 'output_0',
        shape: [1, 6, 56],
        values: table(
          6,
          56,
          () => 0.01,
          Object.fromEntries(
            PEOPLE.map(({ box, score }, at) => {
              const [left = 0, top = 0, right = 0, bottom = 0] = corners(box, 1);
              const points = pointsIn(box, 17).flatMap(([x = 0, y = 0, sure = 0]) => [y, x, sure]);
              return [at, [...points, top, left, bottom, right, score]];
            }),
          ),
        ),
      },
    ],
    people: 2,
    count: 17,
    edges: 19,
  },
  "MediaPipe's hand_landmark: x, y, z in pixels, and whether there is a hand": {
    input: [1, 224, 224, 3],
    outputs: [
      { name: 'Identity', shape: [1, 63], values: landmarksIn(21, 224).flatMap(([x, y]) => [x, y, 3]) },
      { name: 'Identity_1', shape: [1, 1], values: [0.9] },
      { name: 'Identity_2', shape: [1, 1], values: [0.2] },
      { name: 'Identity_3', shape: [1, 63], values: landmarksIn(21, 0.1).flatMap(([x, y]) => [x, y, 0]) },
    ],
    ...CROP,
    label: 'hand',
    count: 21,
    names: /^wrist,thumb_1/,
    edges: 21,
    hasNoScores: true,
  },
  "MediaPipe's pose_landmark: 33 of 39 points with their visibility": {
    input: [1, 256, 256, 3],
    outputs: [
      {
        name: 'Identity',
        shape: [1, 195],
        values: [
          ...landmarksIn(33, 256).flatMap(([x, y, sure]) => [x, y, 5, Math.log(sure / (1 - sure)), 4]),
          ...Array.from({ length: 6 * 5 }, () => 100),
        ],
      },
      { name: 'Identity_1', shape: [1, 1], values: [0.9] },
      { name: 'Identity_2', shape: [1, 64, 64, 1], values: Array.from({ length: 4096 }, (_, at) => at % 7) },
      {
        name: 'Identity_3',
        shape: [1, 64, 64, 39],
        values: Array.from({ length: 4096 * 39 }, (_, at) => (at % 5) - 9),
      },
      { name: 'Identity_4', shape: [1, 117], values: Array.from({ length: 117 }, () => 0.1) },
    ],
    ...CROP,
    label: 'person',
    count: 33,
    names: /^nose,left_eye_inner.*left_foot_index,right_foot_index$/,
    edges: 35,
  },
  "MediaPipe's face_landmark, whose number comes before its sigmoid": {
    input: [1, 192, 192, 3],
    outputs: [
      {
        name: 'conv2d_21',
        shape: [1, 1, 1, 1404],
        values: landmarksIn(468, 192).flatMap(([x, y]) => [x, y, -3]),
      },
      { name: 'conv2d_31', shape: [1, 1, 1, 1], values: [Math.log(9)] },
    ],
    ...CROP,
    label: 'face',
    count: 468,
    edges: 124,
    hasNoScores: true,
  },
  'ViTPose of Hugging Face: maps from edge to edge': {
    input: [1, 3, 256, 192],
    name: 'pixel_values',
    outputs: [
      {
        name: 'heatmaps',
        shape: [1, 17, 64, 48],
        values: heatmaps([64, 48], (x, y) => [x * 47, y * 63]),
      },
    ],
    files: VITPOSE_FILES,
    people: 1,
    count: 17,
    names: /^Nose,L_Eye/,
    edges: 19,
    within: 0.5 / 47,
  },
  'HRNet and SimpleBaseline of mmpose': {
    input: [1, 3, 256, 192],
    name: 'input',
    outputs: [
      {
        name: 'output',
        shape: [1, 17, 64, 48],
        values: heatmaps([64, 48], (x, y) => [x * 48, y * 64]),
      },
    ],
    people: 1,
    count: 17,
    edges: 19,
    within: 0.5 / 48,
  },
  "torchvision's keypoint R-CNN": {
    input: [1, 3, 320, 320],
    outputs: [
      {
        name: 'boxes',
        shape: ['n', 4],
        sides: [2, 4],
        values: PEOPLE.flatMap(({ box }) => corners(box, 320)),
      },
      { name: 'labels', shape: ['n'], sides: [2], values: [1, 1], dtype: 'int64' },
      { name: 'scores', shape: ['n'], sides: [2], values: PEOPLE.map(({ score }) => score) },
      {
        name: 'keypoints',
        shape: ['n', 17, 3],
        sides: [2, 17, 3],
        values: PEOPLE.flatMap(({ box }) =>
          inPixels(pointsIn(box, 17), 320).flatMap(([x = 0, y = 0]) => [x, y, 1]),
        ),
      },
      {
        name: 'keypoints_scores',
        shape: ['n', 17],
        sides: [2, 17],
        // Logits of 0.9 and 0.2.
        values: PEOPLE.flatMap(() => Array.from({ length: 17 }, (_, at) => Math.log(at < 16 ? 9 : 0.25))),
      },
    ],
    people: 2,
    count: 17,
    edges: 19,
  },
};

for (const [name, form] of Object.entries(FORMS)) {
  const { input, outputs, metadata, files = {}, options = {}, people, count, within = 1e-4 } = form;
  test(`${name}: key points are read`, async (t) => {
    const bytes = constantDetector({
      input,
      outputs,
      ...(form.name ? { name: form.name } : {}),
      ...(form.dtype ? { dtype: form.dtype } : {}),
      ...(metadata ? { metadata } : {}),
    });
    const { report, manifest, stagingDir } = await importBytes(t, bytes, options, { samples: [cat], files });
    assert.equal(report.task, 'keypoint-detection');
    assert.equal(manifest.task, 'keypoint-detection');
    const { points } = manifest;
    assert.equal(points?.count, count);
    if (form.names) assert.match(`${points?.names}`, form.names);
    if (form.edges !== undefined) assert.equal(points?.edges.length, form.edges);
    const { label = metadata?.names?.includes('tiger') ? 'tiger' : 'person' } = form;
    assert.deepEqual(report.firstLabels, [label]);
    assert.deepEqual(
      report.warnings.filter(({ code }) => code === 'expects_crop').map(({ code }) => code),
      form.warns ? [form.warns] : [],
    );
    // The graph gives what plain code made of the same outputs, and that is what was put there.
    assert.ok((report.goldens.largestDifference ?? 1) < 1e-4);
    assert.ok(report.warnings.every(({ code }) => code !== 'normalisation'));
    const golden: KeypointGolden = JSON.parse(
      await readFile(path.join(stagingDir, manifest.goldens[0]?.expected ?? ''), 'utf8'),
    );
    assert.equal(golden.poses.length, people);
    for (const [at, pose] of golden.poses.entries()) {
      const { box, score } = PEOPLE[at] ?? { box: [], score: 0 };
      const expected = pointsIn(box, count);
      for (const [index, [x = 0, y = 0, sure = 0]] of expected.entries()) {
        const [foundX = 9, foundY = 9, foundScore = 9] = pose.points.slice(3 * index);
        assert.ok(
          Math.abs(foundX - x) <= within && Math.abs(foundY - y) <= within,
          `${index}: ${foundX} ${foundY}`,
        );
        const isScored = Math.abs(foundScore - (form.hasNoScores ? 1 : sure)) < (within > 1e-3 ? 0.1 : 1e-4);
        assert.ok(isScored, `${index}: ${foundScore}`);
      }
      if (form.score !== undefined) assert.ok(Math.abs(pose.score - form.score) < 1e-4);
      if (people === 1) continue;
      assert.ok(Math.abs(pose.score - score) < 1e-4);
      assert.ok(
        pose.box.every((side, axis) => Math.abs(side - (box[axis] ?? 9)) < 1e-4),
        `${pose.box}`,
      );
    }
    // The box of one person is around the points that hold: the hidden one, at its right bottom, does not.
    if (people === 1) {
      const [x = 0, , width = 0] = golden.poses[0]?.box ?? [];
      const holdingWidth = form.hasNoScores ? 0.3 : 0.3 * ((count - 2) / (count - 1));
      assert.ok(Math.abs(x - 0.1) <= within && Math.abs(width - holdingWidth) <= 2 * within, `${width}`);
    }
  });
}

test('maps that join the points of several people are not the points of one', async (t) => {
  const map = (name: string, count: number): ConstantOutput => ({
    name,
    shape: [1, count, 32, 32],
    values: table(count, 32 * 32, (row, cell) => (cell === 40 * row ? 0.8 : 0.01)),
  });
  const bytes = constantDetector({
    input: [1, 3, 256, 256],
    outputs: [map('stage_1_output_1_heatmaps', 19), map('stage_1_output_0_pafs', 38)],
  });
  await assert.rejects(importBytes(t, bytes, {}, { samples: [cat] }), { code: 'unsupported_model' });
});
