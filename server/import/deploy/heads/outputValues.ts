import type { Outputs } from '../../onnx/sourceSession.ts';

/** Those of one output; none where it is missing. */
export const dataOf = (outputs: Outputs, name: string): Float64Array =>
  outputs.get(name)?.data ?? new Float64Array(0);

/** Scores in 0..1 of one row of numbers. */
export function activate(values: Float64Array, activation: 'none' | 'softmax' | 'sigmoid'): Float64Array {
  if (activation === 'none') return values.map((value) => Math.min(1, Math.max(0, value)));
  if (activation === 'sigmoid') return values.map((value) => 1 / (1 + Math.exp(-value)));
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = values.map((value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
