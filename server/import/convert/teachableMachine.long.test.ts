import assert from 'node:assert/strict';
import test from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import {
  model as functional,
  initializers,
  type LayersModel,
  layers,
  type Sequential,
  type SymbolicTensor,
  sequential,
} from '@tensorflow/tfjs-layers';
import * as ort from 'onnxruntime-node';
import sharp from 'sharp';
import { photoFile } from '../../../models/build/goldens.ts';
import { startWasm } from '../../../models/build/reference.ts';
import { ImportError } from '../importError.ts';
import type { OnnxGraph } from '../onnx/onnxGraph.ts';
import { serialiseOnnx } from '../onnx/onnxModel.ts';
import { elementCount, float32 } from '../onnx/tensor.ts';
import { save } from '../testing/layersHarness.ts';
import { seeded } from '../testing/opHarness.ts';
import { isTeachableMachine, readTeachableMachine } from './teachableMachine.ts';
import type { ModelFiles } from './tfjsFiles.ts';
import { openTfjs, pictureOf } from './tfjsFiles.ts';
import { type Front, toShape } from './tfjsModel.ts';

const sidePx = 96;
const labels = ['astronaut', 'cat', 'cup'];
const cropsOfEach = 4;

/** Squares cut from photos, at different places and sizes; by label, then by crop. */
const crops = await Promise.all(
  labels.flatMap((label) =>
    Array.from({ length: cropsOfEach }, async (_, i) => {
      const photo = sharp(photoFile(`${label}.png`))
        .removeAlpha()
        .toColourspace('srgb');
      const { width = 0, height = 0 } = await photo.metadata();
      const cut = Math.floor(Math.min(width, height) * (1 - i * 0.1));
      return photo
        .extract({ left: Math.floor((width - cut) / 2), top: 0, width: cut, height: cut })
        .resize(sidePx, sidePx)
        .raw()
        .toBuffer();
    }),
  ),
);
const pixels = Buffer.concat(crops);
const answers = labels.flatMap((_, label) => new Array<number>(cropsOfEach).fill(label));

type Layer = Parameters<Sequential['add']>[0];

/** Applies layers one after another. */
const chain = (start: SymbolicTensor, ...parts: Layer[]): SymbolicTensor =>
  parts.reduce((x, layer) => layer.apply(x) as SymbolicTensor, start);

/** A narrow MobileNetV2 of three blocks, cut before its classifier, with the names that Keras gives. */
function mobileNetV2(): LayersModel {
  const normalised = (name: string): Layer => layers.batchNormalization({ name, momentum: 0.999 });
  const relu6 = (name: string): Layer => layers.reLU({ name, maxValue: 6 });
  const pointwise = (name: string, filters: number): Layer =>
    layers.conv2d({ name, filters, kernelSize: 1, padding: 'same', useBias: false });
  const block = (x: SymbolicTensor, id: number, filters: number, stride: 1 | 2): SymbolicTensor => {
    const name = `block_${id}`;
    const expanded = chain(
      x,
      pointwise(`${name}_expand`, Number(x.shape[3]) * 6),
      normalised(`${name}_expand_BN`),
      relu6(`${name}_expand_relu`),
    );
    const padded = stride === 1 ? expanded : chain(expanded, padding(`${name}_pad`));
    const result = chain(
      padded,
      layers.depthwiseConv2d({
        name: `${name}_depthwise`,
        kernelSize: 3,
        strides: stride,
        padding: stride === 1 ? 'same' : 'valid',
        useBias: false,
      }),
      normalised(`${name}_depthwise_BN`),
      relu6(`${name}_depthwise_relu`),
      pointwise(`${name}_project`, filters),
      normalised(`${name}_project_BN`),
    );
    return stride === 1 && x.shape[3] === filters
      ? (layers.add({ name: `${name}_add` }).apply([x, result]) as SymbolicTensor)
      : result;
  };
  const padding = (name: string): Layer =>
    layers.zeroPadding2d({
      name,
      padding: [
        [0, 1],
        [0, 1],
      ],
    });
  const input = layers.inputLayer({ name: 'input_1', inputShape: [sidePx, sidePx, 3] })
    .output as SymbolicTensor;
  const stem = chain(
    input,
    padding('Conv1_pad'),
    layers.conv2d({ name: 'Conv1', filters: 8, kernelSize: 3, strides: 2, useBias: false }),
    normalised('bn_Conv1'),
    relu6('Conv1_relu'),
  );
  const blocks = block(block(block(stem, 1, 12, 2), 2, 12, 1), 3, 16, 2);
  const features = chain(blocks, pointwise('Conv_1', 64), normalised('Conv_1_bn'), relu6('out_relu'));
  // Teachable Machine, too, takes the whole network and cuts it at this layer.
  const whole = functional({
    inputs: input,
    outputs: chain(features, layers.globalAveragePooling2d({}), layers.dense({ units: 10 })),
  });
  return functional({ inputs: whole.inputs, outputs: whole.getLayer('out_relu').output as SymbolicTensor });
}

