import * as v from 'valibot';
import { ImportError } from '../../importError.ts';
import { maxRank } from '../../onnx/dims.ts';
import type { Tensor } from '../../onnx/tensor.ts';
import { type ReadShard, readWeights, WeightsManifest } from './tfjsWeights.ts';

/** Whole numbers come as JSON numbers or, being 64 bits in the protocol buffer, as text. */
const Whole = v.pipe(v.union([v.string(), v.number()]), v.transform(Number), v.integer('a whole number'));
/** Text comes as base64, and in files from before 2020 as an array of its bytes. */
const Text = v.pipe(
  v.union([v.string(), v.array(v.number())]),
  v.transform((text) =>
    Buffer.from(typeof text === 'string' ? Buffer.from(text, 'base64') : text).toString('utf8'),
  ),
);
const DataType = v.union([v.string(), v.number()]);
/** Sides; -1 where any number goes. */
const Shape = v.object({
  dim: v.optional(v.pipe(v.array(v.object({ size: v.optional(Whole, -1) })), v.maxLength(maxRank)), []),
});

const Attribute = v.object({
  s: v.optional(Text),
  i: v.optional(Whole),
  f: v.optional(v.number()),
  b: v.optional(v.boolean()),
  type: v.optional(DataType),
  shape: v.optional(Shape),
  list: v.optional(v.object({ s: v.optional(v.array(Text)), i: v.optional(v.array(Whole)) })),
});
/** What TensorFlow keeps next to a node's inputs. Text is decoded. */
export type Attribute = v.InferOutput<typeof Attribute>;

/** Far more than any network for pictures has; a converter works on each. */
const maxNodes = 20_000;

const Signature = v.object({
  outputs: v.optional(v.record(v.string(), v.object({ name: v.string() })), {}),
});

const GraphJson = v.object({
  modelTopology: v.object({
    node: v.pipe(
      v.array(
        v.object({
          name: v.string(),
          op: v.string(),
          input: v.optional(v.array(v.string()), []),
          attr: v.optional(v.record(v.string(), Attribute), {}),
        }),
      ),
      v.maxLength(maxNodes),
    ),
  }),
  weightsManifest: WeightsManifest,
  signature: v.nullish(Signature),
  userDefinedMetadata: v.nullish(v.object({ signature: v.nullish(Signature) })),
});

/** Numbers of TensorFlow's DataType enumeration, for the types that a graph of ours may compute with. */
const dataTypes: Record<string, Tensor['dtype']> = {
  1: 'float32',
  3: 'int32',
  4: 'uint8',
  9: 'int64',
  10: 'bool',
  DT_FLOAT: 'float32',
  DT_INT32: 'int32',
  DT_UINT8: 'uint8',
  DT_INT64: 'int64',
  DT_BOOL: 'bool',
};

/** One operation of a TensorFlow graph. */
export class TfNode {
  readonly name: string;
  readonly op: string;
  /** Tensors, as `node` or `node:port`; inputs that only order execution are left out. */
  readonly inputs: readonly string[];
  readonly #attributes: Readonly<Record<string, Attribute>>;

  constructor(node: {
    name: string;
    op: string;
    inputs: readonly string[];
    attributes: Readonly<Record<string, Attribute>>;
  }) {
    this.name = node.name;
    this.op = node.op;
    this.inputs = node.inputs.filter((input) => !input.startsWith('^'));
    this.#attributes = node.attributes;
  }

  withInputs(inputs: readonly string[]): TfNode {
    return new TfNode({ name: this.name, op: this.op, inputs, attributes: this.#attributes });
  }

  text(name: string, fallback: string): string {
    return this.#attributes[name]?.s ?? fallback;
  }
  int(name: string, fallback: number): number {
    return this.#attributes[name]?.i ?? fallback;
  }
  float(name: string, fallback: number): number {
    return this.#attributes[name]?.f ?? fallback;
  }
  flag(name: string, fallback: boolean): boolean {
    return this.#attributes[name]?.b ?? fallback;
  }
  ints(name: string): readonly number[] {
    return this.#attributes[name]?.list?.i ?? [];
  }
  texts(name: string): readonly string[] {
    return this.#attributes[name]?.list?.s ?? [];
  }
  /** Sides, -1 where any number goes; undefined where the number of axes is open too. */
  shape(name: string): readonly number[] | undefined {
    return this.#attributes[name]?.shape?.dim.map(({ size }) => size);
  }
  dtype(name: string): Tensor['dtype'] {
    const type = this.#attributes[name]?.type;
    const dtype = Object.hasOwn(dataTypes, type ?? '') ? dataTypes[type ?? ''] : undefined;
    if (dtype === undefined) {
      throw new ImportError('unsupported_use', `${this}: attribute ${name} is the unknown data type ${type}`);
    }
    return dtype;
  }

  /** For messages: op and node. */
  toString(): string {
    return `${this.op} "${this.name}"`;
  }
}

/** A TensorFlow.js graph model in memory. Do not mutate; see `withWeights`. */
export interface TfGraph {
  readonly nodes: ReadonlyMap<string, TfNode>;
  /** By the name of their Const node. */
  readonly weights: ReadonlyMap<string, Tensor>;
  /** What the graph is for, by its own word: tensors, as `node` or `node:port`. Empty if it does not say. */
  readonly outputs: readonly { readonly name: string; readonly tensor: string }[];
}

/** The graph with some weights replaced. */
export function withWeights(graph: TfGraph, replaced: ReadonlyMap<string, Tensor>): TfGraph {
  return { ...graph, weights: new Map([...graph.weights, ...replaced]) };
}

/**
 * Reads a TensorFlow.js graph model.
 *
 * @param json the parsed model.json
 * @param readShard the bytes of one of the weight files that model.json names
 * @throws ImportError `malformed_source`
 */
export function readTfjsGraph(json: unknown, readShard: ReadShard): TfGraph {
  const parsed = v.safeParse(GraphJson, json);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw new ImportError(
      'malformed_source',
      `not a TensorFlow.js graph model: ${v.getDotPath(issue) ?? 'model.json'}: ${issue.message}`,
    );
  }
  const { modelTopology, weightsManifest, signature, userDefinedMetadata } = parsed.output;
  const nodes = new Map<string, TfNode>();
  for (const { name, op, input, attr } of modelTopology.node) {
    nodes.set(name, new TfNode({ name, op, inputs: input, attributes: attr }));
  }
  // TensorFlow.js asks the metadata first.
  const { outputs = {} } = userDefinedMetadata?.signature ?? signature ?? {};
  return {
    nodes,
    weights: readWeights(weightsManifest, readShard),
    outputs: Object.entries(outputs).map(([name, { name: tensor }]) => ({ name, tensor })),
  };
}
