import * as v from 'valibot';
import { ImportError } from './importError.ts';
import type { Tensor } from './tensor.ts';
import { decodeWeight, storedBytes, WeightEntry } from './tfjsWeights.ts';

/** Whole numbers come as JSON numbers or, being 64 bits in the protocol buffer, as text. */
const Whole = v.pipe(v.union([v.string(), v.number()]), v.transform(Number), v.integer('a whole number'));
/** Text comes as base64, and in files of before 2020 as an array of its bytes. */
const Text = v.pipe(
  v.union([v.string(), v.array(v.number())]),
  v.transform((text) =>
    Buffer.from(typeof text === 'string' ? Buffer.from(text, 'base64') : text).toString('utf8'),
  ),
);
const DataType = v.union([v.string(), v.number()]);

const Attribute = v.object({
  s: v.optional(Text),
  i: v.optional(Whole),
  f: v.optional(v.number()),
  b: v.optional(v.boolean()),
  type: v.optional(DataType),
  list: v.optional(v.object({ s: v.optional(v.array(Text)), i: v.optional(v.array(Whole)) })),
});
type Attribute = v.InferOutput<typeof Attribute>;

const GraphJson = v.object({
  modelTopology: v.object({
    node: v.array(
      v.object({
        name: v.string(),
        op: v.string(),
        input: v.optional(v.array(v.string()), []),
        attr: v.optional(v.record(v.string(), Attribute), {}),
      }),
    ),
  }),
  weightsManifest: v.array(v.object({ paths: v.array(v.string()), weights: v.array(WeightEntry) })),
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

  constructor(node: { name: string; op: string; inputs: string[]; attributes: Record<string, Attribute> }) {
    this.name = node.name;
    this.op = node.op;
    this.inputs = node.inputs.filter((input) => !input.startsWith('^'));
    this.#attributes = node.attributes;
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
  dtype(name: string): Tensor['dtype'] {
    const type = this.#attributes[name]?.type;
    const dtype = dataTypes[type ?? ''];
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
export function readTfjsGraph(json: unknown, readShard: (path: string) => Uint8Array): TfGraph {
  const parsed = v.safeParse(GraphJson, json);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw new ImportError(
      'malformed_source',
      `not a TensorFlow.js graph model: ${v.getDotPath(issue) ?? 'model.json'}: ${issue.message}`,
    );
  }
  const { modelTopology, weightsManifest } = parsed.output;
  const nodes = new Map<string, TfNode>();
  for (const { name, op, input, attr } of modelTopology.node) {
    nodes.set(name, new TfNode({ name, op, inputs: input, attributes: attr }));
  }
  const weights = new Map<string, Tensor>();
  for (const group of weightsManifest) {
    const bytes = Buffer.concat(group.paths.map(readShard));
    let offset = 0;
    for (const entry of group.weights) {
      const end = offset + storedBytes(entry);
      weights.set(entry.name, decodeWeight(entry, bytes.subarray(offset, end)));
      offset = end;
    }
  }
  return { nodes, weights };
}
