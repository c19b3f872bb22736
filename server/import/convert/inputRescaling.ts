import type { OnnxGraph, OnnxNode } from '../onnx/onnxGraph.ts';

/** value * scale + offset; one number for all channels, or one for each. */
export interface Rescaling {
  readonly scale: readonly number[];
  readonly offset: readonly number[];
}

/** Ops that move or trim values and do not change them, as far as a picture's range of values goes. */
const moving = new Set([
  'Cast',
  'Concat',
  'Flatten',
  'Identity',
  'Pad',
  'Reshape',
  'Resize',
  'Slice',
  'Split',
  'Squeeze',
  'Transpose',
  'Unsqueeze',
]);

/**
 * What a graph does to the values of its first input before the network starts. A network learns best from values
 * around -1..1 or 0..1: a graph that multiplies by 1/127.5 takes pixels as they are, one that does nothing wants them
 * rescaled.
 */
export function inputRescaling(graph: OnnxGraph): Rescaling {
  let rescaling: Rescaling = { scale: [1], offset: [0] };
  const reached = new Set(graph.inputs.slice(0, 1).map(({ name }) => name));
  for (const node of graph.nodes) {
    if (!node.inputs.some((input) => reached.has(input))) continue;
    const step = moving.has(node.op) ? rescaling : after(rescaling, node, graph, reached);
    if (step === undefined) return rescaling;
    rescaling = step;
    for (const output of node.outputs) reached.add(output);
  }
  return rescaling;
}

/** The rescaling with one more node behind it; undefined where the network starts. */
function after(
  { scale, offset }: Rescaling,
  { op, inputs }: OnnxNode,
  graph: OnnxGraph,
  reached: ReadonlySet<string>,
): Rescaling | undefined {
  const [left = '', right = ''] = inputs;
  const onLeft = reached.has(left);
  const constant = graph.constants.get(onLeft ? right : left);
  // More values than channels of a picture are a network's own.
  if (constant?.dtype !== 'float32' || constant.data.length > 4) return undefined;
  const by = Array.from(constant.data);
  switch (op) {
    case 'Mul':
      return { scale: pairs(scale, by, (a, b) => a * b), offset: pairs(offset, by, (a, b) => a * b) };
    case 'Div':
      return onLeft
        ? { scale: pairs(scale, by, (a, b) => a / b), offset: pairs(offset, by, (a, b) => a / b) }
        : undefined;
    case 'Add':
      return { scale, offset: pairs(offset, by, (a, b) => a + b) };
    case 'Sub':
      return onLeft
        ? { scale, offset: pairs(offset, by, (a, b) => a - b) }
        : { scale: scale.map((a) => -a), offset: pairs(offset, by, (a, b) => b - a) };
    default:
      return undefined;
  }
}

const pairs = (a: readonly number[], b: readonly number[], of: (a: number, b: number) => number): number[] =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, i) =>
    of(a[i % a.length] ?? 0, b[i % b.length] ?? 0),
  );
