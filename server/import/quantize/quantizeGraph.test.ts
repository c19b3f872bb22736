import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { tensorOf } from '../onnx/floatTensor.ts';
import { encodeModel, withFields } from '../onnx/onnxBytes.ts';
import type { ModelProto } from '../onnx/onnxFile.ts';
import { SmallNetwork, smallPictures } from '../testing/smallNetwork.ts';
import { calibrate } from './calibrate.ts';
import { readNetwork } from './network.ts';
import { openNoiseMeter } from './noise.ts';
import { Planner } from './planQuantization.ts';
import { quantizeGraph } from './quantizeGraph.ts';
import { openValues } from './runValues.ts';
import { readUnits } from './units.ts';
import { writeQuantized } from './writeQuantized.ts';

const pictures = smallPictures(8);
const others = smallPictures(4, 77);
const quantize = (model: ModelProto) => quantizeGraph(model, pictures, { inputName: 'image', bits: 7 });

/** As in a MobileNet: what the channels of a depthwise convolution give differs a hundredfold, and what reads it needs all of them. */
function mobileNet({ gain = (channel: number) => 6 * 0.5 ** (channel % 7) } = {}): ModelProto {
  const taking = (channel: number) => Math.min(10, 1 / Math.min(6, gain(channel)));
  const net = new SmallNetwork();
  const first = net.relu6(net.conv(net.pixels, [16, 3, 3]));
  const depthwise = net.relu6(net.conv(first, [16, 1, 3], { groups: 16, gain }));
  const shrunk = net.conv(depthwise, [8, 16, 1], { taking });
  const wide = net.relu6(net.conv(shrunk, [32, 8, 1]));
  const back = net.conv(net.relu6(net.conv(wide, [32, 1, 3], { groups: 32, gain })), [8, 32, 1], { taking });
  return net.model(net.conv(net.add('Add', shrunk, back), [10, 8, 1]), 10);
}

const opsOf = (model: ModelProto) => (model.graph?.node ?? []).map(({ opType }) => opType);

/** Power of the difference over the power of the answers, on pictures that calibration did not use. */
async function noiseOf(float: ModelProto, int8: ModelProto, value = 'scores'): Promise<number> {
  const meter = await openNoiseMeter(float, [value], 'image', others);
  return meter.noiseOf(int8);
}

