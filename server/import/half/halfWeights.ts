import { numberToHalf } from '../../../vision/half.ts';
import { floatsOf, tensorOf } from '../onnx/floatTensor.ts';
import { decodeModel, encodeModel, withFields } from '../onnx/onnxBytes.ts';
import type { GraphProto, NodeProto, TensorProto } from '../onnx/onnxFile.ts';
import { onnx } from '../onnx/onnxProto/onnx.js';

const { DataType } = onnx.TensorProto;
const { AttributeType } = onnx.AttributeProto;

/** A device that has the model in this form saves that share of the download, at the least. */
const LEAST_SAVING = 0.2;
/** Smaller tensors are scales and biases. */
const LEAST_VALUES = 1_024;
/** What reads weights. Other constants, such as the anchors of a detector, stay exact. */
const READERS: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm', 'GRU', 'LSTM', 'MatMul']);

/**
 * The same ONNX graph with its weights as float16, each behind a Cast to float32: half of the bytes, and a runtime computes with
 * float32 as before.
 *
 * @param file a deployed graph
 * @returns undefined where that would save less than `LEAST_SAVING` of it
 * @throws RangeError for a file that ends too early
 */
export function withHalfWeights(file: Uint8Array): Uint8Array | undefined {
  const model = decodeModel(file);
  const { graph } = model;
  if (!graph) return undefined;
  const weights = weightsOf(graph);
  const names = namesOf(graph);
  let savedBytes = 0;

  /** A tensor of weights as float16, under a name of its own, and the node that makes the value of that name of it. */
  function halved(
    name: string,
    tensor: TensorProto | null | undefined,
  ): { tensor: TensorProto; cast: NodeProto } | undefined {
    const half = `${name}:float16`;
    const values = weights.has(name) && !names.has(half) ? halvesOf(tensor ?? {}) : undefined;
    if (values === undefined) return undefined;
    savedBytes += values.byteLength;
    return {
      tensor: tensorOf(half, values, (tensor?.dims ?? []).map(Number)),
      cast: {
        input: [half],
        output: [name],
        name: `${half}/Cast`,
        opType: 'Cast',
        attribute: [{ name: 'to', i: DataType.FLOAT, type: AttributeType.INT }],
      },
    };
  }

  /** Of initializers; they go before all nodes, which stand in the order in which they run. */
  const casts: NodeProto[] = [];
  const initializer = (graph.initializer ?? []).map((tensor) => {
    const found = halved(tensor.name ?? '', tensor);
    if (found) casts.push(found.cast);
    return found?.tensor ?? tensor;
  });
  const node = (graph.node ?? []).flatMap((one) => {
    const value = one.opType === 'Constant' ? one.attribute?.find(({ name }) => name === 'value') : undefined;
    const found = value && halved(one.output?.[0] ?? '', value.t);
    if (found === undefined) return [one];
    const output = [found.tensor.name ?? ''];
    const attribute = [{ name: 'value', t: found.tensor, type: AttributeType.TENSOR }];
    return [{ ...one, output, attribute }, found.cast];
  });
  if (savedBytes < LEAST_SAVING * file.byteLength) return undefined;
  return encodeModel(
    withFields(model, { graph: withFields(graph, { initializer, node: [...casts, ...node] }) }),
  );
}

/** Names of values that only those read that read weights, and that are no inputs or outputs of the graph. */
function weightsOf({ node, input, output }: GraphProto): ReadonlySet<string> {
  const found = new Set<string>();
  const others = new Set([...(input ?? []), ...(output ?? [])].map(({ name }) => name ?? ''));
  for (const { opType, input: read } of node ?? []) {
    const isReader = READERS.has(opType ?? '');
    for (const name of read ?? []) (isReader ? found : others).add(name);
  }
  for (const name of others) found.delete(name);
  return found;
}

/** Of all values of the graph itself. */
const namesOf = ({ node, initializer, input }: GraphProto): ReadonlySet<string> =>
  new Set([
    ...(node ?? []).flatMap(({ output }) => output ?? []),
    ...[...(initializer ?? []), ...(input ?? [])].map(({ name }) => name ?? ''),
  ]);

/** Its values; undefined for what is not float32, small, or lies elsewhere, and where one is beyond what float16 has. */
function halvesOf(tensor: TensorProto): Uint16Array | undefined {
  const floats = floatsOf(tensor);
  const count = (tensor.dims ?? []).reduce<number>((size, dim) => size * Number(dim), 1);
  if (floats === undefined || floats.length !== count || count < LEAST_VALUES) return undefined;
  const halves = new Uint16Array(count);
  for (let at = 0; at < count; at++) {
    const half = numberToHalf(floats[at] ?? 0);
    if ((half & 0x7c00) === 0x7c00) return undefined;
    halves[at] = half;
  }
  return halves;
}