/** A MobileNetV1 of two blocks for grey pictures, as for small boards. */
function greyMobileNetV1(): LayersModel {
  const block = (id: number, filters: number, strides: number): Layer[] => [
    layers.depthwiseConv2d({
      name: `conv_dw_${id}`,
      kernelSize: 3,
      strides,
      padding: 'same',
      useBias: false,
    }),
    layers.batchNormalization({ name: `conv_dw_${id}_bn` }),
    layers.activation({ name: `conv_dw_${id}_relu`, activation: 'relu6' }),
    layers.conv2d({ name: `conv_pw_${id}`, filters, kernelSize: 1, padding: 'same', useBias: false }),
    layers.batchNormalization({ name: `conv_pw_${id}_bn` }),
    layers.activation({ name: `conv_pw_${id}_relu`, activation: 'relu6' }),
  ];
  const input = layers.inputLayer({ inputShape: [sidePx, sidePx, 1] }).output as SymbolicTensor;
  const stem = layers.conv2d({ name: 'conv1', filters: 4, kernelSize: 3, strides: 2, padding: 'same' });
  return functional({ inputs: input, outputs: chain(input, stem, ...block(1, 8, 2), ...block(2, 8, 2)) });
}

/** Gives a network weights as they are after training: kernels by the size of their reach, lively statistics. */
function fillWeights(network: LayersModel, seed: number): void {
  const random = seeded(seed);
  const around = (middle: number, spread: number) => () => middle + (random() * 2 - 1) * spread;
  const values = network.weights.map(({ originalName, shape }) => {
    const sides = shape.map(Number);
    const reach = originalName.endsWith('depthwise_kernel') ? 9 : elementCount(sides.slice(0, -1));
    const next = originalName.endsWith('kernel')
      ? around(0, Math.sqrt(6 / reach))
      : /gamma$|moving_variance$/.test(originalName)
        ? around(1, 0.5)
        : around(0, 0.2);
    return tf.tensor(Float32Array.from({ length: elementCount(sides) }, next), sides);
  });
  network.setWeights(values);
}

/** What Teachable Machine does to the pixels of a canvas, by its own source. */
function toInput(grey: boolean): tf.Tensor4D {
  const picture = tf.tensor4d(pixels, [crops.length, sidePx, sidePx, 3], 'int32');
  const values = grey ? tf.sum(tf.mul(picture, [0.2989, 0.587, 0.114]), -1, true) : picture;
  return tf.sub(tf.div(tf.cast(values, 'float32'), 127), 1);
}

interface Trained {
  readonly files: Map<string, Uint8Array>;
  /** What TensorFlow.js says to the crops, one row each. */
  readonly probabilities: number[][];
}