describe('quantizeGraph', () => {
  test('a network like MobileNet keeps its answers, with every convolution in int8 but those at the pixels', async () => {
    const model = mobileNet();
    const { layers, inFloat, model: int8 } = await quantize(model);
    assert.equal(layers, 7);
    // The one that reads pixels, and the depthwise one behind it.
    const front = readNetwork(model).layers.slice(0, 2);
    assert.deepEqual(
      inFloat,
      front.map(({ output }) => output),
    );
    const noise = await noiseOf(model, int8);
    // Without equalisation it is 0.0018.
    assert.ok(noise < 0.0006, `${noise}`);
    // Rounding is Relu6 as well.
    assert.equal(opsOf(int8).filter((op) => op === 'Clip').length, 1);
  });

  test('a sum whose channels differ does not make the weights that read it coarse', async () => {
    const net = new SmallNetwork();
    const gain = (channel: number) => 4 * 0.3 ** (channel % 5);
    const first = net.conv(net.pixels, [16, 3, 3], { gain });
    const second = net.conv(net.add('Relu', net.conv(first, [16, 16, 1])), [16, 16, 3], { gain });
    const model = net.model(net.conv(net.add('Add', first, second), [10, 16, 1]), 10);
    const { model: int8 } = await quantize(model);
    const noise = await noiseOf(model, int8);
    // Equalised wholly it is 0.0040.
    assert.ok(noise < 0.0025, `${noise}`);
  });

  test('logits so low that all of their scores are zero are no noise', async () => {
    const net = new SmallNetwork();
    const logits = net.conv(net.pixels, [10, 3, 1], { gain: () => 60 });
    const model = net.model(net.add('Sigmoid', net.add('Identity', logits)), 10);
    const { inFloat, noise } = await quantize(model);
    assert.deepEqual(inFloat, []);
    assert.ok(noise < 0.012, `${noise}`);
  });

  test('the same model and pictures give the same bytes', async () => {
    const [one, other] = [await quantize(mobileNet()), await quantize(mobileNet())];
    assert.deepEqual(encodeModel(one.model), encodeModel(other.model));
  });

  test('a network whose values have the names that rounding would give keeps its answers', async () => {
    const plain = mobileNet();
    const { graph } = plain;
    const added = (await quantize(plain)).model.graph?.initializer?.map(({ name }) => name ?? '') ?? [];
    const suffix = '/weights/rounded';
    const output = added.find((name) => name.endsWith(suffix))?.slice(0, -suffix.length) ?? '';
    // As the weights of a convolution, and as numbers that no one reads.
    const first = `${output}/weights`;
    const rest = [`${output}/float`, ...added.filter((name) => name.startsWith(`${output}/`))];
    const weights = graph?.node?.find(({ opType }) => opType === 'Conv')?.input?.[1];
    const rename = (name: string | null | undefined) => (name === weights ? first : (name ?? ''));
    const model: ModelProto = withFields(plain, {
      graph: withFields(graph ?? {}, {
        node: (graph?.node ?? []).map((node) => withFields(node, { input: (node.input ?? []).map(rename) })),
        initializer: [
          ...(graph?.initializer ?? []).map((one) => withFields(one, { name: rename(one.name) })),
          ...rest.map((name) => tensorOf(name, Float32Array.of(0.5))),
        ],
      }),
    });
    const { model: int8 } = await quantize(model);
    const names = (int8.graph?.initializer ?? []).map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    const noise = await noiseOf(model, int8);
    assert.ok(noise < 0.0006, `${noise}`);
  });

  test('a Relu6 cuts off at 6 in each channel, however it was equalised', async () => {
    const model = mobileNet({ gain: (channel) => 60 * 0.5 ** (channel % 7) });
    const { model: int8 } = await quantize(model);
    const noise = await noiseOf(model, int8);
    assert.ok(noise < 0.01, `${noise}`);
  });

  test('sums, pools and joined values between convolutions are uint8, too', async () => {
    const net = new SmallNetwork();
    const one = net.add('Relu', net.conv(net.pixels, [8, 3, 3]));
    const two = net.conv(one, [8, 8, 3]);
    const sum = net.add('Relu', net.add('Add', one, two));
    const pooled = net.graph.add(
      'MaxPool',
      [sum],
      { kernel_shape: { ints: [2, 2] }, strides: { ints: [2, 2] } },
      'pool',
    );
    const joined = net.graph.add(
      'Concat',
      [pooled, net.conv(pooled, [8, 8, 1])],
      { axis: { int: 1 } },
      'joined',
    );
    const gate = net.add('Sigmoid', net.conv(joined, [8, 16, 1]));
    const model = net.model(net.conv(gate, [4, 8, 1]), 4);
    const { model: int8, inFloat } = await quantize(model);
    assert.deepEqual(inFloat, []);
    assert.ok((await noiseOf(model, int8)) < 0.01);
    // All four of them are surrounded by roundings, and both Relus are one with theirs.
    assert.ok(!opsOf(int8).includes('Relu'));
    const units = readUnits(readNetwork(model)).map(({ node }) => node.opType);
    assert.deepEqual(units.sort(), ['Add', 'Concat', 'MaxPool', 'Mul', 'Sigmoid']);
  });

  test('batch normalisation is folded into its convolution', async () => {
    const net = new SmallNetwork();
    const each = (value: (channel: number) => number) =>
      net.graph.constant(
        { dtype: 'float32', shape: [8], data: Float32Array.from({ length: 8 }, (_, at) => value(at)) },
        'norm',
      );
    const norm = [each((c) => 1 + c / 4), each((c) => c / 10), each((c) => c / 20), each((c) => 0.5 + c / 8)];
    const first = net.add('Relu', net.add('BatchNormalization', net.conv(net.pixels, [8, 3, 3]), ...norm));
    const model = net.model(net.conv(first, [4, 8, 1]), 4);
    const { model: int8 } = await quantize(model);
    assert.ok(!opsOf(int8).includes('BatchNormalization'));
    assert.ok((await noiseOf(model, int8)) < 0.01);
  });

  test('below opset 13 the ops of onnxruntime stand in, since ONNX has no scale for each channel', async () => {
    const model = mobileNet();
    model.opsetImport = [{ domain: '', version: 11 }];
    const { model: int8 } = await quantize(model);
    const domains = new Set((int8.graph?.node ?? []).map(({ domain }) => domain ?? ''));
    assert.deepEqual([...domains].sort(), ['', 'com.microsoft']);
    assert.ok((await noiseOf(model, int8)) < 0.01);
  });

  test('a convolution that stays float32 may be added to one that does not', async () => {
    const net = new SmallNetwork();
    const gain = (channel: number) => 4 * 0.3 ** (channel % 5);
    const one = net.conv(net.pixels, [16, 3, 3], { gain });
    const two = net.conv(net.add('Relu', net.conv(net.pixels, [16, 3, 3])), [16, 16, 1], { gain });
    const model = net.model(net.conv(net.add('Add', one, two), [10, 16, 1]), 10);
    const network = readNetwork(model);
    const units = readUnits(network);
    const calibration = await calibrate({ model, network, units, inputName: 'image' }, pictures);
    const planner = new Planner(network, units, calibration, 8);
    for (const float of [one, two]) {
      const layers = new Set(network.layers.filter(({ output }) => output !== float));
      const noise = await noiseOf(model, writeQuantized(model, network, planner.plan(layers)));
      // With channels of one side divided and not those of the other it is 0.02.
      assert.ok(noise < 0.01, `${noise}`);
    }
  });

  test('a float32 convolution between two roundings stays float32: onnxruntime makes it int8 otherwise', async () => {
    // Some channels are cut off at 6, so that their weights are large after equalisation as well.
    const model = mobileNet({ gain: (channel) => (channel % 7 === 0 ? 300 : 1) });
    const network = readNetwork(model);
    const units = readUnits(network);
    const calibration = await calibrate({ model, network, units, inputName: 'image' }, pictures);
    const planner = new Planner(network, units, calibration, 7);
    const noises = [];
    for (const layers of [network.layers, network.layers.filter(({ isDepthwise }) => !isDepthwise)]) {
      noises.push(await noiseOf(model, writeQuantized(model, network, planner.plan(new Set(layers)))));
    }
    const [all = 0, withFloat = 0] = noises;
    assert.ok(withFloat < all * 1.5, `${withFloat} with float32 depthwise convolutions, ${all} without`);
  });

  test('what hurts most stays float32', async () => {
    const net = new SmallNetwork();
    // Two channels that differ ten thousandfold, and are added up after they were made alike: no scale for both can do.
    const first = net.conv(net.pixels, [8, 3, 3], { gain: (channel) => (channel === 0 ? 4000 : 1) });
    const gate = net.add('Tanh', first);
    const model = net.model(net.conv(net.add('Relu', net.conv(gate, [8, 8, 3])), [4, 8, 1]), 4);
    const { inFloat, noise } = await quantize(model);
    assert.deepEqual(inFloat, [first]);
    assert.ok(noise <= 0.012, `${noise}`);
  });

  describe('refuses', () => {
    const refusal = (model: ModelProto, given = pictures) =>
      quantizeGraph(model, given, { inputName: 'image', bits: 8 }).then(
        () => assert.fail('it was quantised'),
        ({ code, message }: { code: string; message: string }) => ({ code, message }),
      );

    test('a graph without convolutions', async () => {
      const net = new SmallNetwork();
      const { code, message } = await refusal(net.model(net.add('Relu', net.pixels), 3));
      assert.equal(code, 'unsupported_model');
      assert.match(message, /no two-dimensional convolution/);
    });

    test('a graph that is int8 already', async () => {
      const { model } = await quantize(mobileNet());
      const { code, message } = await refusal(model);
      assert.equal(code, 'unsupported_model');
      assert.match(message, /quantised already.*QuantizeLinear.*rollback/);
    });

    test('to work without pictures', async () => {
      const { code, message } = await refusal(mobileNet(), []);
      assert.equal(code, 'needs_options');
      assert.match(message, /--pictures/);
    });
  });
});

