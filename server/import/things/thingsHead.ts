import { BACKGROUND } from '../../../vision/things/background.ts';
import { type Head, KNOWN_FROM, KNOWN_SLOPE } from '../../../vision/things/head.ts';
import { adder } from '../deploy/heads/suppression.ts';
import type { OnnxGraph } from '../onnx/onnxGraph.ts';
import { float32, int64 } from '../onnx/tensor.ts';

/**
 * Adds the arithmetic of `likelihoods` in vision/things/head.ts.
 * @param embedding the value that holds it, [N, size]
 * @returns the value of the likelihoods, [N, things + 1], "unknown" last
 */
export function addThingsHead(graph: OnnxGraph, embedding: string, head: Head): string {
  const add = adder(graph);
  const floats = (shape: readonly number[], values: ArrayLike<number>) =>
    graph.constant(float32(shape, values), 'livelens/floats');
  const ints = (...values: number[]) => graph.constant(int64(values), 'livelens/ints');
  const { classes, directions, calibration } = head;
  const count = classes.length;
  const { lengths } = directions;
  const meanLength = lengths.reduce((sum, length) => sum + length, 0) / count;

  const background = head.embedder?.background ?? BACKGROUND;
  const size = background.length;
  // Not ReduceL2, which has its axes elsewhere from opset 18 on: the embedder may be of any.
  const ones = floats([size, 1], new Float32Array(size).fill(1));
  const length = add('Sqrt', [add('MatMul', [add('Mul', [embedding, embedding]), ones])]);
  const moved = add('Sub', [add('Div', [embedding, length]), floats([size], background)]);
  // In units of the mean length, as the shares want it.
  const weights = turned(directions.weights, count, size).map((weight) => weight / meanLength);
  const along = add('MatMul', [moved, floats([size, count], weights)]);
  const halves = Float64Array.from(lengths, (length) => length / 2 / meanLength);
  const logits = add('Sub', [along, floats([count], halves)]);

  // One softmax for each sharpness, [N, sharpness, classes], and their weighted mean.
  const values = calibration.sharpness.map(({ value }) => value);
  const shareOfEach = calibration.sharpness.map(({ weight }) => weight);
  const sharpened = add('Mul', [
    add('Reshape', [logits, ints(-1, 1, count)]),
    floats([values.length, 1], values),
  ]);
  const each = add('Softmax', [sharpened], { axis: { int: 2 } });
  const mean = add('MatMul', [floats([1, values.length], shareOfEach), each]);
  const shares = add('Reshape', [mean, ints(-1, count)]);

  const best = add('ArgMax', [logits], { axis: { int: 1 }, keepdims: { int: 1 } });
  const inOwnLength = floats(
    [count],
    Float64Array.from(lengths, (length) => meanLength / length),
  );
  const part = add('GatherElements', [add('Mul', [along, inOwnLength]), best], { axis: { int: 1 } });
  const steep = add('Mul', [add('Sub', [part, floats([1], [KNOWN_FROM])]), floats([1], [KNOWN_SLOPE])]);
  const known = add('Sigmoid', [steep]);

  const named = classes.flatMap(({ isNothing }, c) => (isNothing ? [] : [c]));
  const likelihoods = add('Mul', [add('Gather', [shares, ints(...named)], { axis: { int: 1 } }), known]);
  const sum = add('MatMul', [likelihoods, floats([named.length, 1], new Float32Array(named.length).fill(1))]);
  const rest = add('Sub', [floats([1], [1]), sum]);
  // Rounding must not leave 0..1.
  const unknown = add('Max', [rest, floats([1], [0])]);
  return add('Concat', [likelihoods, unknown], { axis: { int: 1 } });
}

/** The directions as columns: [size, classes], of [classes, size]. */
function turned(rows: Float32Array, count: number, size: number): Float64Array {
  const columns = new Float64Array(rows.length);
  for (let c = 0; c < count; c++) {
    for (let i = 0; i < size; i++) columns[i * count + c] = rows[c * size + i] ?? 0;
  }
  return columns;
}
