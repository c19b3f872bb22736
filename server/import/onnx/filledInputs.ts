import type { Port } from './inspect.ts';
import type { GraphProto, NodeProto, TensorProto } from './onnxFile.ts';
import type { OnnxNode } from './onnxGraph.ts';
import { nodeProto, tensorProto } from './onnxModel.ts';
import { onnx } from './onnxProto/onnx.js';
import type { Arrangement } from './sourceSession.ts';
import { float32, int64 } from './tensor.ts';

const { DataType } = onnx.TensorProto;

/** An input next to the picture that says nothing new where all pictures have one size. */
export interface FilledInput extends Port {
  readonly meaning: Meaning;
  /** Its last axes: 1 with two numbers a picture, or 2 with a number for each pixel. */
  readonly axes: 1 | 2;
}

/** `size`: width, height of the picture, pixels; `shape`: height, width; `ones`: 1 everywhere. */
type Meaning = 'size' | 'shape' | 'ones';

const KNOWN: ReadonlyMap<string, { readonly meaning: Meaning; readonly axes: FilledInput['axes'] }> = new Map(
  [
    // RT-DETR, D-FINE and DEIM multiply boxes by it: width, height (lyuwenyu/RT-DETR, rtdetrv2_pytorch/tools/export_onnx.py and
    // references/deploy/rtdetrv2_onnxruntime.py; Peterande/D-FINE, tools/deployment/export_onnx.py).
    ['orig_target_sizes', { meaning: 'size', axes: 1 }],
    // PaddleDetection: height, width of the resized picture, and by how much it was resized, y first
    // (ppdet/modeling/post_process.py; deploy/python/preprocess.py).
    ['im_shape', { meaning: 'shape', axes: 1 }],
    ['scale_factor', { meaning: 'ones', axes: 1 }],
    // transformers: 1 where there is picture, 0 where there is padding (models/detr/image_processing_detr.py). Its own exporter
    // fixed the mask's sides, such as 64x64; the model scales it to what it needs.
    ['pixel_mask', { meaning: 'ones', axes: 2 }],
  ],
);

const TYPES: ReadonlyMap<string, number> = new Map([
  ['float32', DataType.FLOAT],
  ['float16', DataType.FLOAT16],
  ['double', DataType.DOUBLE],
  ['int64', DataType.INT64],
  ['int32', DataType.INT32],
  ['bool', DataType.BOOL],
]);

/** The oldest opset with Expand. */
const MIN_OPSET = 8;
/** Of a mask that a file asks for: more pixels than any input here has. */
const MAX_NUMBERS = 2 ** 26;

/** What an input of this name says of all pictures of one size; undefined where it is not known, or of another shape. */
export function constantMeaning(name: string, shape: readonly (number | string)[]): Meaning | undefined {
  const known = KNOWN.get(name);
  if (known === undefined) return undefined;
  const { meaning, axes } = known;
  if (shape.length !== axes && shape.length !== axes + 1) return undefined;
  const last = shape.at(-1);
  if (axes === 1 && typeof last === 'number' && last !== 2) return undefined;
  const count = shape.reduce<number>((product, side) => product * numberOr(side, 1), 1);
  return count > MAX_NUMBERS ? undefined : meaning;
}

/** The input as one to fill in; undefined where its name, type or shape is another. */
export function asFilled(port: Port, opset: number): FilledInput | undefined {
  const meaning = constantMeaning(port.name, port.shape);
  const axes = KNOWN.get(port.name)?.axes;
  if (meaning === undefined || axes === undefined || !TYPES.has(port.dtype) || opset < MIN_OPSET) {
    return undefined;
  }
  return { ...port, meaning, axes };
}

type Sides = Pick<Arrangement, 'image' | 'width' | 'height'>;

/** What an input is filled with, for a reader: numbers for each picture, or 1 for all. */
export const valuesOf = ({ meaning }: FilledInput, { width, height }: Sides): number[] =>
  meaning === 'ones' ? [1] : meaning === 'size' ? [width, height] : [height, width];

/**
 * Puts values in the place of inputs, so that the picture alone is left.
 * @param graph is changed
 */
export function fillInputs(graph: GraphProto, inputs: readonly FilledInput[], sides: Sides): void {
  if (inputs.length === 0) return;
  const parts = inputs.map((input) => filling(input, sides));
  const names = new Set(inputs.map(({ name }) => name));
  graph.input = (graph.input ?? []).filter(({ name }) => !names.has(name ?? ''));
  graph.initializer = [...(graph.initializer ?? []), ...parts.flatMap(({ constants }) => constants)];
  graph.node = [...parts.flatMap(({ nodes }) => nodes), ...(graph.node ?? [])];
}

function filling(input: FilledInput, sides: Sides): { nodes: NodeProto[]; constants: TensorProto[] } {
  const { name, dtype, shape, axes } = input;
  const { image, width, height } = sides;
  const own = (part: string) => `${name}/${part}`;
  const values = valuesOf(input, sides);
  const isWhole = /int|bool/.test(dtype);
  const each = axes === 1 ? [2] : [numberOr(shape.at(-2), height), numberOr(shape.at(-1), width)];
  const [first] = shape.length > axes ? shape : [];
  // As many as there are pictures, where the model leaves that open.
  const isOpen = typeof first === 'string' && image.rank === 4 && image.batch === undefined;
  const pictures = first === undefined ? [] : [numberOr(first, image.batch ?? 1)];
  const constants = [
    tensorProto(own('values'), isWhole ? int64(values) : float32([values.length], values)),
    tensorProto(own('sides'), int64(isOpen ? each : [...pictures, ...each])),
    ...(isOpen ? [tensorProto(own('first'), int64([0]))] : []),
  ];
  const node = (op: string, inputs: string[], output: string, attributes: OnnxNode['attributes'] = {}) => ({
    ...nodeProto({ op, inputs, outputs: [output], attributes }),
    name: '',
  });
  const target = isOpen ? own('target') : own('sides');
  const nodes = [
    ...(isOpen
      ? [
          node('Shape', [image.name], own('shape')),
          node('Gather', [own('shape'), own('first')], own('pictures')),
          node('Concat', [own('pictures'), own('sides')], target, { axis: { int: 0 } }),
        ]
      : []),
    node('Expand', [own('values'), target], own('all')),
    node('Cast', [own('all')], name, { to: { int: TYPES.get(dtype) ?? DataType.FLOAT } }),
  ];
  return { nodes, constants };
}

const numberOr = (side: number | string | undefined, other: number): number =>
  typeof side === 'number' ? side : other;
