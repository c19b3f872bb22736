import type { Text } from '../../../protocol/sentence.ts';
import { reason } from '../../../protocol/sentences/decisions.ts';
import { halfToNumber } from '../../../vision/half.ts';
import type { GraphProto, NodeProto, TensorProto } from './onnxFile.ts';
import { onnx } from './onnxProto/onnx.js';

const { DataType } = onnx.TensorProto;

export type Layout = 'NCHW' | 'NHWC';

export type FinalOp = 'softmax' | 'sigmoid' | 'log-softmax';

/** The range of pixels that the first ops of a graph were made for, and how that shows. */
export interface PixelRange {
  readonly range: '0..255' | '0..1';
  readonly why: Text;
}

export interface FirstOps {
  layout?: Layout;
  channels?: number;
  why: Text;
}

/** Ops that change values but neither order nor place. */
const ELEMENTWISE: ReadonlySet<string> = new Set([
  'Cast',
  'Identity',
  'Sub',
  'Add',
  'Mul',
  'Div',
  'BatchNormalization',
  'Clip',
  'Pad',
  'Dropout',
]);
const PASSING: ReadonlySet<string> = new Set([
  'Cast',
  'Identity',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
]);
const FINAL_OPS: Readonly<Record<string, FinalOp>> = {
  Softmax: 'softmax',
  Sigmoid: 'sigmoid',
  LogSoftmax: 'log-softmax',
};

/** Ops that move values and change none, as far as their range goes. */
const MOVING: ReadonlySet<string> = new Set([...PASSING, 'Transpose', 'Resize', 'Slice']);

/** Walks along the nodes at the two ends of a graph. */
export class GraphWalk {
  readonly #readers = new Map<string, NodeProto[]>();
  readonly #makers = new Map<string, NodeProto>();
  readonly #constants: ReadonlyMap<string, TensorProto>;

  constructor(graph: GraphProto, constants: ReadonlyMap<string, TensorProto>) {
    this.#constants = constants;
    for (const node of graph.node ?? []) {
      for (const input of node.input ?? []) {
        this.#readers.set(input, [...(this.#readers.get(input) ?? []), node]);
      }
      for (const output of node.output ?? []) this.#makers.set(output, node);
    }
  }

