import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, test } from 'node:test';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import sharp from 'sharp';
import { serialiseOnnx } from '../../../server/import/onnx/onnxModel.ts';
import { float32, int64 } from '../../../server/import/onnx/tensor.ts';
import { seeded } from '../../../server/import/testing/opHarness.ts';
import { SIDE, SmallNetwork } from '../../../server/import/testing/smallNetwork.ts';
import { convertToTflite } from './convert.ts';
import { loadInNode } from './liteRtFixture.ts';
import { openLiteRtGraph } from './liteRtGraph.ts';
import { readOnnx } from './onnxReader.ts';

before(loadInNode);

/** Asserts that both runtimes give the same for pictures, one after the other in `data`. */
async function compareRuntimes(onnx: Uint8Array, data: Uint8Array, side: number) {
  const dims = [data.length / (side * side * 3), side, side, 3];
  const session = await InferenceSession.create(onnx);
  const expected = await session.run({ image: new Tensor('uint8', data, dims) });
  const graph = await openLiteRtGraph(convertToTflite(readOnnx(onnx)), 1);
  const actual = await graph.run({ image: { type: 'uint8', data, dims } });
  for (const [name, { dims, data: numbers }] of Object.entries(expected)) {
    const given = actual[name];
    assert.ok(given, name);
    assert.deepEqual(given.dims, [...dims], name);
    const values = Array.from(given.data as Float32Array);
    for (const [at, value] of Array.from(numbers as Float32Array).entries()) {
      const other = values[at] ?? Number.NaN;
      assert.ok(
        Math.abs(value - other) <= 1e-4 * Math.max(1, Math.abs(value)),
        `${name}[${at}]: ${value}, ${other}`,
      );
    }
  }
  await session.release();
  return actual;
}

function picture(): Uint8Array {
  const random = seeded(5);
  return Uint8Array.from({ length: SIDE * SIDE * 3 }, () => 256 * random());
}

type Build = (net: SmallNetwork) => string;

const attributed = (
  net: SmallNetwork,
  op: string,
  inputs: string[],
  attributes: Record<string, number | number[]>,
) =>
  net.graph.add(
    op,
    inputs,
    Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [
        name,
        Array.isArray(value) ? { ints: value } : { int: value },
      ]),
    ),
    op,
  );
const constant = (net: SmallNetwork, shape: number[], values: number[]) =>
  net.graph.constant(float32(shape, values), 'constant');
const whole = (net: SmallNetwork, ...values: number[]) => net.graph.constant(int64(values), 'whole');
const weights = (net: SmallNetwork, shape: number[]) => {
  const random = seeded(3);
  const count = shape.reduce((size, side) => size * side, 1);
  return constant(
    net,
    shape,
    Array.from({ length: count }, () => random() - 0.5),
  );
};

const CASES: Readonly<Record<string, Build>> = {
  'a convolution with the padding of an even side, behind and before': (net) =>
    attributed(net, 'Conv', [net.pixels, weights(net, [4, 3, 3, 3])], {
      strides: [2, 2],
      pads: [0, 0, 1, 1],
    }),
  'one whose padding is not that of SAME': (net) =>
    attributed(net, 'Conv', [net.pixels, weights(net, [4, 3, 3, 3])], {
      strides: [2, 2],
      pads: [1, 1, 1, 1],
    }),
  'one with holes, and one of groups': (net) => {
    const first = attributed(net, 'Conv', [net.pixels, weights(net, [4, 3, 3, 3])], { dilations: [2, 2] });
    return attributed(net, 'Conv', [first, weights(net, [6, 2, 1, 1])], { group: 2 });
  },
  'a depthwise one with two filters a channel, a ReLU6 and a sum that others read': (net) => {
    const depthwise = attributed(net, 'Conv', [net.pixels, weights(net, [6, 1, 3, 3])], {
      group: 3,
      pads: [1, 1, 1, 1],
    });
    const clipped = net.add('Clip', depthwise, constant(net, [], [0]), constant(net, [], [6]));
    return net.add('Add', net.add('Mul', depthwise, clipped), constant(net, [6, 1, 1], [1, 2, 3, 4, 5, 6]));
  },
  pools: (net) => {
    const most = attributed(net, 'MaxPool', [net.pixels], {
      kernel_shape: [3, 3],
      strides: [2, 2],
      pads: [1, 1, 1, 1],
    });
    return attributed(net, 'AveragePool', [most], { kernel_shape: [2, 2], strides: [2, 2] });
  },
  'a classifier: mean, dense layer, softmax': (net) => {
    const mean = net.add('GlobalAveragePool', net.pixels);
    const flat = attributed(net, 'Flatten', [mean], {});
    const dense = net.add('Gemm', flat, weights(net, [3, 5]), weights(net, [5]));
    return attributed(net, 'Softmax', [dense], { axis: 1 });
  },
  'channels taken apart, in other order, and joined': (net) => {
    const [a = '', b = ''] = net.graph.addMany(
      'Split',
      [net.pixels, whole(net, 1, 2)],
      { axis: { int: 1 } },
      'part',
      2,
    );
    return attributed(net, 'Concat', [net.add('Sigmoid', b), net.add('Tanh', a)], { axis: 1 });
  },
  'every second pixel': (net) =>
    net.add('Slice', net.pixels, whole(net, 0, 1), whole(net, 16, 16), whole(net, 2, 3), whole(net, 2, 2)),
  'rows of numbers from a picture': (net) => {
    const rows = net.add('Reshape', net.pixels, whole(net, 0, 3, -1));
    return attributed(net, 'Transpose', [rows], { perm: [0, 2, 1] });
  },
  'an edge, a larger picture, hard and leaky activations': (net) => {
    const edged = net.add('Pad', net.pixels, whole(net, 0, 0, 1, 2, 0, 0, 3, 4), constant(net, [], [0.5]));
    const larger = net.add('Resize', edged, '', constant(net, [4], [1, 1, 2, 2]));
    return net.add('HardSigmoid', net.add('LeakyRelu', larger));
  },
  'means along sides that go and that stay': (net) => {
    const kept = attributed(net, 'ReduceMean', [net.pixels], { axes: [1], keepdims: 1 });
    const centred = net.add('Sub', net.pixels, kept);
    return attributed(net, 'ReduceMean', [net.add('Abs', centred)], { axes: [2, 3], keepdims: 0 });
  },
};

