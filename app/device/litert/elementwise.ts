import { floats, sizeOfDims } from './constant.ts';
import { broadcastDims, numberOf, textOf } from './dims.ts';
import { type Network, Unsupported, type Value } from './network.ts';
import { DATA_TYPE, type OnnxNode } from './onnxReader.ts';
import type { Field } from './tfliteFile.ts';
import { type OpName, TENSOR_TYPE } from './tfliteSchema.ts';

type Write = (net: Network, node: OnnxNode) => void;

const outputOf = (node: OnnxNode): string => node.outputs[0] ?? '';

/** @throws Unsupported for whole numbers */
function floatValue(net: Network, node: OnnxNode): Value {
  const value = net.value(node);
  if (value.type !== 'float32') throw new Unsupported(`${node.op} of whole numbers`);
  return value;
}

/** An operator that takes each number by itself. */
export const ofEach =
  (op: OpName, optionsOf: (node: OnnxNode) => readonly Field[] = () => []): Write =>
  (net, node) => {
    const input = floatValue(net, node);
    net.add(op, [input.tensor], { ...input, name: outputOf(node) }, optionsOf(node));
  };

export const leakyRelu = ofEach('LEAKY_RELU', ({ attributes }) => [
  { at: 0, float32: numberOf(attributes, 'alpha', 0.01) },
]);

export function activation(net: Network, node: OnnxNode): void {
  const input = floatValue(net, node);
  const kind = net.activationOf(node);
  const output = { ...input, name: outputOf(node) };
  if (kind !== undefined) {
    net.add(kind === 'relu6' ? 'RELU6' : 'RELU', [input.tensor], output);
    return;
  }
  clamp(net, input, net.limits(node), output.name);
}

function clamp(
  net: Network,
  input: Value,
  { least, most }: { least: number; most: number },
  name: string,
): void {
  const limit = (value: number) => net.floats([], Float32Array.of(value), `${name}:limit`);
  let value = input;
  if (least > -3.4e38) value = net.add('MAXIMUM', [value.tensor, limit(least)], { ...input, name });
  if (most < 3.4e38) value = net.add('MINIMUM', [value.tensor, limit(most)], { ...input, name });
  if (value === input) net.alias(name, input);
}

/** max(0, min(1, alpha * x + beta)) */
export function hardSigmoid(net: Network, node: OnnxNode): void {
  const input = floatValue(net, node);
  const name = outputOf(node);
  const scalar = (value: number) => net.floats([], Float32Array.of(value), `${name}:scalar`);
  const alpha = numberOf(node.attributes, 'alpha', 0.2);
  const beta = numberOf(node.attributes, 'beta', 0.5);
  const scaled = net.add('MUL', [input.tensor, scalar(alpha)], { ...input, name: `${name}:scaled` });
  const moved = net.add('ADD', [scaled.tensor, scalar(beta)], { ...input, name: `${name}:moved` });
  clamp(net, moved, { least: 0, most: 1 }, name);
}

/** An operator of two inputs, stretched to each other. @param fuses at which place its options have an activation */
export const ofTwo =
  (op: OpName, fuses?: number): Write =>
  (net, node) => {
    const { tensors, dims, isChannelsLast } = operands(net, node);
    const { code, output } =
      fuses === undefined ? { code: 0, output: outputOf(node) } : net.fuseActivation(node);
    net.add(
      op,
      tensors,
      { name: output, dims, isChannelsLast },
      fuses === undefined ? [] : [{ at: fuses, int8: code }],
    );
  };

/** The inputs in one layout. */
function operands(
  net: Network,
  node: OnnxNode,
): { tensors: number[]; dims: number[]; isChannelsLast: boolean } {
  if (node.inputs.length !== 2) throw new Unsupported(`${node.op} of ${node.inputs.length} inputs`);
  const given = node.inputs.map((name) => net.constants.get(name) ?? net.values.get(name));
  const [first, second] = given;
  if (first === undefined || second === undefined) throw new Unsupported(`${node.op} of unknown inputs`);
  const values = given.filter((one): one is Value => one !== undefined && 'tensor' in one);
  if (values.some(({ type }) => type !== 'float32')) throw new Unsupported(`${node.op} of whole numbers`);
  const dims = broadcastDims(first.dims, second.dims);
  if (dims.length > 4) throw new Unsupported(`${node.op} of ${dims.length} sides`);
  const isChannelsLast =
    values.some((value) => value.isChannelsLast) && values.every((value) => value.dims.length === 4);
  const tensors = [first, second].map((one, at) =>
    'tensor' in one
      ? (isChannelsLast ? net.channelsLast(one) : net.plain(one)).tensor
      : net.operand(one, isChannelsLast, `${outputOf(node)}:operand-${at}`),
  );
  return { tensors, dims, isChannelsLast };
}

export function power(net: Network, node: OnnxNode): void {
  const input = floatValue(net, node);
  const exponent = net.weights(node, 1);
  if (exponent.data.length !== 1) throw new Unsupported('Pow of several exponents');
  const output = { ...input, name: outputOf(node) };
  if (exponent.data[0] === 2) net.add('MUL', [input.tensor, input.tensor], output);
  else net.add('POW', [input.tensor, net.floats([], exponent.data, `${output.name}:exponent`)], output);
}

