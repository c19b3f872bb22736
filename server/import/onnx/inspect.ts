import type { Sentence, Text } from '../../../protocol/sentence.ts';
import { reason } from '../../../protocol/sentences/decisions.ts';
import { aboutGraph } from '../../../protocol/sentences/graphs.ts';
import { ImportError } from '../importError.ts';
import { asFilled, type FilledInput } from './filledInputs.ts';
import { type FinalOp, type FirstOps, GraphWalk, type Layout, type PixelRange } from './graphWalk.ts';
import {
  dataTypeName,
  type GraphProto,
  type ModelProto,
  type TensorProto,
  type ValueInfoProto,
  wholeNumber,
} from './onnxFile.ts';
import { adviseInputs } from './secondInput.ts';
import { typeName } from './typeName.ts';

/** An input or output of the model as it came. A text side is symbolic. */
export interface Port {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | string)[];
}

/** Where the picture goes in. */
export interface ImageInput {
  readonly name: string;
  /** `int32`: as bytes; MoveNet's is of it. */
  readonly dtype: 'float32' | 'float16' | 'double' | 'uint8' | 'int32';
  /** 3 where the model has no axis for the batch. */
  readonly rank: 3 | 4;
  readonly layout: { readonly value: Layout; readonly why: Text; readonly isSure: boolean };
  readonly channels: 1 | 3;
  /** How many pictures one run takes; undefined where any number. */
  readonly batch: number | undefined;
  /** Pixels; undefined where the model leaves it open. */
  readonly width: number | undefined;
  readonly height: number | undefined;
}

/** What an ONNX model says about itself, without running it. */
export interface Inspection {
  readonly opset: number;
  readonly producer: string;
  readonly parameters: number;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly image: ImageInput;
  /** Inputs next to the picture whose values are the same for all pictures of one size. */
  readonly filled: readonly FilledInput[];
  /** What an output's values were last put through, where that is known. */
  readonly finalOps: ReadonlyMap<string, FinalOp>;
  /** Of each output, the other outputs that it is computed from. */
  readonly madeOf: ReadonlyMap<string, readonly string[]>;
  /** The range of pixels that the first ops of the graph were made for, where they show it. */
  readonly takes: PixelRange | undefined;
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
  const walk = new GraphWalk(graph, constants);
  const opset = Math.max(
    ...(model.opsetImport ?? [])
      .filter(({ domain }) => domain === '' || domain === 'ai.onnx' || domain == null)
      .map(({ version }) => wholeNumber(version) ?? 0),
    0,
  );
  const filled = inputs.flatMap((port) => asFilled(port, opset) ?? []);
  const isFilled = ({ name }: Port) => filled.some((one) => one.name === name);
  const image = imageInput(
    inputs.filter((port) => !isFilled(port)),
    walk,
  );
  return {
    opset,
    producer: [model.producerName, model.producerVersion].filter(Boolean).join(' '),
    parameters: [...constants.values()].reduce((sum, tensor) => sum + elementCount(tensor), 0),
    inputs,
    outputs,
    image,
    filled,
    finalOps: new Map(
      outputs.flatMap(({ name }) => {
        const op = walk.finalOp(name);
        return op === undefined ? [] : [[name, op] as const];
      }),
    ),
    madeOf: new Map(
      outputs.map(({ name }) => [
        name,
        outputs.flatMap((other) =>
          other.name !== name && walk.isMadeOf(name, other.name) ? [other.name] : [],
        ),
      ]),
    ),
    takes:
      image.dtype === 'uint8' || image.dtype === 'int32'
        ? { range: '0..255', why: reason('input_is_whole', { dtype: image.dtype }) }
        : walk.takes(image.name),
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

function imageInput(inputs: readonly Port[], walk: GraphWalk): ImageInput {
  const unsupported = (found: Sentence) =>
    new ImportError('unsupported_model', aboutGraph('one_input', { found }));
  const [input, ...others] = inputs;
  if (input === undefined) throw unsupported(aboutGraph('found_no_input'));
  if (others.length > 0) {
    const found = aboutGraph('found_inputs', { count: inputs.length, inputs: inputs.map(describePort) });
    throw new ImportError('unsupported_model', adviseInputs(inputs, aboutGraph('one_input', { found })));
  }
  const { name, dtype, shape } = input;
  const rank = shape.length;
  if (
    (rank !== 3 && rank !== 4) ||
    (dtype !== 'float32' &&
      dtype !== 'float16' &&
      dtype !== 'double' &&
      dtype !== 'uint8' &&
      dtype !== 'int32')
  ) {
    throw unsupported(aboutGraph('found_input', { input: describePort(input) }));
  }
  const [batch, ...picture] = rank === 4 ? shape : [1, ...shape];
  const [first, , last] = picture;
  const layout = layoutOf(picture, walk.firstOps(name));
  const isFirst = layout.value === 'NCHW';
  const channelSide = isFirst ? first : last;
  const channels = typeof channelSide === 'number' ? channelSide : (walk.firstOps(name).channels ?? 3);
  if (channels !== 1 && channels !== 3)
    throw unsupported(aboutGraph('found_input', { input: describePort(input) }));
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

function layoutOf(picture: Port['shape'], firstOps: FirstOps): ImageInput['layout'] {
  const isChannels = (side: number | string | undefined) => side === 3 || side === 1;
  const [first, , last] = picture;
  if (isChannels(first) !== isChannels(last)) {
    const value = isChannels(first) ? 'NCHW' : 'NHWC';
    return {
      value,
      why: reason('layout_of_shape', { channels: first === 1 || last === 1 ? 1 : 3 }),
      isSure: true,
    };
  }
  if (firstOps.layout !== undefined) return { value: firstOps.layout, why: firstOps.why, isSure: true };
  return { value: 'NCHW', why: reason('usual_layout'), isSure: false };
}
