import assert from 'node:assert/strict';
import '@tensorflow/tfjs-backend-cpu';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-node';
import { convert } from '../convert/convert.ts';
import { readTfjsGraph } from '../convert/graph/tfjsGraph.ts';
import type { Dims } from '../onnx/dims.ts';
import { serialiseOnnx } from '../onnx/onnxModel.ts';
import { optimise } from '../onnx/optimise.ts';
import { elementCount } from '../onnx/tensor.ts';

/** For tests: a TensorFlow graph of a few ops, with an input `x`. */
export interface SmallGraph {
  /** In any order; the last one is the output unless `outputs` says otherwise. */
  readonly nodes: readonly SmallNode[];
  readonly weights?: Readonly<Record<string, SmallWeight>>;
  /** Sides of `x` for one picture; the batch size stands before them. */
  readonly input: readonly number[];
  readonly outputs?: readonly string[];
  /** Values of `x` lie between these; -3 and 3 by default. */
  readonly range?: readonly [low: number, high: number];
}
export interface SmallNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attr?: Readonly<Record<string, unknown>>;
}
export type SmallWeight =
  | { readonly shape: readonly number[]; readonly seed: number }
  | { readonly shape: readonly number[]; readonly floats: readonly number[] }
  | { readonly shape: readonly number[]; readonly ints: readonly number[] };

/** Attributes as they stand in model.json: text as base64, 64-bit numbers as text. */
export const text = (value: string) => ({ s: Buffer.from(value).toString('base64') });
export const int = (value: number) => ({ i: String(value) });
export const ints = (...values: number[]) => ({ list: { i: values.map(String) } });
export const texts = (...values: string[]) => ({ list: { s: values.map((value) => text(value).s) } });
export const flag = (value: boolean) => ({ b: value });

/** A weight of whole numbers. */
export const whole = (
  values: readonly number[],
  shape: readonly number[] = [values.length],
): SmallWeight => ({
  shape,
  ints: values,
});

/** Repeatable numbers of 0..1 (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function weightBytes(weight: SmallWeight): Buffer {
  const count = elementCount(weight.shape);
  const values =
    'ints' in weight
      ? Int32Array.from(weight.ints)
      : 'floats' in weight
        ? Float32Array.from(weight.floats)
        : Float32Array.from({ length: count }, seeded(weight.seed)).map((value) => value * 2 - 1);
  assert.equal(values.length, count);
  return Buffer.from(values.buffer);
}

/** The graph as a model.json with its one shard. */
function toModelJson({ nodes, weights = {}, input }: SmallGraph) {
  const entries = Object.entries(weights);
  const dim = [-1, ...input].map((size) => ({ size: String(size) }));
  return {
    json: {
      modelTopology: {
        versions: {},
        node: [
          { name: 'x', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim } } } },
          ...entries.map(([name]) => ({ name, op: 'Const', attr: {} })),
          ...nodes.map(({ name, op, inputs, attr = {} }) => ({ name, op, input: [...inputs], attr })),
        ],
      },
      weightsManifest: [
        {
          paths: ['shard'],
          weights: entries.map(([name, weight]) => ({
            name,
            shape: [...weight.shape],
            dtype: 'ints' in weight ? ('int32' as const) : ('float32' as const),
          })),
        },
      ],
    },
    shard: Buffer.concat(entries.map(([, weight]) => weightBytes(weight))),
  };
}

/** Converts the graph with `x` of [N, ...input] as its input. */
export function convertSmall(graph: SmallGraph) {
  const { json, shard } = toModelJson(graph);
  const dims: Dims = [{ perImage: 1 }, ...graph.input];
  const converted = convert({
    graph: readTfjsGraph(json, () => shard),
    input: { tensor: 'x', dims, dtype: 'float32' },
    front: (onnx) => onnx.input({ name: 'x', dtype: 'float32', shape: ['N', ...graph.input] }),
    outputs: outputsOf(graph),
  });
  converted.outputs.forEach(({ name, dims: outputDims, dtype }, i) => {
    const shape = outputDims.map((dim) => (typeof dim === 'number' ? dim : `${dim.perImage}N`));
    converted.graph.output({ name: `output${i}`, dtype, shape }, name);
  });
  optimise(converted.graph);
  return converted.graph;
}

const outputsOf = ({ nodes, outputs }: SmallGraph): readonly string[] =>
  outputs ?? [nodes.at(-1)?.name ?? 'x'];

/**
 * Runs the graph in TensorFlow.js and, converted, in onnxruntime, on the same random batch of two, and asserts
 * that all outputs have the same shape and values.
 *
 * @returns the ops of the converted graph, in order
 */
export async function assertSameAnswers(graph: SmallGraph, seed: number): Promise<string[]> {
  const shape = [2, ...graph.input];
  const [low, high] = graph.range ?? [-3, 3];
  const data = Float32Array.from({ length: elementCount(shape) }, seeded(seed)).map(
    (value) => low + value * (high - low),
  );
  const expected = await runTfjs(graph, data, shape);
  const converted = convertSmall(graph);
  const session = await ort.InferenceSession.create(serialiseOnnx(converted, 'small'), {
    intraOpNumThreads: 1,
    // What is on trial is our graph, not the runtime's rewriting of it.
    graphOptimizationLevel: 'disabled',
  });
  const found = await session.run({ x: new ort.Tensor('float32', data, shape) });
  expected.forEach((tensor, i) => {
    const output = found[`output${i}`];
    assert.ok(output, `output ${i}`);
    assert.deepEqual([...output.dims], tensor.shape, `shape of output ${i}`);
    const values = Array.from(output.data as ArrayLike<number>);
    tensor.values.forEach((value, at) => {
      const difference = Math.abs(value - (values[at] ?? Number.NaN));
      assert.ok(
        difference <= 1e-4 * Math.max(1, Math.abs(value)),
        `output ${i}[${at}]: ${value}, not ${values[at]}`,
      );
    });
  });
  return converted.nodes.map(({ op }) => op);
}

async function runTfjs(graph: SmallGraph, data: Float32Array, shape: number[]) {
  await tf.setBackend('cpu');
  const { json, shard } = toModelJson(graph);
  const weightData = shard.buffer.slice(shard.byteOffset, shard.byteOffset + shard.byteLength) as ArrayBuffer;
  const weightSpecs = json.weightsManifest[0]?.weights ?? [];
  const model = await loadGraphModel({
    load: async () => ({ modelTopology: json.modelTopology, weightSpecs, weightData }),
  });
  const input = tf.tensor(data, shape);
  const outputs = [model.execute({ x: input }, [...outputsOf(graph)])].flat() as tf.Tensor[];
  const results = await Promise.all(
    outputs.map(async (output) => ({ shape: output.shape, values: Array.from(await output.data()) })),
  );
  tf.dispose([input, outputs]);
  model.dispose();
  return results;
}
