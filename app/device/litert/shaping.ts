import { axisOf } from './constant.ts';
import {
  listOf,
  numberOf,
  numbersOf,
  reducedDims,
  reshapedDims,
  sliceRanges,
  splitSizes,
  squeezedDims,
  unsqueezedDims,
} from './dims.ts';
import {
  fileAxis,
  fileDims,
  type Network,
  TO_CHANNELS_FIRST,
  TO_CHANNELS_LAST,
  Unsupported,
  type Value,
} from './network.ts';
import type { OnnxNode } from './onnxReader.ts';
import type { OpName } from './tfliteSchema.ts';

const outputOf = (node: OnnxNode): string => node.outputs[0] ?? '';

const isSameOrder = (perm: readonly number[], other: readonly number[]) =>
  perm.length === other.length && perm.every((axis, at) => axis === other[at]);

export function transpose(net: Network, node: OnnxNode): void {
  const input = net.value(node);
  const perm = numbersOf(node.attributes, 'perm') ?? [...input.dims.keys()].reverse();
  const dims = perm.map((axis) => input.dims[axis] ?? 1);
  const name = outputOf(node);
  // Only the way to see it changes, as our tensors have their channels last anyway.
  if (input.isChannelsLast && isSameOrder(perm, TO_CHANNELS_LAST)) {
    net.alias(name, { ...input, dims, isChannelsLast: false });
    return;
  }
  if (!input.isChannelsLast && isSameOrder(perm, TO_CHANNELS_FIRST)) {
    net.alias(name, { ...input, dims, isChannelsLast: true });
    return;
  }
  const { tensor, type } = net.plain(input);
  net.add('TRANSPOSE', [tensor, net.wholes(perm, `${name}:perm`)], {
    name,
    dims,
    isChannelsLast: false,
    type,
  });
}

/** Reshape, Flatten, Squeeze and Unsqueeze: the same numbers with other sides. */
export function reshaping(dimsOf: (net: Network, node: OnnxNode, dims: readonly number[]) => number[]) {
  return (net: Network, node: OnnxNode): void => {
    const input = net.value(node);
    const dims = dimsOf(net, node, input.dims);
    const name = outputOf(node);
    net.reshape(net.plain(input), dims, { name, dims, isChannelsLast: false, type: input.type });
  };
}

export const reshape = reshaping((net, node, dims) => reshapedDims(dims, net.list(node, 1) ?? []));
export const squeeze = reshaping((net, node, dims) =>
  squeezedDims(dims, listOf(node.attributes, 'axes', net.constant(node, 1))),
);
export const unsqueeze = reshaping((net, node, dims) =>
  unsqueezedDims(dims, listOf(node.attributes, 'axes', net.constant(node, 1)) ?? []),
);
export const flatten = reshaping((_, node, dims) => {
  const axis = axisOf(numberOf(node.attributes, 'axis', 1), dims.length);
  const before = dims.slice(0, axis).reduce((size, side) => size * side, 1);
  return reshapedDims(dims, [before, -1]);
});

export function concat(net: Network, node: OnnxNode): void {
  const values = node.inputs.map((_, at) => net.value(node, at));
  const [first] = values;
  if (first === undefined || values.some(({ type }) => type !== 'float32'))
    throw new Unsupported('Concat of whole numbers');
  const axis = axisOf(numberOf(node.attributes, 'axis', 0), first.dims.length);
  const isChannelsLast = values.some((value) => value.isChannelsLast);
  const dims = first.dims.map((side, at) =>
    at === axis ? values.reduce((sum, value) => sum + (value.dims[axis] ?? 0), 0) : side,
  );
  const tensors = values.map((value) => (isChannelsLast ? net.channelsLast(value) : net.plain(value)).tensor);
  net.add('CONCATENATION', tensors, { name: outputOf(node), dims, isChannelsLast }, [
    { at: 0, int32: fileAxis({ isChannelsLast }, axis) },
    { at: 1, int8: 0 },
  ]);
}

