import type { Output, Outputs } from '../../vision/tasks/task.ts';

/** Pictures of one size, one after the other. */
export function joinPictures(pictures: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pictures.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const picture of pictures) {
    all.set(picture, at);
    at += picture.length;
  }
  return all;
}

/** Which picture a row is of, 0.., in outputs of detectors. */
const IMAGES = 'images';

/**
 * The outputs of a run on several pictures as runs on each would have given them.
 * @param by see TaskDefinition.batch
 * @throws Error where an output does not tell its pictures apart
 */
export function outputsOfEach(outputs: Outputs, count: number, by: 'pictures' | 'rows'): Outputs[] {
  const rowsOf = by === 'rows' ? rowsByImage(outputs[IMAGES], count) : undefined;
  return Array.from({ length: count }, (_, picture) =>
    Object.fromEntries(
      Object.entries(outputs).map(([name, output]) => {
        if (output === undefined) return [name, output];
        const rows = rowsOf ? (rowsOf[picture] ?? []) : [picture];
        const expected = rowsOf ? rowsOf.reduce((sum, { length }) => sum + length, 0) : count;
        if (output.dims[0] !== expected) {
          throw new Error(
            `Output "${name}" of ${count} pictures: ${expected} rows expected, got ${output.dims[0]}.`,
          );
        }
        return [name, rowsAt(name, output, rows)];
      }),
    ),
  );
}

function rowsByImage(images: Output | undefined, count: number): number[][] {
  if (!(images?.data instanceof Int32Array)) throw new Error(`Output "${IMAGES}" of the graph is missing.`);
  const rows: number[][] = Array.from({ length: count }, () => []);
  images.data.forEach((image, row) => {
    const own = rows[image];
    if (own === undefined) throw new Error(`A row is of picture ${image}, of ${count}.`);
    own.push(row);
  });
  return rows;
}

function rowsAt(
  name: string,
  { type, data, dims: [count = 0, ...dims] }: Output,
  rows: readonly number[],
): Output {
  if (!(data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint8Array)) {
    throw new Error(`Output "${name}" has values of an unexpected type, ${type}.`);
  }
  const size = count === 0 ? 0 : data.length / count;
  const picked = new (data.constructor as typeof Float32Array)(rows.length * size);
  rows.forEach((row, at) => {
    picked.set(data.subarray(row * size, (row + 1) * size), at * size);
  });
  return { type, data: picked, dims: [rows.length, ...dims] };
}
