import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import * as ort from 'onnxruntime-node';
import type { ImportOptions } from '../../../protocol/models.ts';
import { samplePictures } from '../pictures/samplePictures.ts';
import { type ConstantOutput, constantDetector } from '../testing/detectorForms/constantDetector.ts';
import { decided, importBytes } from '../testing/importForTests.ts';
import { seeded } from '../testing/opHarness.ts';

/*
 * Detectors that give a map of their own for each row of boxes, with the names and shapes that they are published with and random
 * numbers. What the deployed graph says is compared with what the authors' own code makes of the same numbers, written down here.
 */

const [cat] = await samplePictures();
assert.ok(cat);
const LABELS = ['cat', 'dog', 'fox'];
const SIDE = 128;
const ROWS = 6;

type Corners = readonly [left: number, top: number, right: number, bottom: number];
/** In pixels; with fractions, as networks give them. */
const BOXES: readonly Corners[] = [
  [10.4, 20.2, 90.7, 77.1],
  [40.1, 5.3, 120.6, 100.2],
  [2.5, 60.3, 61.4, 125.8],
  ...Array.from({ length: 3 }, (): Corners => [0, 0, 3, 3]),
];
const SCORES = [0.91, 0.72, 0.63, 0.01, 0.01, 0];
/** From 1. */
const CLASSES = [2, 1, 3, 1, 1, 1];

/** Hills and valleys of -1..1, another for each row. */
function hills(rows: number, width: number, height: number, by: (value: number) => number): number[] {
  const random = seeded(width * height);
  return Array.from({ length: rows }, () => {
    const [a, b, c] = [random() * 6, random() * 6, 3 + random() * 4];
    return Array.from({ length: width * height }, (_, at) => {
      const [x, y] = [(at % width) / width, Math.floor(at / width) / height];
      return by(Math.sin(a + c * x) * Math.cos(b + c * y) + 0.2);
    });
  }).flat();
}
const asScore = (value: number) => 1 / (1 + Math.exp(-6 * value));
const asLogit = (value: number) => 6 * value;

/** Whether each pixel of the picture is of a thing. */
type Mask = (x: number, y: number) => boolean;

