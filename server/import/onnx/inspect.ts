import { ImportError } from '../importError.ts';
import { halfToNumber } from './half.ts';
import {
  dataTypeName,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
  wholeNumber,
} from './onnxFile.ts';
import { onnx } from './onnxProto/onnx.js';
import { typeName } from './typeName.ts';

const { DataType } = onnx.TensorProto;

/** An input or output of the model as it came. A text side is symbolic. */
export interface Port {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | string)[];
}

export type Layout = 'NCHW' | 'NHWC';

/** Where the picture goes in. */
export interface ImageInput {
  readonly name: string;
  readonly dtype: 'float32' | 'float16' | 'double' | 'uint8';
  /** 3 where the model has no axis for the batch. */
  readonly rank: 3 | 4;
  readonly layout: { readonly value: Layout; readonly why: string; readonly isSure: boolean };
  readonly channels: 1 | 3;
  /** How many pictures one run takes; undefined where any number. */
  readonly batch: number | undefined;
  /** Pixels; undefined where the model leaves it open. */
  readonly width: number | undefined;
  readonly height: number | undefined;
}

export type FinalOp = 'softmax' | 'sigmoid' | 'log-softmax';

/** What an ONNX model says about itself, without running it. */
export interface Inspection {
  readonly opset: number;
  readonly producer: string;
  readonly parameters: number;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly image: ImageInput;
  /** What an output's values were last put through, where that is known. */
  readonly finalOps: ReadonlyMap<string, FinalOp>;
  /** The range of pixels that the first ops of the graph were made for, where they tell. */
  readonly takes: { readonly range: '0..255' | '0..1'; readonly why: string } | undefined;
  readonly metadata: ReadonlyMap<string, string>;
}

/** @throws ImportError `unsupported_model`: it says what was found and what is supported */
export function inspect(model: ModelProto): Inspection {
  const graph = model.graph ?? {};
  const constants = constantsOf(graph);
  const sparse = new Set((graph.sparseInitializer ?? []).map(({ values }) => values?.name ?? ''));
  const inputs = (graph.input ?? [])
    // Older files list their weights among the inputs, too.
    .filter(({ name }) => !constants.has(name ?? '') && !sparse.has(name ?? ''))
    // Without a shape any picture may come.
    .map((input) => portOf(input, ['?', '?', '?', '?']));
  const outputs = (graph.output ?? []).map((output) => portOf(output, ['any shape']));
  const walk = new Walk(graph, constants);
  const image = imageInput(inputs, walk);
  return {
    opset: Math.max(
      ...(model.opsetImport ?? [])
        .filter(({ domain }) => domain === '' || domain === 'ai.onnx' || domain == null)
        .map(({ version }) => wholeNumber(version) ?? 0),
      0,
    ),
    producer: [model.producerName, model.producerVersion].filter(Boolean).join(' '),
    parameters: [...constants.values()].reduce((sum, tensor) => sum + elementCount(tensor), 0),
    inputs,
    outputs,
    image,
    finalOps: new Map(
      outputs.flatMap(({ name }) => {
        const op = walk.finalOp(name);
        return op === undefined ? [] : [[name, op] as const];
      }),
    ),
    takes: image.dtype === 'uint8' ? { range: '0..255', why: 'the input is uint8' } : walk.takes(image.name),
    metadata: new Map((model.metadataProps ?? []).map(({ key, value }) => [key ?? '', value ?? ''])),
  };
}

const elementCount = ({ dims }: TensorProto): number =>
  (dims ?? []).reduce<number>((count, dim) => count * (wholeNumber(dim) ?? 0), 1);

function constantsOf(graph: GraphProto): Map<string, TensorProto> {
  const constants = new Map((graph.initializer ?? []).map((tensor) => [tensor.name ?? '', tensor]));
  for (const { opType, output, attribute } of graph.node ?? []) {
    const value = attribute?.find(({ name }) => name === 'value')?.t;
    if (opType === 'Constant' && output?.[0] && value) constants.set(output[0], value);
  }
  return constants;
}

