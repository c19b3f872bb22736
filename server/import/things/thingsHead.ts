import { BACKGROUND } from '../../../vision/things/background.ts';
import { type Head, KNOWN_FROM, KNOWN_SLOPE } from '../../../vision/things/head.ts';
import { EMBEDDING_SIZE } from '../../../vision/things/taught.ts';
import { adder } from '../deploy/heads/suppression.ts';
import type { OnnxGraph } from '../onnx/onnxGraph.ts';
import { float32, int64 } from '../onnx/tensor.ts';

/**
 * Adds the arithmetic of `likelihoods` in vision/things/head.ts.
 * @param embedding the value that holds it, [N, EMBEDDING_SIZE]
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

  const size = add('ReduceL2', [embedding], { axes: { ints: [1] }, keepdims: { int: 1 } });
  const moved = add('Sub', [add('Div', [embedding, size]), floats([EMBEDDING_SIZE], BACKGROUND)]);
  // In units of the mean length, as the shares want it.
  const weights = turned(directions.weights, count).map((weight) => weight / meanLength);
  const along = add('MatMul', [moved, floats([EMBEDDING_SIZE, count], weights)]);
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

/** The directions as columns: [EMBEDDING_SIZE, classes], of [classes, EMBEDDING_SIZE]. */
function turned(rows: Float32Array, count: number): Float64Array {
  const columns = new Float64Array(rows.length);
  for (let c = 0; c < count; c++) {
    for (let i = 0; i < EMBEDDING_SIZE; i++) columns[i * count + c] = rows[c * EMBEDDING_SIZE + i] ?? 0;
  }
  return columns;
}
