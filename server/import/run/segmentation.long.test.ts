import assert from 'node:assert/strict';
import test from 'node:test';
import { openModel } from '../../inference/model.ts';
import { readModelFolder } from '../../library/modelFolder.ts';
import { ImportError } from '../importError.ts';
import { samplePictures } from '../pictures/samplePictures.ts';
import { columnsFirst, constantDetector, table } from '../testing/detectorForms/constantDetector.ts';
import {
  ANCHORS,
  anchorTable,
  CORNERS,
  dogOf,
  LABELS,
  output,
  picked,
  pixels,
  ultralytics,
  v8,
} from '../testing/detectorForms/parts.ts';
import { decided, importBytes } from '../testing/importForTests.ts';

/*
 * What exporters of masks write, each with inputs of 64x64 pixels. The expected outlines are worked out here, from what their
 * authors publish about their outputs, and not with the code of the importer.
 */

const [cat] = await samplePictures();
assert.ok(cat);

const MAP = 16;
const COUNT = 32;
/** One is above 0 left of the middle of the dog, the others cancel each other out. */
const prototypes = table(COUNT, MAP * MAP, (row, cell) =>
  row === 5 ? ((cell % MAP) + 0.5 < 4.8 ? 3 : -3) : 1,
);
const coefficients = Array.from({ length: COUNT }, (_, at) => (at === 5 ? 2 : at % 2 === 0 ? 0.5 : -0.5)).map(
  (value, at) => (at === 7 ? value + 0.5 : value),
);

interface Form {
  readonly outputs: Parameters<typeof constantDetector>[0]['outputs'];
  readonly input?: readonly (number | string)[];
  readonly metadata?: Readonly<Record<string, string>>;
}
const names = ultralytics(LABELS, { task: 'segment' });
const protos = output('output1', [1, COUNT, MAP, MAP], prototypes);
const FORMS: Readonly<Record<string, Form>> = {
  'YOLOv8-seg and YOLO11-seg': {
    outputs: [v8(anchorTable(ANCHORS, 7 + COUNT, [...dogOf(), ...coefficients]), 7 + COUNT), protos],
    metadata: names,
  },
  'YOLOv8-seg without metadata': {
    outputs: [v8(anchorTable(ANCHORS, 7 + COUNT, [...dogOf(), ...coefficients]), 7 + COUNT), protos],
  },
  'YOLOv5-seg': {
    outputs: [
      output(
        'output0',
        [1, 3 * ANCHORS, 8 + COUNT],
        anchorTable(3 * ANCHORS, 8 + COUNT, [...dogOf([0.99]), ...coefficients]),
      ),
      protos,
    ],
    metadata: names,
  },
  'YOLO11-seg with its suppression, YOLO26-seg': {
    outputs: [
      output(
        'output0',
        [1, 300, 6 + COUNT],
        picked(300, 6 + COUNT, [...pixels(CORNERS), 0.9, 1, ...coefficients], [1, 1, 3, 4, 0.02, 2]),
      ),
      protos,
    ],
    metadata: { ...names, args: "{'nms': True}" },
  },
  'YOLOv8-seg as TensorFlow has it': {
    input: [1, 64, 64, 3],
    outputs: [
      v8(anchorTable(ANCHORS, 7 + COUNT, [...dogOf(), ...coefficients]), 7 + COUNT),
      output('output1', [1, MAP, MAP, COUNT], columnsFirst(prototypes, MAP * MAP)),
    ],
    metadata: names,
  },
};