interface Form {
  readonly input: readonly number[];
  readonly name: string;
  readonly outputs: readonly ConstantOutput[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly options?: ImportOptions;
  readonly head: string;
  /** Best first, by the authors' post-processing. */
  readonly expected: readonly { label: string; score: number; box: Corners; mask: Mask }[];
}

/** torchvision's `paste_mask_in_image` with one pixel of nothing around each map; the same in Detectron and maskrcnn-benchmark. */
function pasted(map: readonly number[], size: number, box: Corners): Mask {
  const padded = size + 2;
  const scale = padded / size;
  const value = (x: number, y: number) =>
    x < 1 || y < 1 || x > size || y > size ? 0 : (map[(y - 1) * size + x - 1] ?? 0);
  /** The box grows with its map, and ends at whole pixels. */
  const grown = (start: number, end: number) =>
    [-1, 1].map((by) => Math.trunc((start + end) / 2 + (by * (end - start) * scale) / 2));
  const [left = 0, right = 0] = grown(box[0], box[2]);
  const [top = 0, bottom = 0] = grown(box[1], box[3]);
  const [width, height] = [Math.max(1, right - left + 1), Math.max(1, bottom - top + 1)];
  /** F.interpolate, bilinear, align_corners=False. */
  const along = (at: number, count: number) => {
    const from = Math.max(0, ((at + 0.5) * padded) / count - 0.5);
    const first = Math.floor(from);
    return [first, Math.min(padded - 1, first + 1), from - first] as const;
  };
  return (x, y) => {
    const [column, row] = [Math.floor(x) - left, Math.floor(y) - top];
    if (column < 0 || row < 0 || column >= width || row >= height) return false;
    const [x0, x1, dx] = along(column, width);
    const [y0, y1, dy] = along(row, height);
    const across = (of: number) => value(x0, of) * (1 - dx) + value(x1, of) * dx;
    return across(y0) * (1 - dy) + across(y1) * dy > 0.5;
  };
}

const whole =
  (map: readonly number[], side: number, from: number): Mask =>
  (x, y) =>
    (map[Math.floor((y * side) / SIDE) * side + Math.floor((x * side) / SIDE)] ?? 0) > from;

const ofRow = (values: readonly number[], row: number, cells: number) =>
  values.slice(row * cells, (row + 1) * cells);

const list = (name: string, values: readonly number[], dtype?: 'int64'): ConstantOutput => ({
  ...{ name, shape: ['n'], sides: [ROWS], values },
  ...(dtype && { dtype }),
});
const boxes = (name: string): ConstantOutput => ({
  ...{ name, shape: ['n', 4], sides: [ROWS, 4], values: BOXES.flat() },
});
const ofLists = (mask: (row: number) => Mask) =>
  [0, 1, 2].map((row) => ({
    label: LABELS[(CLASSES[row] ?? 0) - 1] ?? '',
    score: SCORES[row] ?? 0,
    box: BOXES[row] as Corners,
    mask: mask(row),
  }));

const PASTED = hills(ROWS, SIDE, SIDE, asScore);
const SMALL = hills(ROWS, 28, 28, asScore);
const TENSORFLOW = hills(ROWS, 33, 33, asScore);

/** RF-DETR, for its 10 queries: centre and size in 0..1, logits of classes, and logits of masks at a quarter of the size. */
const QUERIES = 10;
const random = seeded(7);
const DETS = Array.from({ length: QUERIES }, () => [
  0.3 + 0.4 * random(),
  0.3 + 0.4 * random(),
  0.3 + 0.2 * random(),
  0.3 + 0.2 * random(),
]);
const LOGITS = Array.from({ length: QUERIES }, (_, query) =>
  LABELS.map(() => (query % 3 === 0 ? 2 * random() - 0.5 : -7 - random())),
);
const QUARTER = hills(QUERIES, SIDE / 4, SIDE / 4, asLogit);

/** `PostProcess` of rfdetr: the best pairs of query and class after a sigmoid; a mask is what is above 0. */
function rfDetr(): Form['expected'] {
  const pairs = LOGITS.flatMap((row, query) =>
    row.map((logit, line) => ({ query, line, score: 1 / (1 + Math.exp(-logit)) })),
  );
  return pairs
    .toSorted((a, b) => b.score - a.score)
    .filter(({ score }) => score > 0.25)
    .map(({ query, line, score }) => {
      const [x = 0, y = 0, width = 0, height = 0] = DETS[query] ?? [];
      const box = [x - width / 2, y - height / 2, x + width / 2, y + height / 2].map((edge) => edge * SIDE);
      const map = ofRow(QUARTER, query, (SIDE / 4) ** 2);
      return {
        label: LABELS[line] ?? '',
        score,
        box: box as unknown as Corners,
        mask: whole(map, SIDE / 4, 0),
      };
    });
}

const RF_DETR_SEG: Form = {
  input: [1, 3, SIDE, SIDE],
  name: 'input',
  outputs: [
    { name: 'dets', shape: [1, QUERIES, 4], values: DETS.flat() },
    { name: 'labels', shape: [1, QUERIES, 3], values: LOGITS.flat() },
    { name: 'masks', shape: [1, QUERIES, SIDE / 4, SIDE / 4], values: QUARTER },
  ],
  head: 'detr',
  expected: rfDetr(),
};

const FORMS: Readonly<Record<string, Form>> = {
  "torchvision's Mask R-CNN, which pastes its masks itself": {
    input: [3, SIDE, SIDE],
    name: 'image',
    outputs: [
      boxes('boxes'),
      list('labels', CLASSES, 'int64'),
      list('scores', SCORES),
      { name: 'masks', shape: ['n', 1, SIDE, SIDE], sides: [ROWS, 1, SIDE, SIDE], values: PASTED },
    ],
    head: 'boxes-scores-classes',
    expected: ofLists((row) => whole(ofRow(PASTED, row, SIDE * SIDE), SIDE, 0.5)),
  },
  "the public zoo's Mask R-CNN (MaskRCNN-10), with maps of boxes": {
    input: [3, SIDE, SIDE],
    name: 'image',
    outputs: [
      boxes('6568'),
      list('6570', CLASSES, 'int64'),
      list('6572', SCORES),
      { name: '6887', shape: ['n', 1, 28, 28], sides: [ROWS, 1, 28, 28], values: SMALL },
    ],
    options: { labels: ['__background__', ...LABELS] },
    head: 'boxes-scores-classes',
    expected: ofLists((row) => pasted(ofRow(SMALL, row, 28 * 28), 28, BOXES[row] as Corners)),
  },
  'Mask R-CNN of mmdeploy, with maps of boxes': {
    input: [1, 3, SIDE, SIDE],
    name: 'input',
    outputs: [
      {
        name: 'dets',
        shape: [1, 'n', 5],
        sides: [1, ROWS, 5],
        values: BOXES.flatMap((box, row) => [...box, SCORES[row] ?? 0]),
      },
      {
        name: 'labels',
        shape: [1, 'n'],
        sides: [1, ROWS],
        values: CLASSES.map((one) => one - 1),
        dtype: 'int64',
      },
      { name: 'masks', shape: [1, 'n', 28, 28], sides: [1, ROWS, 28, 28], values: SMALL },
    ],
    head: 'boxes-scores-classes',
    expected: ofLists((row) => pasted(ofRow(SMALL, row, 28 * 28), 28, BOXES[row] as Corners)),
  },
  "TensorFlow's Object Detection API: detection_masks": {
    input: [1, SIDE, SIDE, 3],
    name: 'input_tensor',
    outputs: [
      {
        name: 'detection_boxes',
        shape: [1, ROWS, 4],
        values: BOXES.flatMap(([left, top, right, bottom]) =>
          [top, left, bottom, right].map((edge) => edge / SIDE),
        ),
      },
      { name: 'detection_scores', shape: [1, ROWS], values: SCORES },
      { name: 'detection_classes', shape: [1, ROWS], values: CLASSES },
      { name: 'num_detections', shape: [1], values: [ROWS] },
      { name: 'detection_masks', shape: [1, ROWS, 33, 33], values: TENSORFLOW },
    ],
    head: 'boxes-scores-classes',
    expected: ofLists((row) => pasted(ofRow(TENSORFLOW, row, 33 * 33), 33, BOXES[row] as Corners)),
  },
  'RF-DETR-seg': RF_DETR_SEG,
  'RF-DETR-seg, whose metadata say that it has masks': {
    ...RF_DETR_SEG,
    metadata: {
      rfdetr_inference: JSON.stringify({
        task: 'segment',
        means: [0.485, 0.456, 0.406],
        stds: [0.229, 0.224, 0.225],
        class_names: LABELS,
        num_classes: 2,
      }),
    },
  },
};

for (const [name, form] of Object.entries(FORMS)) {
  const { input, name: inputName, outputs, metadata, options = {}, head, expected } = form;
  test(`${name}: the masks that its authors' code makes`, async (t) => {
    const bytes = constantDetector({ input, name: inputName, outputs, ...(metadata && { metadata }) });
    const { report, stagingDir } = await importBytes(
      t,
      bytes,
      { labels: [...LABELS], minScore: 0.25, ...options },
      { samples: [cat] },
    );
    assert.equal(report.task, 'instance-segmentation');
    assert.match(decided(report, 'head') ?? '', new RegExp(`^${head}, `));
    assert.ok((report.goldens.largestDifference ?? 1) < 1e-4);

    const session = await ort.InferenceSession.create(path.join(stagingDir, 'model.onnx'), {
      intraOpNumThreads: 1,
    });
    t.after(() => session.release());
    const labels = (await readFile(path.join(stagingDir, 'labels.txt'), 'utf8')).trim().split('\n');
    const picture = new ort.Tensor('uint8', new Uint8Array(SIDE * SIDE * 3).fill(90), [1, SIDE, SIDE, 3]);
    const found = await session.run({ image: picture });
    const [, height = 0, width = 0] = found.masks?.dims ?? [];
    const masks = found.masks?.data as Uint8Array;
    const rows = Array.from(found.scores?.data as Float32Array).filter((score) => score > 0.25);
    assert.equal(rows.length, expected.length);
    for (const [row, { label, score, box, mask }] of expected.entries()) {
      assert.equal(labels[Number(found.classes?.data[row])], label);
      assert.ok(Math.abs((rows[row] ?? 0) - score) < 1e-5);
      const [x = 0, y = 0] = Array.from(found.boxes?.data.slice(4 * row, 4 * row + 4) ?? [], Number);
      assert.ok(
        Math.abs(x * SIDE - Math.max(0, box[0])) < 1e-3 && Math.abs(y * SIDE - Math.max(0, box[1])) < 1e-3,
      );
      let [both, either] = [0, 0];
      for (let cell = 0; cell < width * height; cell++) {
        const centre = [
          ((cell % width) + 0.5) * (SIDE / width),
          (Math.floor(cell / width) + 0.5) * (SIDE / height),
        ];
        const isExpected = mask(centre[0] ?? 0, centre[1] ?? 0);
        const isFound = (masks[row * width * height + cell] ?? 0) >= 128;
        if (isExpected && isFound) both++;
        if (isExpected || isFound) either++;
      }
      // Maps of boxes are put in without rounding the boxes to whole pixels, as the authors' code does.
      assert.ok(
        either > 100 && both / either > (/maps of boxes|detection_masks/.test(name) ? 0.93 : 0.999),
        `${row}: ${both} of ${either}`,
      );
    }
  });
}

test('boxes alone are read where a person asks for them, and a model that finds nothing has no masks', async (t) => {
  const form = RF_DETR_SEG;
  const labels = [...LABELS];
  const bytes = constantDetector({ input: form.input, name: form.name, outputs: form.outputs });
  const { report } = await importBytes(t, bytes, { labels, task: 'object-detection' }, { samples: [cat] });
  assert.equal(report.task, 'object-detection');
  const blind = form.outputs.map((one) =>
    one.name === 'labels' ? { ...one, values: LOGITS.flat().map(() => -9) } : one,
  );
  const none = constantDetector({ input: form.input, name: form.name, outputs: blind });
  const { report: empty } = await importBytes(t, none, { labels }, { samples: [cat] });
  assert.equal(empty.task, 'instance-segmentation');
  assert.deepEqual(empty.samples[0]?.labels, []);
});

test("things with masks have the labels of COCO's ids, too", async (t) => {
  const form = RF_DETR_SEG;
  const CAT = 17;
  const scores = DETS.map((_, row) =>
    Array.from({ length: 91 }, (_, id) => (row === 0 && id === CAT ? 5 : -9)),
  );
  const outputs = form.outputs.map((one) =>
    one.name === 'labels' ? { ...one, shape: [1, QUERIES, 91], values: scores.flat() } : one,
  );
  const bytes = constantDetector({ input: form.input, name: form.name, outputs });
  const { report } = await importBytes(t, bytes, {}, { samples: [cat] });
  assert.equal(report.task, 'instance-segmentation');
  assert.deepEqual(
    report.samples[0]?.labels.map(({ label }) => label),
    ['cat'],
  );
});
