import type { OnnxGraph } from '../../onnx/onnxGraph.ts';
import { float32, int64 } from '../../onnx/tensor.ts';
import type { ClassificationHead, EmbeddingHead } from './head.ts';
import { adder } from './suppression.ts';

/** Adds what turns a classifier's output into `scores`, float32 [N, C] in 0..1 (see vision/manifest.ts). */
export function addClassificationHead(graph: OnnxGraph, head: ClassificationHead): void {
  const add = adder(graph);
  const columns = head.isBinary ? 1 : head.classes;
  const raw = add('Cast', [head.output], { to: { int: 1 } });
  const rows = add('Reshape', [raw, graph.constant(int64([-1, columns]), 'livelens/rows')]);
  const limit = (value: number) => graph.constant(float32([], [value]), 'livelens/limit');
  // The axis is said, since older opsets have another default. Even rounding must not leave 0..1.
  const scores = {
    softmax: () => add('Softmax', [rows], { axis: { int: 1 } }),
    sigmoid: () => add('Sigmoid', [rows]),
    none: () => add('Min', [add('Max', [rows, limit(0)]), limit(1)]),
  }[head.activation]();
  const all = head.isBinary
    ? add('Concat', [add('Sub', [limit(1), scores]), scores], { axis: { int: 1 } })
    : scores;
  graph.output({ name: 'scores', dtype: 'float32', shape: ['N', head.classes] }, all);
}

/** Adds the `embedding` output, float32 [N, D], as the model gives it. */
export function addEmbeddingHead(graph: OnnxGraph, { output, size, tokens }: EmbeddingHead): void {
  const add = adder(graph);
  const ints = (...values: number[]) => graph.constant(int64(values), 'livelens/rows');
  let value = add('Cast', [output], { to: { int: 1 } });
  if (tokens > 1) {
    value = add('Reshape', [value, ints(-1, tokens, size)]);
    value = add('Gather', [value, ints(0)], { axis: { int: 1 } });
  }
  graph.output(
    { name: 'embedding', dtype: 'float32', shape: ['N', size] },
    add('Reshape', [value, ints(-1, size)]),
  );
}