for (const [name, { outputs, input, metadata }] of Object.entries(FORMS)) {
  test(`${name}: an outline for each thing, from its prototypes`, async (t) => {
    const bytes = constantDetector({
      outputs,
      ...(input ? { input } : {}),
      ...(metadata ? { metadata } : {}),
    });
    const { report, stagingDir } = await importBytes(
      t,
      bytes,
      { id: 'staging', ...(metadata ? {} : { labels: [...LABELS] }) },
      {
        samples: [cat],
      },
    );
    assert.equal(report.task, 'instance-segmentation');
    assert.deepEqual(
      report.samples[0]?.labels.map(({ label }) => label),
      ['dog'],
    );
    assert.ok((report.goldens.largestDifference ?? 1) < 1e-4);
    assert.ok(
      report.warnings.every(({ code }) => code !== 'normalisation'),
      JSON.stringify(report.warnings),
    );
    const folder = await readModelFolder(stagingDir);
    const model = await openModel(folder, 1);
    const answer = await model.run(new Uint8Array(64 * 64 * 3).fill(90));
    await model.release();
    assert.ok(answer.task === 'instance-segmentation');
    const xs = answer.instances[0]?.outline.flat().filter((_, at) => at % 2 === 0) ?? [];
    const ys = answer.instances[0]?.outline.flat().filter((_, at) => at % 2 === 1) ?? [];
    // The left half of the box, 0.1 to 0.5: the mask ends between the middles of cells 4 and 5 of 16.
    const near = (found: number, expected: number) =>
      assert.ok(Math.abs(found - expected) < 0.02, `${found}, not ${expected}`);
    near(Math.min(...xs), 0.1);
    near(Math.max(...xs), 5 / 16);
    near(Math.min(...ys), 0.2);
    near(Math.max(...ys), 0.6);
  });
}

/** Scores of three classes: the first above, the second below it at the left, the third at the right. */
const classAt = (x: number, y: number) => (y < 8 ? 0 : x < 8 ? 1 : 2);
const scoreOf = (line: number, x: number, y: number) => (classAt(x, y) === line ? 3 : -1 - line / 10);
const ofMap = (side: number) =>
  table(3, side * side, (line, cell) =>
    scoreOf(line, ((cell % side) * 16) / side, (Math.floor(cell / side) * 16) / side),
  );

const MAPS: Readonly<
  Record<
    string,
    { readonly outputs: Form['outputs']; readonly input?: Form['input']; readonly size?: number }
  >
> = {
  'SegFormer, at a quarter of the input': { outputs: [output('logits', [1, 3, 16, 16], ofMap(16))] },
  "torchvision's DeepLab, with its head of training": {
    outputs: [output('out', [1, 3, 64, 64], ofMap(64)), output('aux', [1, 3, 64, 64], ofMap(64))],
  },
  "TensorFlow's DeepLab, classes last": {
    input: [1, 64, 64, 3],
    outputs: [output('ResizeBilinear_3', [1, 64, 64, 3], columnsFirst(ofMap(64), 64 * 64))],
  },
  'a map of more cells than are kept': {
    input: [1, 3, 320, 320],
    outputs: [output('logits', [1, 3, 320, 320], ofMap(320))],
  },
  'a map whose scale to those cells rounds down': {
    input: [1, 3, 266, 266],
    outputs: [output('logits', [1, 3, 266, 266], ofMap(266))],
  },
};

for (const [name, { outputs, input }] of Object.entries(MAPS)) {
  test(`${name}: an area for each class but the background`, async (t) => {
    const bytes = constantDetector({ outputs, ...(input ? { input } : {}) });
    const { report, stagingDir } = await importBytes(
      t,
      bytes,
      { id: 'staging', labels: ['background', 'road', 'tree'] },
      { samples: [cat] },
    );
    assert.equal(report.task, 'semantic-segmentation');
    // What a centre crop would cut off has no mask.
    assert.equal(decided(report, 'fit'), 'stretch, assumed');
    assert.ok((report.goldens.largestDifference ?? 1) < 1e-4);
    assert.ok(
      report.warnings.every(({ code }) => code !== 'normalisation'),
      JSON.stringify(report.warnings),
    );
    const folder = await readModelFolder(stagingDir);
    const { width, height } = folder.manifest.input;
    const model = await openModel(folder, 1);
    const answer = await model.run(new Uint8Array(width * height * 3).fill(90));
    await model.release();
    assert.ok(answer.task === 'semantic-segmentation');
    const found = answer.areas.map(({ label, score, share }) => [label, score.toFixed(2), share.toFixed(2)]);
    const scoreAt = (line: number) =>
      Math.exp(3) / [0, 1, 2].reduce((sum, one) => sum + Math.exp(one === line ? 3 : -1 - one / 10), 0);
    assert.deepEqual(found.toSorted(), [
      ['road', scoreAt(1).toFixed(2), '0.25'],
      ['tree', scoreAt(2).toFixed(2), '0.25'],
    ]);
  });
}

