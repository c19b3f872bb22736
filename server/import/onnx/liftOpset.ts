import { ImportError } from '../importError.ts';
import {
  describeNode,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from './onnxFile.ts';
import { tensorProto } from './onnxModel.ts';
import { onnx } from './onnxProto/onnx.js';
import { float32 } from './tensor.ts';

const { DataType } = onnx.TensorProto;
const { STRING } = onnx.AttributeProto.AttributeType;

/** The oldest opset that a graph can be lifted from. */
export const MIN_LIFTED_OPSET = 9;
const LIFTED_OPSET = 11;

type Attribute = NonNullable<NodeProto['attribute']>[number];

/**
 * Writes a graph of opset 9 or 10 as one of opset 11 that computes the same. Of the ops that changed in between
 * (https://github.com/onnx/onnx/blob/main/docs/Changelog.md), most only take more than before; what became an input
 * instead of an attribute is written so here; where the same cannot be said in opset 11, the op is refused by name.
 *
 * @param model is changed
 * @throws ImportError `unsupported_op`
 */
export function liftOpset(model: ModelProto, opset: number): void {
  const graph = model.graph ?? {};
  const lift = new Lift(graph, opset);
  lift.graph(graph);
  graph.initializer = [...(graph.initializer ?? []), ...lift.constants];
  model.opsetImport = (model.opsetImport ?? []).map((one) =>
    one.domain === '' || one.domain === 'ai.onnx' || one.domain == null
      ? { ...one, version: LIFTED_OPSET }
      : one,
  );
}

class Lift {
  readonly constants: TensorProto[] = [];
  readonly #opset: number;
  readonly #known: ReadonlyMap<string, TensorProto>;
  readonly #taken: ReadonlySet<string>;
  readonly #floatTypes: ReadonlySet<number>;

  constructor(graph: GraphProto, opset: number) {
    this.#opset = opset;
    const graphs = [...withInner(graph)];
    const made = graphs.flatMap(({ node }) => node ?? []);
    this.#taken = new Set([
      ...made.flatMap(({ output }) => output ?? []),
      ...graphs
        .flatMap(({ initializer, input }) => [...(initializer ?? []), ...(input ?? [])])
        .map(({ name }) => name ?? ''),
    ]);
    const weights = graphs.flatMap(({ initializer }) => initializer ?? []);
    const written = made.flatMap(({ opType, output, attribute }) => {
      const tensor = opType === 'Constant' ? attribute?.find(({ name }) => name === 'value')?.t : undefined;
      return tensor ? [{ name: output?.[0] ?? '', tensor }] : [];
    });
    this.#known = new Map([
      ...weights.map((tensor) => [tensor.name ?? '', tensor] as const),
      ...written.map(({ name, tensor }) => [name, tensor] as const),
    ]);
    const types = [
      ...[...this.#known.values()].map(({ dataType }) => dataType ?? 0),
      ...(graph.input ?? []).map(({ type }) => type?.tensorType?.elemType ?? 0),
    ];
    this.#floatTypes = new Set(
      types.filter(
        (type) => type === DataType.FLOAT || type === DataType.FLOAT16 || type === DataType.DOUBLE,
      ),
    );
  }

  graph(graph: GraphProto): void {
    for (const node of graph.node ?? []) {
      for (const { g, graphs } of node.attribute ?? []) {
        for (const inner of [g, ...(graphs ?? [])]) if (inner) this.graph(inner);
      }
      if (!node.domain || node.domain === 'ai.onnx') this.#node(node);
    }
  }

  #node(node: NodeProto): void {
    switch (node.opType) {
      case 'Slice':
        if (this.#opset < 10) this.#slice(node);
        return;
      case 'TopK':
        if (this.#opset < 10) this.#asInputs(node, { k: (k) => this.#ints([k.i ?? 0]) });
        return;
      case 'Clip':
        this.#asInputs(node, {
          min: (min) => this.#float(node, min.f ?? 0),
          max: (max) => this.#float(node, max.f ?? 0),
        });
        return;
      case 'Pad':
        this.#asInputs(node, {
          pads: (pads) => this.#ints(pads.ints ?? []),
          // Of 0, as it is where nothing is said; for all types of values.
          value: (value) => (value.f ? this.#float(node, value.f) : ''),
        });
        return;
      case 'Upsample':
      case 'Resize':
        this.#resize(node);
        return;
      case 'Scatter':
        node.opType = 'ScatterElements';
        return;
      case 'Dropout':
        if (node.output?.[1] && this.#opset < 10) throw this.#refused(node, 'with a mask');
        return;
      case 'ConvTranspose': {
        const pad = textOf(attributeOf(node, 'auto_pad'));
        if (pad.startsWith('SAME')) throw this.#refused(node, `with auto_pad ${pad}`);
        return;
      }
      default:
    }
  }

  /** Moves attributes to inputs, behind the one that there is. What is not said leaves its place empty. */
  #asInputs(node: NodeProto, makers: Readonly<Record<string, (attribute: Attribute) => string>>): void {
    const inputs = Object.entries(makers).map(([name, make]) => {
      const attribute = attributeOf(node, name);
      return attribute ? make(attribute) : '';
    });
    while (inputs.at(-1) === '') inputs.pop();
    node.input = [...(node.input ?? []).slice(0, 1), ...inputs];
    node.attribute = (node.attribute ?? []).filter(({ name }) => !(name && name in makers));
  }

  #slice(node: NodeProto): void {
    const starts = attributeOf(node, 'starts')?.ints ?? [];
    const axes = attributeOf(node, 'axes') ?? { name: 'axes', ints: starts.map((_, axis) => axis) };
    node.attribute = [...(node.attribute ?? []).filter(({ name }) => name !== 'axes'), axes];
    this.#asInputs(node, {
      starts: ({ ints }) => this.#ints(ints ?? []),
      ends: ({ ints }) => this.#ints(ints ?? []),
      axes: ({ ints }) => this.#ints(ints ?? []),
    });
  }

  /** Until opset 10 a place in the result is that in the picture, divided by the scale; where it grows, cut to whole ones. */
  #resize(node: NodeProto): void {
    const [picture = '', scales = ''] = node.input ?? [];
    const mode = textOf(attributeOf(node, 'mode')) || 'nearest';
    let nearest = 'floor';
    if (node.opType === 'Resize' && mode === 'nearest') {
      const values = floatsOf(this.#known.get(scales));
      if (values?.every((scale) => scale >= 1)) nearest = 'floor';
      else if (values?.every((scale) => scale <= 1)) nearest = 'ceil';
      else throw this.#refused(node, values ? 'that grows and shrinks' : 'by scales that are computed');
    }
    node.opType = 'Resize';
    node.input = [picture, this.#constant({ dataType: DataType.FLOAT, dims: [0] }), scales];
    node.attribute = [
      ...(node.attribute ?? []),
      text('coordinate_transformation_mode', 'asymmetric'),
      ...(mode === 'nearest' ? [text('nearest_mode', nearest)] : []),
    ];
  }

  /** As they stand: an end may be the largest number of 64 bits. */
  #ints(int64Data: NonNullable<Attribute['ints']>): string {
    return this.#constant({ dataType: DataType.INT64, dims: [int64Data.length], int64Data });
  }

  #float(node: NodeProto, value: number): string {
    const [type, ...others] = this.#floatTypes;
    if (others.length > 0 || (type !== undefined && type !== DataType.FLOAT)) {
      throw this.#refused(node, 'in a graph of other numbers than float32');
    }
    return this.#constant(tensorProto('', float32([], [value])));
  }

  #constant(tensor: TensorProto): string {
    let name = `lifted/${this.constants.length}`;
    while (this.#taken.has(name)) name = `lifted/${name}`;
    this.constants.push({ ...tensor, name });
    return name;
  }

  #refused(node: NodeProto, how: string): ImportError {
    return new ImportError(
      'unsupported_op',
      `${describeNode(node)} ${how}: a detector needs opset ${LIFTED_OPSET}, where this op means something else than in opset ${this.#opset}, which the model uses. Export it again with opset ${LIFTED_OPSET} or newer.`,
    );
  }
}

function* withInner(graph: GraphProto): Generator<GraphProto> {
  yield graph;
  for (const { attribute } of graph.node ?? []) {
    for (const { g, graphs } of attribute ?? []) {
      for (const inner of [g, ...(graphs ?? [])]) if (inner) yield* withInner(inner);
    }
  }
}

const attributeOf = (node: NodeProto, name: string): Attribute | undefined =>
  (node.attribute ?? []).find((one) => one.name === name);
const textOf = (attribute: Attribute | undefined): string => Buffer.from(attribute?.s ?? []).toString();
const text = (name: string, value: string): Attribute => ({
  name,
  type: STRING,
  s: Buffer.from(value),
});

function floatsOf(tensor: TensorProto | undefined): readonly number[] | undefined {
  if (tensor?.dataType !== DataType.FLOAT) return undefined;
  const { rawData, floatData } = tensor;
  return rawData?.byteLength
    ? Array.from(new Float32Array(Uint8Array.from(rawData).buffer))
    : (floatData ?? []);
}
