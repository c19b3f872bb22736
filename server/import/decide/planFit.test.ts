import assert from 'node:assert/strict';
import test from 'node:test';
import type { ImportOptions } from '../../../protocol/models.ts';
import type { Step } from '../../../protocol/steps.ts';
import type { Head } from '../deploy/heads/head.ts';
import { ImportError } from '../importError.ts';
import type { Layout } from '../onnx/graphWalk.ts';
import type { ImageInput } from '../onnx/inspect.ts';
import { Decisions } from './decisions.ts';
import type { Declared } from './hints.ts';
import { planFit, sideBySteps } from './planFit.ts';

const CLASSIFIER: Head = {
  kind: 'classification',
  output: 'scores',
  classes: 3,
  activation: 'softmax',
  isBinary: false,
};

/** As CLIP is published. */
const PUBLISHED: Step[] = [
  { op: 'resize', shortest: 256, resample: 'bicubic' },
  { op: 'crop', width: 224, height: 224 },
];
const declared = (steps: Step[]): Declared => ({ steps: { value: steps, why: 'preprocessor_config.json' } });

function planned(
  given: ImportOptions,
  hints: Declared,
  width = 224,
  height = width,
  layout: Layout = 'NCHW',
  head: Head = CLASSIFIER,
) {
  const decisions = new Decisions(given, hints);
  const image: ImageInput = {
    name: 'pixels',
    dtype: 'float32',
    rank: 4,
    batch: undefined,
    channels: 3,
    width: undefined,
    height: undefined,
    layout: { value: layout, why: 'so made', isSure: true },
  };
  const { steps, ...size } = planFit({ image, layout, width, height }, head, decisions);
  assert.deepEqual(size, { width, height });
  return { steps, made: decisions.list().map(({ field, value, how }) => `${field}: ${value}, ${how}`) };
}

test('steps that the model says are taken as they are, and described in words', () => {
  assert.deepEqual(planned({}, declared(PUBLISHED)), {
    steps: PUBLISHED,
    made: ['steps: shorter side scaled to 256 (bicubic), cut to 224x224, said by the model'],
  });
});

test('what a person gives goes before what the model says', () => {
  assert.deepEqual(planned({ fit: 'letterbox' }, declared(PUBLISHED)), {
    steps: [
      { op: 'resize', within: { width: 224, height: 224 }, resample: 'bicubic' },
      { op: 'pad', width: 224, height: 224, colour: [114, 114, 114] },
    ],
    made: ['fit: letterbox, given', 'resample: bicubic, inferred'],
  });
  assert.deepEqual(planned({ crop: 0.7 }, declared(PUBLISHED)).steps, [
    { op: 'resize', shortest: 320, resample: 'bicubic' },
    { op: 'crop', width: 224, height: 224 },
  ]);
  assert.deepEqual(planned({ resample: 'lanczos' }, declared(PUBLISHED)), {
    steps: [{ op: 'resize', shortest: 256, resample: 'lanczos' }, PUBLISHED[1]],
    made: ['steps: shorter side scaled to 256 (lanczos), cut to 224x224, inferred'],
  });
  const given: Step[] = [{ op: 'resize', width: 224, height: 224, resample: 'nearest' }];
  assert.deepEqual(planned({ steps: given, fit: 'crop' }, declared(PUBLISHED)), {
    steps: given,
    made: ['steps: scaled to 224x224 (nearest), given'],
  });
});

test('for another size of the input, what is scaled and what is cut grow alike', () => {
  const { steps, made } = planned({}, declared(PUBLISHED), 384);
  assert.deepEqual(steps, [
    { op: 'resize', shortest: 438, resample: 'bicubic' },
    { op: 'crop', width: 384, height: 384 },
  ]);
  assert.deepEqual(made, ['steps: shorter side scaled to 438 (bicubic), cut to 384x384, inferred']);
  const border: Step[] = [
    { op: 'resize', within: { width: 235, height: 235 }, resample: 'bicubic' },
    { op: 'pad', width: 224, height: 224, colour: [124, 116, 104] },
    { op: 'crop', width: 224, height: 224 },
  ];
  assert.deepEqual(planned({}, declared(border), 448, 224).steps, [
    { op: 'resize', within: { width: 470, height: 235 }, resample: 'bicubic' },
    { op: 'pad', width: 448, height: 224, colour: [124, 116, 104] },
    { op: 'crop', width: 448, height: 224 },
  ]);
});

/** As DETR is published. */
const FOLLOWING: Step[] = [{ op: 'resize', shortest: 800, longest: 1333, resample: 'antialiased' }];

test('steps whose size follows the picture ask for a size, and are stretched to the one that is given', () => {
  const open = new Decisions({}, declared(FOLLOWING));
  assert.throws(
    () => sideBySteps('width', open),
    (error) =>
      error instanceof ImportError && error.code === 'needs_options' && /--size 640x640/.test(error.message),
  );
  const given = { width: 800, height: 640 };
  assert.equal(sideBySteps('width', new Decisions(given, declared(FOLLOWING))), undefined);
  assert.deepEqual(planned(given, declared(FOLLOWING), 800, 640).steps, [
    { op: 'resize', width: 800, height: 640, resample: 'antialiased' },
  ]);
});

test('an input whose size the graph leaves open has the size at which its steps end', () => {
  assert.equal(sideBySteps('width', new Decisions({}, declared(PUBLISHED)))?.value, 224);
  assert.equal(sideBySteps('width', new Decisions({}, {})), undefined);
});

test('where nothing is declared, a classifier sees the middle 0.875, mixed as where it probably comes from', () => {
  for (const [layout, resample] of [
    ['NCHW', 'antialiased'],
    ['NHWC', 'bilinear'],
  ] as const) {
    const { steps, made } = planned({}, {}, 224, 224, layout);
    assert.deepEqual(steps, [
      { op: 'resize', shortest: 256, resample },
      { op: 'crop', width: 224, height: 224 },
    ]);
    assert.deepEqual(made, ['fit: crop, assumed', 'crop: 0.875, assumed', `resample: ${resample}, assumed`]);
  }
});

test('where nothing is declared, a YOLO sees pictures in their own shape, YOLO-NAS by pictures too; others see them stretched', () => {
  const picked = (outputs: string[]): Head => ({
    kind: 'detection',
    head: 'boxes-scores-classes',
    outputs,
    columns: { box: 0, score: 4, class: 5, count: 6 },
    order: 'left-top-right-bottom',
    firstClass: 0,
    batched: true,
    classes: 3,
    unit: [1, 1],
  });
  const fitOf = (head: Head) => planned({}, {}, 64, 64, 'NCHW', head).made[0];
  assert.equal(fitOf(picked(['boxes', 'scores', 'labels'])), 'fit: stretch, assumed');
  const nas = ['graph2_pred_boxes', 'graph2_pred_scores', 'graph2_pred_classes'];
  assert.equal(fitOf(picked(nas)), 'fit: letterbox, assumed');
});
