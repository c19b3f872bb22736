import type { Output, Outputs, Tensor } from '../../../vision/tasks/task.ts';
import type { ConvertedGraph } from './convert.ts';

/**
 * The data of each picture that is given: the network is written for one.
 * @throws Error where they are not as the graph takes them
 */
export function picturesOf(
  inputs: Readonly<Record<string, Tensor>>,
  { name, dims, takesBatches }: ConvertedGraph['input'],
): Tensor['data'][] {
  const given = inputs[name];
  if (given === undefined) throw new Error(`The graph needs its input "${name}".`);
  const { data } = given;
  const [count = 1, ...sides] = given.dims;
  const isOfSize = sides.join() === dims.slice(1).join();
  if (!isOfSize || !(takesBatches ? count > 0 : count === dims[0])) {
    throw new Error(`The graph takes "${name}" of ${dims}, not of ${given.dims}.`);
  }
  if (!takesBatches || count === 1) return [data];
  const length = data.length / count;
  return Array.from({ length: count }, (_, at) => data.subarray(at * length, (at + 1) * length));
}

/**
 * What the graph gives for several pictures at once, of what it gave for each.
 * @throws Error where that is not one row of each output
 */
export function joined(answers: readonly Outputs[]): Outputs {
  const names = Object.keys(answers[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, joinedRows(name, answers)]));
}

function joinedRows(name: string, answers: readonly Outputs[]): Output {
  const dims = answers[0]?.[name]?.dims.join();
  const rows = answers.map(({ [name]: output }) => {
    const data = output?.data;
    const isRow = output?.dims[0] === 1 && output.dims.join() === dims;
    if (isRow && (data instanceof Float32Array || data instanceof Int32Array)) return { ...output, data };
    throw new Error(`LiteRT.js gave "${name}" of ${output?.dims ?? 'nothing'} for one picture of several.`);
  });
  const [first] = rows;
  if (first === undefined) throw new Error('No picture was given.');
  const { length } = first.data;
  const size = rows.length * length;
  const data = first.type === 'float32' ? new Float32Array(size) : new Int32Array(size);
  for (const [at, row] of rows.entries()) data.set(row.data, at * length);
  return { type: first.type, data, dims: [rows.length, ...first.dims.slice(1)] };
}
