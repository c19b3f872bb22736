import { type Constant, transposed } from './constant.ts';
import { numberOf, numbersOf, textOf } from './dims.ts';
import { type Network, Unsupported, type Value } from './network.ts';
import type { OnnxNode } from './onnxReader.ts';
import { PADDING } from './tfliteSchema.ts';

/** The sides of a window along height and width, and how it moves over the picture. */
interface Window {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** Before and behind, along height and width. */
  readonly pads: readonly [[number, number], [number, number]];
  /** What it gives. */
  readonly sides: readonly [number, number];
}

const pair = (list: readonly number[] | undefined, fallback: number): readonly [number, number] => [
  list?.[0] ?? fallback,
  list?.[1] ?? fallback,
];

function windowOf(node: OnnxNode, dims: readonly number[], kernel: readonly [number, number]): Window {
  const { attributes } = node;
  const strides = pair(numbersOf(attributes, 'strides'), 1);
  const dilations = pair(numbersOf(attributes, 'dilations'), 1);
  const autoPad = textOf(attributes, 'auto_pad', 'NOTSET');
  const given = numbersOf(attributes, 'pads') ?? [0, 0, 0, 0];
  const along = (axis: 0 | 1): { pads: [number, number]; side: number } => {
    const side = dims[axis + 2] ?? 1;
    const covered = (kernel[axis] - 1) * dilations[axis] + 1;
    if (autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER') {
      const missing = samePad(side, covered, strides[axis]);
      const less = Math.floor(missing / 2);
      const pads: [number, number] =
        autoPad === 'SAME_UPPER' ? [less, missing - less] : [missing - less, less];
      return { pads, side: Math.ceil(side / strides[axis]) };
    }
    const pads: [number, number] = autoPad === 'VALID' ? [0, 0] : [given[axis] ?? 0, given[axis + 2] ?? 0];
    const steps = (side + pads[0] + pads[1] - covered) / strides[axis];
    if (numberOf(attributes, 'ceil_mode', 0) !== 0 && !Number.isInteger(steps)) {
      throw new Unsupported(`${node.op} with ceil_mode`);
    }
    return { pads, side: Math.floor(steps) + 1 };
  };
  const [height, width] = [along(0), along(1)];
  return { kernel, strides, dilations, pads: [height.pads, width.pads], sides: [height.side, width.side] };
}

/** What SAME adds to a side, half of it before, what is left over behind. */
const samePad = (side: number, covered: number, stride: number): number =>
  Math.max((Math.ceil(side / stride) - 1) * stride + covered - side, 0);

function isSame({ kernel, strides, dilations, pads }: Window, dims: readonly number[]): boolean {
  return ([0, 1] as const).every((axis) => {
    const missing = samePad(dims[axis + 2] ?? 1, (kernel[axis] - 1) * dilations[axis] + 1, strides[axis]);
    const [before, behind] = pads[axis];
    return before === Math.floor(missing / 2) && before + behind === missing;
  });
}

/** The padding of a window by the schema's names; what they cannot say is added as an edge of `fill` before it. */
function padded(
  net: Network,
  input: Value,
  window: Window,
  fill: number,
): { readonly input: Value; readonly padding: number } {
  if (isSame(window, input.dims)) return { input, padding: PADDING.same };
  const [[top, bottom], [left, right]] = window.pads;
  if (top + bottom + left + right === 0) return { input, padding: PADDING.valid };
  if (Math.min(top, bottom, left, right) < 0) throw new Unsupported('pads below 0');
  return { input: pad(net, input, { top, bottom, left, right }, fill), padding: PADDING.valid };
}

/** With an edge around it. @param input channels last */
export function pad(
  net: Network,
  input: Value,
  { top, bottom, left, right }: Record<'top' | 'bottom' | 'left' | 'right', number>,
  fill: number,
  name = `padded:${input.tensor}:${top},${left},${bottom},${right},${fill}`,
): Value {
  const [batch = 1, channels = 1, height = 1, width = 1] = input.dims;
  const edges = net.wholes([0, 0, top, bottom, left, right, 0, 0], `${name}:edges`, [4, 2]);
  const dims = [batch, channels, height + top + bottom, width + left + right];
  const output = { name, dims, isChannelsLast: true };
  if (fill === 0) return net.add('PAD', [input.tensor, edges], output);
  return net.add(
    'PADV2',
    [input.tensor, edges, net.floats([], Float32Array.of(fill), `${name}:fill`)],
    output,
  );
}