  /** What reads the input, one after another, up to the first op that is not elementwise and not among `through`. */
  *#fromInput(name: string, through: ReadonlySet<string> = ELEMENTWISE): Generator<NodeProto> {
    let value = name;
    for (let steps = 0; steps < 20; steps++) {
      const [node, ...others] = this.#readers.get(value) ?? [];
      if (node === undefined || others.length > 0) return;
      yield node;
      const op = node.opType ?? '';
      if (!ELEMENTWISE.has(op) && !through.has(op)) return;
      value = node.output?.[0] ?? '';
    }
  }

  /** What the first op that is not elementwise takes its input for. */
  firstOps(name: string): FirstOps {
    for (const node of this.#fromInput(name)) {
      if (node.opType === 'Transpose') {
        const order = (node.attribute ?? []).find((one) => one.name === 'perm')?.ints?.map(Number) ?? [];
        if (`${order}` === '0,3,1,2' || `${order}` === '2,0,1') {
          return { layout: 'NHWC', why: reason('layout_of_transpose_first') };
        }
        return { layout: 'NCHW', why: reason('layout_of_transpose_last') };
      }
      if (node.opType === 'Conv') {
        const dims = this.#constants.get(node.input?.[1] ?? '')?.dims?.map(Number) ?? [];
        const group = Number((node.attribute ?? []).find((one) => one.name === 'group')?.i ?? 1);
        const channels = (dims[1] ?? 0) * group;
        return {
          layout: 'NCHW',
          channels: channels || 3,
          why: reason('layout_of_convolution'),
        };
      }
    }
    return { why: '' };
  }

  /** Whether one value is computed from another, or from what that one only moves. */
  isMadeOf(value: string, other: string): boolean {
    const source = this.#sourceOf(other);
    const seen = new Set<string>();
    const open = [value];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const input of this.#makers.get(next)?.input ?? []) {
        if (input === other || input === source) return true;
        if (seen.has(input)) continue;
        seen.add(input);
        open.push(input);
      }
    }
    return false;
  }

  /** Where a value comes from that is only moved. */
  #sourceOf(value: string): string {
    const node = this.#makers.get(value);
    const [input] = node?.input ?? [];
    const isMoved = PASSING.has(node?.opType ?? '') || node?.opType === 'Transpose';
    return isMoved && input !== undefined ? this.#sourceOf(input) : value;
  }

  finalOp(output: string): FinalOp | undefined {
    let value = output;
    for (let steps = 0; steps < 20; steps++) {
      const node = this.#makers.get(value);
      const op = node?.opType ?? '';
      if (FINAL_OPS[op] !== undefined) return FINAL_OPS[op];
      if (!PASSING.has(op)) return undefined;
      value = node?.input?.[0] ?? '';
    }
    return undefined;
  }

  /**
   * Follows value -> factor * value + shift through the first ops. A graph that shrinks its input about a hundredfold,
   * or takes about a hundred off it, was made for 0..255; one that stretches it a little, for 0..1.
   */
  takes(name: string): PixelRange | undefined {
    let factor = 1;
    let shift = 0;
    const seen: string[] = [];
    for (const node of this.#fromInput(name, MOVING)) {
      const [left = '', right = ''] = node.input ?? [];
      const constant = this.#mean(right) ?? this.#mean(left);
      const op = node.opType ?? '';
      if (op === 'Cast' && seen.length === 0 && isWhole(node)) {
        // Fractions of 0..1 would all be cut to 0.
        return { range: '0..255', why: reason('graph_starts_with', { ops: ['Cast'] }) };
      }
      if (op === 'BatchNormalization') {
        const [, scale, bias, mean, variance] = (node.input ?? []).map((one) => this.#mean(one));
        if (scale === undefined || bias === undefined || mean === undefined || variance === undefined) break;
        const by = scale / Math.sqrt(variance + 1e-5);
        factor *= by;
        shift = shift * by + bias - mean * by;
      } else if (constant !== undefined && op === 'Mul') {
        factor *= constant;
        shift *= constant;
      } else if (constant !== undefined && op === 'Div') {
        factor /= constant;
        shift /= constant;
      } else if (constant !== undefined && op === 'Sub') shift -= constant;
      else if (constant !== undefined && op === 'Add') shift += constant;
      else continue;
      seen.push(op);
    }
    const why = reason('graph_starts_with', { ops: seen });
    if (Math.abs(factor) < 0.05 || Math.abs(shift / factor) > 20) return { range: '0..255', why };
    if (Math.abs(factor) > 1.5 || Math.abs(shift / factor) > 0.2) return { range: '0..1', why };
    return undefined;
  }

  #mean(name: string): number | undefined {
    const tensor = this.#constants.get(name);
    const values = tensor && numbersOf(tensor);
    if (!values?.length || values.length > 16) return undefined;
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  }
}

const WHOLE_TYPES = [DataType.UINT8, DataType.INT8, DataType.INT16, DataType.INT32, DataType.INT64];

/** Whether a Cast gives whole numbers. */
const isWhole = ({ attribute }: NodeProto): boolean => {
  const to = Number(attribute?.find(({ name }) => name === 'to')?.i ?? 0);
  return WHOLE_TYPES.some((type) => type === to);
};

/** The values of a small tensor; undefined for types that normalisation does not come in. */
function numbersOf({ dataType, rawData, floatData, int64Data, int32Data, doubleData }: TensorProto) {
  const bytes = rawData?.byteLength ? Uint8Array.from(rawData) : undefined;
  switch (dataType) {
    case DataType.FLOAT:
      return bytes ? Array.from(new Float32Array(bytes.buffer)) : floatData;
    case DataType.DOUBLE:
      return bytes ? Array.from(new Float64Array(bytes.buffer)) : doubleData;
    case DataType.INT64:
      return bytes ? Array.from(new BigInt64Array(bytes.buffer), Number) : int64Data?.map(Number);
    case DataType.INT32:
      return bytes ? Array.from(new Int32Array(bytes.buffer)) : int32Data;
    case DataType.FLOAT16: {
      const halves = bytes ? Array.from(new Uint16Array(bytes.buffer)) : int32Data;
      return halves?.map(halfToNumber);
    }
    default:
      return undefined;
  }
}
