import { OnnxGraph, type OnnxNode } from '../onnx/onnxGraph.ts';
import { serialiseOnnx } from '../onnx/onnxModel.ts';
import { float32, int64 } from '../onnx/tensor.ts';
import { seeded } from './opHarness.ts';

/** For tests: an output of a model. */
export interface GivenOutput {
  readonly name: string;
  /** Without the axis of pictures. */
  readonly shape: readonly number[];
  /** What its values were last put through; `length`: divided by their length. */
  readonly ends?: 'Softmax' | 'Sigmoid' | 'length';
  /** Whole numbers of 64 bits. */
  readonly areNumbers?: boolean;
  /** Much the same for all pictures. */
  readonly isSteady?: boolean;
}

/** For tests: a network of one layer: each number that it gives depends on the mean colour of the picture. */
export function modelGiving(
  outputs: readonly GivenOutput[],
  [height, width]: readonly [number, number] = [32, 32],
): Uint8Array {
  const random = seeded(9);
  const graph = new OnnxGraph();
  const add = (op: string, inputs: string[], attributes: OnnxNode['attributes'] = {}, hint = op) =>
    graph.add(op, inputs, attributes, hint);
  const input = graph.input({ name: 'input', dtype: 'float32', shape: ['N', 3, height, width] });
  const colour = add('ReduceMean', [input], { axes: { ints: [2, 3] }, keepdims: { int: 0 } }, 'colour');
  for (const { name, shape, ends, areNumbers, isSteady } of outputs) {
    const size = shape.reduce((a, b) => a * b, 1);
    const floats = (count: number) => Array.from({ length: count }, () => random() * 4 - 2);
    const slopes = floats(3 * size).map((slope) => (isSteady ? slope / 50 : slope));
    const weights = graph.constant(float32([3, size], slopes), 'weights');
    let value = add('Add', [
      add('MatMul', [colour, weights]),
      graph.constant(float32([size], floats(size)), 'bias'),
    ]);
    if (ends === 'length') {
      value = add('Div', [value, add('ReduceL2', [value], { axes: { ints: [1] }, keepdims: { int: 1 } })]);
    } else if (ends !== undefined) value = add(ends, [value], ends === 'Softmax' ? { axis: { int: 1 } } : {});
    value = add('Reshape', [value, graph.constant(int64([-1, ...shape]), 'shape')]);
    if (areNumbers) value = add('Cast', [value], { to: { int: 7 } });
    graph.output(
      { name, dtype: areNumbers ? 'int64' : 'float32', shape: ['N', ...shape] },
      add('Identity', [value], {}, name),
    );
  }
  return serialiseOnnx(graph, 'several');
}