for (const [name, values, message] of [
  ['predicted_depth', (cell: number) => cell * 3, /resembles a model for depth/],
  ['output', (cell: number) => (cell % 9) / 9, /resembles a model for matting.*--task semantic-segmentation/],
] as const) {
  test(`one number for each pixel, "${name}", is refused kindly`, async (t) => {
    const bytes = constantDetector({
      outputs: [
        output(
          name,
          [1, 1, 64, 64],
          table(1, 64 * 64, (_, cell) => values(cell)),
        ),
      ],
    });
    await assert.rejects(importBytes(t, bytes, {}, { samples: [cat] }), (error) => {
      assert.ok(error instanceof ImportError && error.code === 'unsupported_model');
      assert.match(error.message, message);
      return true;
    });
  });
}

test('a mask of one number for each pixel is outlined where a person says what it is', async (t) => {
  const values = table(1, 64 * 64, (_, cell) => (cell % 64 < 32 ? 0.9 : 0.1));
  const bytes = constantDetector({
    outputs: [output('activation_10', [1, 64, 64, 1], values)],
    input: [1, 64, 64, 3],
  });
  const options = { task: 'semantic-segmentation', labels: ['background', 'person'] } as const;
  const { report } = await importBytes(
    t,
    bytes,
    { ...options, labels: [...options.labels] },
    { samples: [cat] },
  );
  assert.deepEqual(
    report.samples[0]?.labels.map(({ label, score }) => [label, score.toFixed(2)]),
    [['person', '0.90']],
  );
});

const noise = (row: number, column: number) => ((row * 31 + column * 17) % 23) / 4 - 3;

test('a map next to the scores of a classifier is left out', async (t) => {
  const bytes = constantDetector({
    input: [1, 3, 224, 224],
    outputs: [
      output('logits', [1, 10], table(1, 10, noise)),
      output('cam', [1, 10, 14, 14], table(10, 14 * 14, noise)),
    ],
  });
  const { report } = await importBytes(t, bytes, {}, { samples: [cat] });
  assert.equal(report.task, 'image-classification');
});

for (const [name, channels, side, input] of [
  ["YOLOv2's one grid of boxes", 125, 13, 416],
  ['features of a backbone', 1280, 16, 256],
] as const) {
  test(`${name} are no classes of pixels`, async (t) => {
    const values = table(channels, side * side, noise);
    const bytes = constantDetector({
      input: [1, 3, input, input],
      outputs: [output('output', [1, channels, side, side], values)],
    });
    await assert.rejects(importBytes(t, bytes, {}, { samples: [cat] }), (error) => {
      assert.ok(error instanceof ImportError && error.code === 'unsupported_model');
      assert.match(error.message, /task of the model cannot be determined/);
      return true;
    });
  });
}

test('a person gets the boxes of a model of masks alone by its head, and is told so', async (t) => {
  const [, unnamed] = Object.values(FORMS);
  assert.ok(unnamed);
  const bytes = constantDetector({ ...unnamed, metadata: names });
  const { report } = await importBytes(t, bytes, { head: 'yolo-v8' }, { samples: [cat] });
  assert.equal(report.task, 'object-detection');
  assert.equal(decided(report, 'task'), 'object-detection, inferred');
  for (const named of [bytes, constantDetector(unnamed)]) {
    await assert.rejects(importBytes(t, named, { task: 'object-detection' }, { samples: [cat] }), (error) => {
      assert.ok(error instanceof ImportError && error.code === 'unsupported_model');
      assert.match(error.message, /--head yolo-v8/);
      return true;
    });
  }
});