test('one convolution gives what whole numbers give in plain code', async () => {
  const net = new SmallNetwork();
  const output = net.conv(net.pixels, [4, 3, 1]);
  const model = net.model(output, 4);
  const network = readNetwork(model);
  const calibration = await calibrate({ model, network, units: [], inputName: 'image' }, pictures);
  const plan = new Planner(network, [], calibration, 7).plan(new Set(network.layers));
  const int8 = writeQuantized(model, network, plan);
  const run = await openValues(int8, 'image', ['scores']);
  const source = await openValues(model, 'image', [net.pixels]);
  const [picture] = others;
  assert.ok(picture);
  const found = (await run.run(picture)).get('scores')?.data ?? [];
  const input = (await source.run(picture)).get(net.pixels)?.data ?? new Float32Array();
  await run.close();
  await source.close();

  const [layer] = network.layers;
  const weights = layer && plan.layers.get(layer);
  const from = plan.ranges.get(net.pixels);
  const to = plan.ranges.get(output);
  assert.ok(weights && from && to);
  const area = input.length / 3;
  const uint8 = (value: number, { scale, zeroPoint }: typeof from) =>
    Math.max(0, Math.min(255, Math.round(value / scale) + zeroPoint));
  let largest = 0;
  for (let channel = 0; channel < 4; channel++) {
    const scale = from.scale * (weights.scales[channel] ?? 0);
    for (let at = 0; at < area; at++) {
      let sum = Math.round((weights.bias[channel] ?? 0) / scale);
      for (let colour = 0; colour < 3; colour++) {
        const pixel = uint8(input[colour * area + at] ?? 0, from) - from.zeroPoint;
        sum += pixel * (weights.values[channel * 3 + colour] ?? 0);
      }
      const expected = (uint8(sum * scale, to) - to.zeroPoint) * to.scale;
      largest = Math.max(largest, Math.abs(expected - (found[channel * area + at] ?? Number.NaN)) / to.scale);
    }
  }
  // A number between two steps may be rounded either way.
  assert.ok(largest < 1.01, `${largest} steps`);
});
