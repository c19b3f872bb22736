import type { OnnxGraph, OnnxNode } from './onnxGraph.ts';
import { float32, roundToInt32, type Steps, type Tensor } from './tensor.ts';

type Weights = Tensor & { dtype: 'float32' };

/**
 * Gives convolutions of a quantized graph their weights as uint8 and their biases as int32, as the file had them. A runtime
 * then computes with whole numbers; it would quantize weights that are real numbers once more, and coarser.
 *
 * Not as int8: processors without VNNI add products of uint8 and int8 in 16 bits, which are too few for some. With MobileNetV2
 * of 2018 onnxruntime 1.30 was off by up to 32 steps then, in the first layer.
 */
export function storeWholeWeights(graph: OnnxGraph): void {
  const makers = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
  );
  const added: OnnxNode[] = [];
  const dequantized = (whole: Tensor, { scales, zeroPoints }: Steps, name: string): string => {
    const isOne = scales.length === 1;
    const zeros = whole.dtype === 'uint8' ? Uint8Array.from(zeroPoints) : undefined;
    const shape = isOne ? [] : [scales.length];
    const inputs = [graph.constant(whole, name), graph.constant(float32(shape, scales), `${name}:scale`)];
    if (zeros) inputs.push(graph.constant({ dtype: 'uint8', shape, data: zeros }, `${name}:zero`));
    const output = graph.add('DequantizeLinear', inputs, isOne ? {} : { axis: { int: 0 } }, `${name}:real`);
    added.push(...graph.nodes.splice(-1));
    return output;
  };
  for (const node of [...graph.nodes]) {
    const [x = '', filterName = '', biasName = ''] = node.inputs;
    // The picture itself comes in with its channels last.
    const moved = makers.get(x);
    const maker = moved?.op === 'Transpose' ? makers.get(moved.inputs[0] ?? '') : moved;
    const filter = graph.constants.get(filterName);
    if (node.op !== 'Conv' || maker?.op !== 'DequantizeLinear' || filter?.dtype !== 'float32') continue;
    const scale = graph.constants.get(maker.inputs[1] ?? '')?.data[0];
    const whole = wholeFilter(filter);
    if (typeof scale !== 'number' || filter.steps === undefined || whole === undefined) continue;
    node.inputs[1] = dequantized(whole, filter.steps, `${filterName}:whole`);
    const bias = graph.constants.get(biasName);
    if (bias?.dtype !== 'float32') continue;
    const channels = bias.data.length;
    const scales = Array.from({ length: channels }, (_, i) => scale * channelOf(filter.steps?.scales, i));
    const data = Int32Array.from(bias.data, (value, i) => roundToInt32(value / (scales[i] ?? 1)));
    const steps = { scales, zeroPoints: scales.map(() => 0) };
    node.inputs[2] = dequantized({ dtype: 'int32', shape: [channels], data }, steps, `${biasName}:whole`);
  }
  graph.nodes.unshift(...added);
  const used = new Set(graph.nodes.flatMap(({ inputs }) => inputs));
  for (const name of graph.constants.keys()) if (!used.has(name)) graph.constants.delete(name);
}

const channelOf = (list: readonly number[] | undefined, channel: number): number =>
  list?.[list.length === 1 ? 0 : channel] ?? 0;

/** The whole numbers that the values were made of; undefined where they are not of these steps. */
function wholeFilter({ shape, data, steps }: Weights): Tensor | undefined {
  const channels = shape[0] ?? 0;
  if (steps === undefined || (steps.scales.length !== 1 && steps.scales.length !== channels))
    return undefined;
  const each = data.length / channels;
  const whole = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const channel = Math.floor(i / each);
    const value =
      Math.round((data[i] ?? 0) / channelOf(steps.scales, channel)) + channelOf(steps.zeroPoints, channel);
    if (!(value >= 0 && value <= 255)) return undefined;
    whole[i] = value;
  }
  return { dtype: 'uint8', shape, data: whole };
}