export function conv(net: Network, node: OnnxNode): void {
  const source = net.value(node);
  const weights = net.weights(node, 1);
  const [filters = 1, ofGroup = 1, ...kernel] = weights.dims;
  if (source.dims.length !== 4) throw new Unsupported(`Conv of ${source.dims.length} sides`);
  const channels = source.dims[1] ?? 1;
  const groups = numberOf(node.attributes, 'group', 1);
  const window = windowOf(node, source.dims, pair(kernel, 1));
  const isDepthwise = groups === channels && ofGroup === 1 && groups > 1;
  const bias = node.inputs[2] ? net.weights(node, 2).data : new Float32Array(filters);
  const { input, padding } = padded(net, net.channelsLast(source), window, 0);
  const { code, output } = net.fuseActivation(node);
  const { data, dims } = filtersOf(weights, isDepthwise);
  const [strideH, strideW] = window.strides;
  const [dilationH, dilationW] = window.dilations;
  const place = [
    { at: 0, int8: padding },
    { at: 1, int32: strideW },
    { at: 2, int32: strideH },
  ];
  net.add(
    isDepthwise ? 'DEPTHWISE_CONV_2D' : 'CONV_2D',
    [
      input.tensor,
      net.floats(dims, data as Float32Array, `${output}:filters`),
      net.floats([filters], bias, `${output}:bias`),
    ],
    { name: output, dims: [source.dims[0] ?? 1, filters, ...window.sides], isChannelsLast: true },
    isDepthwise
      ? [
          ...place,
          { at: 3, int32: filters / channels },
          { at: 4, int8: code },
          { at: 5, int32: dilationW },
          { at: 6, int32: dilationH },
        ]
      : [...place, { at: 3, int8: code }, { at: 4, int32: dilationW }, { at: 5, int32: dilationH }],
  );
}

/** [O, I, kh, kw] as [O, kh, kw, I], or as [1, kh, kw, O] of a depthwise one. */
function filtersOf(weights: Constant, isDepthwise: boolean): Constant {
  if (!isDepthwise) return transposed(weights, [0, 2, 3, 1]);
  return transposed(weights, [1, 2, 3, 0]);
}

const LOWEST = -3.4028234663852886e38;

export function maxPool(net: Network, node: OnnxNode): void {
  if (node.outputs.length > 1) throw new Unsupported('MaxPool with indices');
  pool(net, node, 'MAX_POOL_2D', LOWEST);
}

export function averagePool(net: Network, node: OnnxNode): void {
  pool(net, node, 'AVERAGE_POOL_2D', 0);
}

function pool(net: Network, node: OnnxNode, op: 'MAX_POOL_2D' | 'AVERAGE_POOL_2D', fill: number): void {
  const source = net.value(node);
  if (source.dims.length !== 4) throw new Unsupported(`${node.op} of ${source.dims.length} sides`);
  const window = windowOf(node, source.dims, pair(numbersOf(node.attributes, 'kernel_shape'), 1));
  if (window.dilations.some((step) => step !== 1)) throw new Unsupported(`${node.op} with dilations`);
  const hasPads = window.pads.flat().some((count) => count > 0);
  const countsPads = numberOf(node.attributes, 'count_include_pad', 0) !== 0;
  // SAME leaves the edge out of the mean, an edge of zeros counts.
  if (op === 'AVERAGE_POOL_2D' && hasPads && isSame(window, source.dims) === countsPads) {
    throw new Unsupported('AveragePool with these pads');
  }
  const { input, padding } = padded(net, net.channelsLast(source), window, fill);
  const { code, output } = net.fuseActivation(node);
  const [batch = 1, channels = 1] = source.dims;
  net.add(
    op,
    [input.tensor],
    { name: output, dims: [batch, channels, ...window.sides], isChannelsLast: true },
    [
      { at: 0, int8: padding },
      { at: 1, int32: window.strides[1] },
      { at: 2, int32: window.strides[0] },
      { at: 3, int32: window.kernel[1] },
      { at: 4, int32: window.kernel[0] },
      { at: 5, int8: code },
    ],
  );
}

/** Of an edge of one number around pictures. */
export function padNode(net: Network, node: OnnxNode): void {
  const source = net.value(node);
  const pads = net.list(node, 1) ?? numbersOf(node.attributes, 'pads') ?? [];
  const fill = net.constant(node, 2)?.data[0] ?? numberOf(node.attributes, 'value', 0);
  const [n, c, top = 0, left = 0, n2, c2, bottom = 0, right = 0] = pads;
  const isPlain = textOf(node.attributes, 'mode', 'constant') === 'constant' && node.inputs[3] === undefined;
  const isOfPicture = pads.length === 8 && [n, c, n2, c2].every((count) => count === 0);
  if (source.type !== 'float32' || !isPlain || !isOfPicture || pads.some((count) => count < 0))
    throw new Unsupported('Pad of this kind');
  pad(net, net.channelsLast(source), { top, bottom, left, right }, fill, node.outputs[0]);
}