export function batchNormalisation(net: Network, node: OnnxNode): void {
  const input = floatValue(net, node);
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((at) => net.weights(node, at).data);
  if (scale === undefined || node.outputs.length > 1)
    throw new Unsupported('BatchNormalization of this kind');
  const epsilon = numberOf(node.attributes, 'epsilon', 1e-5);
  const factors = scale.map((value, at) => value / Math.sqrt((variance?.[at] ?? 1) + epsilon));
  const moves = factors.map((factor, at) => (bias?.[at] ?? 0) - (mean?.[at] ?? 0) * factor);
  const sides = [scale.length, ...new Array<number>(Math.max(0, input.dims.length - 2)).fill(1)];
  const name = outputOf(node);
  const perChannel = (values: Float32Array, hint: string) =>
    net.operand(floats(sides, values), input.isChannelsLast, `${name}:${hint}`);
  const scaled = net.add('MUL', [input.tensor, perChannel(factors, 'factors')], {
    ...input,
    name: `${name}:scaled`,
  });
  net.add('ADD', [scaled.tensor, perChannel(moves, 'moves')], { ...input, name });
}

export function prelu(net: Network, node: OnnxNode): void {
  const input = floatValue(net, node);
  const slope = net.weights(node, 1);
  const alpha = net.operand(slope, input.isChannelsLast, `${outputOf(node)}:slope`);
  if (sizeOfDims(slope.dims) > 1 && !input.isChannelsLast) throw new Unsupported('PRelu without pictures');
  net.add('PRELU', [input.tensor, alpha], { ...input, name: outputOf(node) });
}

export function softmax(net: Network, node: OnnxNode, opset: number): void {
  const input = floatValue(net, node);
  const rank = input.dims.length;
  const given = numberOf(node.attributes, 'axis', opset < 13 ? 1 : -1);
  const axis = given < 0 ? given + rank : given;
  // Before opset 13 all sides from the axis on count as one.
  const isOne = opset >= 13 || sizeOfDims(input.dims.slice(axis + 1)) === 1;
  const isLast = input.isChannelsLast ? axis === 1 : axis === rank - 1;
  if (!isOne || (!isLast && !(axis === rank - 1))) throw new Unsupported('Softmax of this axis');
  const value = isLast ? input : net.plain(input);
  net.add('SOFTMAX', [value.tensor], { ...value, name: outputOf(node) }, [{ at: 0, float32: 1 }]);
}

export function cast(net: Network, node: OnnxNode): void {
  const input = net.value(node);
  if (numberOf(node.attributes, 'to', 0) !== DATA_TYPE.float32)
    throw new Unsupported('Cast to whole numbers');
  const name = outputOf(node);
  if (input.type === 'float32') {
    net.alias(name, input);
    return;
  }
  net.add('CAST', [input.tensor], { ...input, name, type: 'float32' }, [
    { at: 0, int8: TENSOR_TYPE[input.type] },
    { at: 1, int8: TENSOR_TYPE.float32 },
  ]);
}

/** Rounds as ONNX does by default, or takes the nearest; see `resize`. */
export function resize(net: Network, node: OnnxNode): void {
  const source = floatValue(net, node);
  const mode = textOf(node.attributes, 'mode', 'nearest');
  const place = textOf(
    node.attributes,
    'coordinate_transformation_mode',
    node.op === 'Upsample' ? 'asymmetric' : 'half_pixel',
  );
  const [batch = 1, channels = 1, height = 1, width = 1] = source.dims;
  const scalesAt = node.op === 'Upsample' ? 1 : 2;
  const sizes = node.inputs[3] ? net.list(node, 3) : undefined;
  const scales = net.list(node, scalesAt) ?? [];
  const side = (axis: number, from: number) => sizes?.[axis] ?? Math.floor(from * (scales[axis] ?? 1));
  const [toHeight, toWidth] = [side(2, height), side(3, width)];
  if (source.dims.length !== 4 || side(0, batch) !== batch || side(1, channels) !== channels) {
    throw new Unsupported('Resize of other sides than height and width');
  }
  if (!sizes && (scales[2] !== toHeight / height || scales[3] !== toWidth / width)) {
    throw new Unsupported('Resize by a scale that gives no whole side');
  }
  const isWholeFactor = Number.isInteger(toHeight / height) && Number.isInteger(toWidth / width);
  // Of a side of one pixel it takes the first one, LiteRT the middle.
  const isMiddle = place === 'pytorch_half_pixel' && Math.min(toHeight, toWidth) === 1;
  const flags = { align_corners: [1, 0], half_pixel: [0, 1], pytorch_half_pixel: [0, 1], asymmetric: [0, 0] }[
    place
  ];
  const isSame = mode === 'linear' ? !isMiddle : mode === 'nearest' && isWholeFactor && repeats(node, place);
  if (!flags || !isSame) throw new Unsupported(`Resize ${mode}, ${place}`);
  const [align = 0, half = 0] = mode === 'nearest' ? [0, 0] : flags;
  const input = net.channelsLast(source);
  const name = outputOf(node);
  const isLinear = mode === 'linear';
  net.add(
    isLinear ? 'RESIZE_BILINEAR' : 'RESIZE_NEAREST_NEIGHBOR',
    [input.tensor, net.wholes([toHeight, toWidth], `${name}:size`)],
    { name, dims: [batch, channels, toHeight, toWidth], isChannelsLast: true },
    [
      { at: isLinear ? 2 : 0, int8: align },
      { at: isLinear ? 3 : 1, int8: half },
    ],
  );
}

/** Whether the nearest of a whole factor is each pixel as often as the factor says, as LiteRT has it. */
function repeats({ op, attributes }: OnnxNode, place: string): boolean {
  const rounding = op === 'Upsample' ? 'floor' : textOf(attributes, 'nearest_mode', 'round_prefer_floor');
  if (place === 'asymmetric') return rounding === 'floor';
  return place.endsWith('half_pixel') && rounding.startsWith('round_');
}