for (const [name, build] of Object.entries(CASES)) {
  test(`LiteRT.js gives what onnxruntime gives for ${name}`, async () => {
    const net = new SmallNetwork();
    const value = build(net);
    net.graph.output({ name: 'result', dtype: 'float32', shape: ['N', 'M'] }, value);
    await compareRuntimes(serialiseOnnx(net.graph, 'case'), picture(), SIDE);
  });
}

test('the deployed COCO-SSD answers its goldens as onnxruntime does, with suppression behind the network', async () => {
  const onnx = await readFile('models/coco-ssd/model.onnx');
  assert.deepEqual(
    convertToTflite(readOnnx(onnx))
      .tail.nodes.slice(0, 3)
      .map(({ op }) => op),
    ['NonMaxSuppression', 'Gather', 'Gather'],
  );
  const file = await sharp('models/coco-ssd/goldens/cup.png').removeAlpha().raw().toBuffer();
  const { scores } = await compareRuntimes(onnx, new Uint8Array(file), 300);
  assert.equal(scores?.dims[0], 5);
});

test('a graph that takes several pictures gives for each what it gives for one, one below the other', async () => {
  const onnx = await readFile('models/things/embedder.onnx');
  const side = 160;
  const names = ['cup.png', 'cat.png', 'cup.png'];
  const pictures = await Promise.all(
    names.map((name) =>
      sharp(`models/coco-ssd/goldens/${name}`)
        .resize(side, side, { fit: 'fill' })
        .removeAlpha()
        .raw()
        .toBuffer(),
    ),
  );
  const outputs = await compareRuntimes(onnx, new Uint8Array(Buffer.concat(pictures)), side);
  assert.deepEqual(
    Object.values(outputs).map((output) => output?.dims[0]),
    [names.length],
  );
});

test('several pictures of which a graph gives more than a row each are refused, and pictures of another size', async () => {
  const graph = await openLiteRtGraph(
    convertToTflite(readOnnx(await readFile('models/coco-ssd/model.onnx'))),
    1,
  );
  const image = (count: number, side: number) =>
    ({
      image: { type: 'uint8', data: new Uint8Array(count * side * side * 3), dims: [count, side, side, 3] },
    }) as const;
  await assert.rejects(graph.run(image(2, 300)), /for one picture of several/);
  await assert.rejects(graph.run(image(1, 299)), /takes "image" of 1,300,300,3, not of 1,299,299,3/);
});

test('an operator that LiteRT has not is named', () => {
  const net = new SmallNetwork();
  net.graph.output({ name: 'result', dtype: 'float32', shape: ['N', 'M'] }, net.add('Erf', net.pixels));
  const onnx = readOnnx(serialiseOnnx(net.graph, 'case'));
  assert.throws(() => convertToTflite(onnx), { name: 'Unsupported', message: 'Erf' });
});

test('a file that ends too early is refused', async () => {
  const net = new SmallNetwork();
  net.graph.output({ name: 'result', dtype: 'float32', shape: ['N', 'M'] }, net.add('Relu', net.pixels));
  const onnx = serialiseOnnx(net.graph, 'case');
  assert.throws(() => readOnnx(onnx.subarray(0, onnx.byteLength - 3)), RangeError);
});