export function split(net: Network, node: OnnxNode): void {
  const input = net.value(node);
  const axis = axisOf(numberOf(node.attributes, 'axis', 0), input.dims.length);
  const given = listOf(node.attributes, 'split', net.constant(node, 1));
  const sizes = splitSizes(input.dims[axis] ?? 0, node.outputs.length, given);
  const outputs = node.outputs.map((name, at) => {
    const dims = input.dims.map((side, along) => (along === axis ? (sizes[at] ?? 0) : side));
    const tensor = net.file.tensor(input.type, fileDims({ ...input, dims }), name);
    net.alias(name, { ...input, dims, tensor });
    return tensor;
  });
  const name = outputOf(node);
  net.file.add({
    op: 'SPLIT_V',
    inputs: [
      input.tensor,
      net.wholes(sizes, `${name}:sizes`),
      net.wholes([fileAxis(input, axis)], `${name}:axis`, []),
    ],
    outputs,
    options: [{ at: 0, int32: outputs.length }],
  });
}

export function slice(net: Network, node: OnnxNode): void {
  const input = net.value(node);
  const list = (name: string, at: number) => listOf(node.attributes, name, net.constant(node, at));
  const ranges = sliceRanges(input.dims, {
    starts: list('starts', 1) ?? [],
    ends: list('ends', 2) ?? [],
    axes: list('axes', 3),
    steps: list('steps', 4),
  });
  if (ranges.some(({ step, count }) => step < 1 || count === 0)) throw new Unsupported('Slice of this kind');
  const name = outputOf(node);
  const dims = ranges.map(({ count }) => count);
  const inFile = (values: readonly number[], hint: string) =>
    net.wholes(fileDims({ dims: values, isChannelsLast: input.isChannelsLast }), `${name}:${hint}`);
  const starts = ranges.map(({ start }) => start);
  const output = { ...input, name, dims };
  if (ranges.every(({ step }) => step === 1)) {
    net.add('SLICE', [input.tensor, inFile(starts, 'starts'), inFile(dims, 'sizes')], output);
    return;
  }
  const ends = ranges.map(({ start, step, count }) => start + (count - 1) * step + 1);
  const steps = ranges.map(({ step }) => step);
  net.add(
    'STRIDED_SLICE',
    [input.tensor, inFile(starts, 'starts'), inFile(ends, 'ends'), inFile(steps, 'steps')],
    output,
    [],
  );
}

/** Mean, sum or largest along some axes. */
export const reduce =
  (op: OpName) =>
  (net: Network, node: OnnxNode): void => {
    const input = net.value(node);
    if (input.type !== 'float32') throw new Unsupported(`${node.op} of whole numbers`);
    const axes = listOf(node.attributes, 'axes', net.constant(node, 1));
    // No axes are all, or none.
    const given = axes?.length === 0 ? undefined : axes;
    if (given === undefined && numberOf(node.attributes, 'noop_with_empty_axes', 0) !== 0) {
      throw new Unsupported(`${node.op} along no axes`);
    }
    reduced(net, node, input, op, given, numberOf(node.attributes, 'keepdims', 1) !== 0);
  };

export function globalAveragePool(net: Network, node: OnnxNode): void {
  const input = net.value(node);
  reduced(net, node, input, 'MEAN', [...input.dims.keys()].slice(2), true);
}

export function globalMaxPool(net: Network, node: OnnxNode): void {
  const input = net.value(node);
  reduced(net, node, input, 'REDUCE_MAX', [...input.dims.keys()].slice(2), true);
}

function reduced(
  net: Network,
  node: OnnxNode,
  source: Value,
  op: OpName,
  given: readonly number[] | undefined,
  keepsDims: boolean,
): void {
  // Sides that go leave no four sides, which alone can have their channels last.
  const isPicture = source.isChannelsLast && keepsDims;
  const { inChannelsLast, input } = {
    inChannelsLast: isPicture,
    input: isPicture ? source : readable(net, source, given),
  };
  const axes = (given ?? [...source.dims.keys()]).map((axis) =>
    fileAxis(input, axisOf(axis, source.dims.length)),
  );
  const name = outputOf(node);
  const dims = reducedDims(source.dims, given, keepsDims);
  net.add(
    op,
    [input.tensor, net.wholes(axes, `${name}:axes`)],
    { name, dims, isChannelsLast: inChannelsLast },
    [{ at: 0, int8: keepsDims ? 1 : 0 }],
  );
}

/** Where height and width go, what is left is in the same order whether channels were last or not. */
function readable(net: Network, value: Value, axes: readonly number[] | undefined): Value {
  const gone = new Set(axes?.map((axis) => axisOf(axis, value.dims.length)));
  return value.isChannelsLast && gone.has(2) && gone.has(3) ? value : net.plain(value);
}