interface Lesson {
  readonly grey: boolean;
  /** Enough to tell the photos apart; with more, all answers would be 0 or 1. */
  readonly epochs: number;
}

/** Teaches a new head on top of the network, as Teachable Machine does it, and exports the whole. */
async function teach(network: LayersModel, pooling: Layer, { grey, epochs }: Lesson): Promise<Trained> {
  fillWeights(network, 20_260_202);
  const truncated = sequential();
  truncated.add(network);
  truncated.add(pooling);
  const input = toInput(grey);
  const features = truncated.predict(input) as tf.Tensor2D;
  const head = sequential();
  const kernelInitializer = initializers.varianceScaling({
    scale: 1,
    mode: 'fanIn',
    distribution: 'normal',
    seed: 7,
  });
  const inputShape = [Number(features.shape[1])];
  head.add(layers.dense({ inputShape, units: 20, activation: 'relu', kernelInitializer }));
  head.add(layers.dense({ units: labels.length, useBias: false, activation: 'softmax', kernelInitializer }));
  head.compile({ optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy' });
  const wanted = tf.oneHot(tf.tensor1d(answers, 'int32'), labels.length);
  await head.fit(features, wanted, { epochs, shuffle: false, verbose: 0 });
  const joint = sequential();
  joint.add(truncated);
  joint.add(head);
  const { json, weights } = await save(joint);
  const metadata = {
    tfjsVersion: '1.7.4',
    tmVersion: '2.4.10',
    packageVersion: '0.8.4-alpha2',
    packageName: '@teachablemachine/image',
    timeStamp: '2026-02-10T18:59:16.685Z',
    userMetadata: {},
    modelName: 'photos',
    labels,
    imageSize: sidePx,
    ...(grey ? { grayscale: true } : {}),
  };
  return {
    files: new Map([
      ['photos/model.json', Buffer.from(JSON.stringify(json))],
      ['photos/weights.bin', weights],
      ['photos/metadata.json', Buffer.from(JSON.stringify(metadata))],
      ['__MACOSX/photos/._model.json', Buffer.from('shadow')],
    ]),
    probabilities: (await (joint.predict(input) as tf.Tensor2D).array()) as number[][],
  };
}

/**
 * What Teachable Machine does to pixels before its network: from 0..255 to -1 and a little above 1, by 127 and not
 * by 127.5, and for a network of grey pictures first the mean of the channels by their brightness.
 *
 * https://github.com/googlecreativelab/teachablemachine-community/blob/master/libraries/image/src/utils/tf.ts
 */
const pixelFront =
  (channels: 1 | 3): Front =>
  (graph, dims) => {
    const image = graph.input({ name: 'image', dtype: 'uint8', shape: toShape([...dims.slice(0, 3), 3]) });
    const pixels = graph.add('Cast', [image], { to: { int: 1 } }, 'image/float32');
    const values = channels === 3 ? pixels : toGrey(graph, pixels);
    const scale = graph.constant(float32([], [127]), 'image/divisor');
    const shift = graph.constant(float32([], [1]), 'image/shift');
    const scaled = graph.add('Div', [values, scale], {}, 'image/scaled');
    return graph.add('Sub', [scaled, shift], {}, 'image/values');
  };

function toGrey(graph: OnnxGraph, pixels: string): string {
  const weights = graph.constant(float32([3], [0.2989, 0.587, 0.114]), 'image/brightness');
  const axis = graph.constant({ dtype: 'int64', shape: [1], data: BigInt64Array.of(3n) }, 'image/channels');
  const weighted = graph.add('Mul', [pixels, weights], {}, 'image/weighted');
  return graph.add('ReduceSum', [weighted, axis], { keepdims: { int: 1 } }, 'image/grey');
}

await startWasm();
const colour = await teach(mobileNetV2(), layers.globalAveragePooling2d({}), { grey: false, epochs: 60 });
const grey = await teach(greyMobileNetV1(), layers.flatten(), { grey: true, epochs: 6 });

const bestOf = (row: readonly number[]): number => row.indexOf(Math.max(...row));

for (const [kind, { files, probabilities }] of Object.entries({ colour, grey })) {
  test(`a ${kind} model gives the same probabilities as in Teachable Machine`, async () => {
    const opened = openTfjs(files, 'photos/model.json');
    const picture = pictureOf(opened.model);
    assert.ok(picture);
    const { graph, outputs } = opened.model.convert(pixelFront(picture.channels));
    const [converted] = outputs;
    assert.ok(converted);
    const imported = { ...readTeachableMachine(opened, outputs), graph, output: converted };
    assert.equal(imported.name, 'photos');
    assert.deepEqual(imported.labels, labels);
    assert.equal(picture.widthPx, sidePx);
    assert.deepEqual(imported.output.dims, [{ perImage: 1 }, labels.length]);
    const session = await ort.InferenceSession.create(serialiseOnnx(imported.graph, 'photos'));
    const results = await session.run({
      image: new ort.Tensor('uint8', pixels, [crops.length, sidePx, sidePx, 3]),
    });
    const output = results[imported.output.name];
    assert.deepEqual(output?.dims, [crops.length, labels.length]);
    const found = Array.from(output?.data as Float32Array);
    // A head that had learnt nothing would give the same for every picture, and any converter could agree.
    assert.deepEqual(probabilities.map(bestOf), answers);
    probabilities.flat().forEach((probability, i) => {
      const difference = Math.abs(probability - (found[i] ?? Number.NaN));
      assert.ok(difference <= 1e-5, `entry ${i}: ${probability}, not ${found[i]}`);
    });
  });
}

test('metadata of Teachable Machine is known, of other tools is not', () => {
  const text = Buffer.from(colour.files.get('photos/metadata.json') ?? []).toString('utf8');
  assert.ok(isTeachableMachine(JSON.parse(text)));
  assert.ok(!isTeachableMachine({ labels: ['a'], packageName: 'other' }));
  assert.ok(!isTeachableMachine(undefined));
});

/** The upload with its metadata changed. */
function withMetadata(change: Record<string, unknown>): ModelFiles {
  const text = Buffer.from(colour.files.get('photos/metadata.json') ?? []).toString('utf8');
  const metadata = Buffer.from(JSON.stringify({ ...JSON.parse(text), ...change }));
  return new Map([...colour.files, ['photos/metadata.json', metadata]]);
}
const without = (path: string): ModelFiles => new Map([...colour.files].filter(([name]) => name !== path));

const refusals: readonly { what: string; files: ModelFiles; reason: RegExp }[] = [
  { what: 'without labels', files: without('photos/metadata.json'), reason: /no metadata\.json/ },
  { what: 'without weights', files: without('photos/weights.bin'), reason: /weights\.bin.*add it/ },
  {
    what: 'with a label too many',
    files: withMetadata({ labels: [...labels, 'd'] }),
    reason: /4 labels.*\[N, 3\]/,
  },
  {
    what: 'for pictures of another size',
    files: withMetadata({ imageSize: 224 }),
    reason: /224 pixels.*96x96/,
  },
  { what: 'for poses', files: withMetadata({ packageName: '@teachablemachine/pose' }), reason: /pose/ },
  {
    what: 'whose metadata is not valid JSON',
    files: new Map([...colour.files, ['photos/metadata.json', Buffer.from('<html>')]]),
    reason: /metadata\.json is not valid JSON/,
  },
];
for (const { what, files, reason } of refusals) {
  test(`an upload ${what} is refused with the reason`, () => {
    assert.throws(
      () => {
        const opened = openTfjs(files, 'photos/model.json');
        readTeachableMachine(opened, opened.model.convert().outputs);
      },
      (error) => error instanceof ImportError && reason.test(error.message),
    );
  });
}