/** @param unknownShape where nothing is said of it */
function portOf({ name, type }: ValueInfoProto, unknownShape: Port['shape']): Port {
  const tensor = type?.tensorType;
  const shape = (tensor?.shape?.dim ?? []).map(({ dimValue, dimParam }) => {
    const side = wholeNumber(dimValue) ?? 0;
    return side > 0 ? side : dimParam || '?';
  });
  return {
    name: name ?? '',
    dtype: tensor ? dataTypeName(tensor.elemType) : typeName(type),
    shape: tensor && !tensor.shape ? unknownShape : shape,
  };
}

export const describePort = ({ name, dtype, shape }: Port): string =>
  `"${name}" ${dtype} [${shape.join(', ')}]`;

const SUPPORTED =
  'A model here has one input: a picture of 3 channels (or 1, grey) as [N, C, H, W] or [N, H, W, C]';

function imageInput(inputs: readonly Port[], walk: Walk): ImageInput {
  const unsupported = (found: string) =>
    new ImportError('unsupported_model', `${SUPPORTED}. This one has ${found}.`);
  const [input, ...others] = inputs;
  if (input === undefined) throw unsupported('no input');
  if (others.length > 0) {
    throw unsupported(`${inputs.length} inputs: ${inputs.map(describePort).join(', ')}`);
  }
  const { name, dtype, shape } = input;
  const rank = shape.length;
  if (
    (rank !== 3 && rank !== 4) ||
    (dtype !== 'float32' && dtype !== 'float16' && dtype !== 'double' && dtype !== 'uint8')
  ) {
    throw unsupported(`the input ${describePort(input)}`);
  }
  const [batch, ...picture] = rank === 4 ? shape : [1, ...shape];
  const [first, , last] = picture;
  const layout = layoutOf(picture, walk.firstLook(name));
  const isFirst = layout.value === 'NCHW';
  const channelSide = isFirst ? first : last;
  const channels = typeof channelSide === 'number' ? channelSide : (walk.firstLook(name).channels ?? 3);
  if (channels !== 1 && channels !== 3) throw unsupported(`the input ${describePort(input)}`);
  const [height, width] = isFirst ? picture.slice(1) : picture;
  return {
    name,
    dtype,
    rank,
    layout,
    channels,
    batch: typeof batch === 'number' ? batch : undefined,
    width: typeof width === 'number' ? width : undefined,
    height: typeof height === 'number' ? height : undefined,
  };
}

function layoutOf(picture: Port['shape'], look: FirstLook): ImageInput['layout'] {
  const isChannels = (side: number | string | undefined) => side === 3 || side === 1;
  const [first, , last] = picture;
  if (isChannels(first) !== isChannels(last)) {
    const value = isChannels(first) ? 'NCHW' : 'NHWC';
    return { value, why: `the input's shape has ${first === 1 || last === 1 ? 1 : 3} there`, isSure: true };
  }
  if (look.layout !== undefined) return { value: look.layout, why: look.why, isSure: true };
  return { value: 'NCHW', why: 'nothing in the graph tells; most exporters write it so', isSure: false };
}

interface FirstLook {
  layout?: Layout;
  channels?: number;
  why: string;
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
class Walk {
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
  firstLook(name: string): FirstLook {
    for (const node of this.#fromInput(name)) {
      if (node.opType === 'Transpose') {
        const order = (node.attribute ?? []).find((one) => one.name === 'perm')?.ints?.map(Number) ?? [];
        if (`${order}` === '0,3,1,2' || `${order}` === '2,0,1') {
          return { layout: 'NHWC', why: 'the graph starts with a transpose to channels first' };
        }
        return { layout: 'NCHW', why: 'the graph starts with a transpose to channels last' };
      }
      if (node.opType === 'Conv') {
        const dims = this.#constants.get(node.input?.[1] ?? '')?.dims?.map(Number) ?? [];
        const group = Number((node.attribute ?? []).find((one) => one.name === 'group')?.i ?? 1);
        const channels = (dims[1] ?? 0) * group;
        return {
          layout: 'NCHW',
          channels: channels || 3,
          why: 'the first convolution reads the input as it is',
        };
      }
    }
    return { why: '' };
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
  takes(name: string): Inspection['takes'] {
    let factor = 1;
    let shift = 0;
    const seen: string[] = [];
    for (const node of this.#fromInput(name, MOVING)) {
      const [left = '', right = ''] = node.input ?? [];
      const constant = this.#mean(right) ?? this.#mean(left);
      const op = node.opType ?? '';
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
    const why = `the graph starts with ${seen.join(', ')}`;
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
