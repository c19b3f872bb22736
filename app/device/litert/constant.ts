/** Values that are known: of weights, of shapes, or of what a tail computes. Whole numbers stand as doubles, exact up to 2^53. */
export type Constant =
  | { readonly isFloat: true; readonly dims: readonly number[]; readonly data: Float32Array }
  | { readonly isFloat: false; readonly dims: readonly number[]; readonly data: Float64Array };

export const floats = (dims: readonly number[], data: Float32Array | readonly number[]): Constant => ({
  isFloat: true,
  dims,
  data: data instanceof Float32Array ? data : Float32Array.from(data),
});

export const wholes = (dims: readonly number[], data: Float64Array | readonly number[]): Constant => ({
  isFloat: false,
  dims,
  data: data instanceof Float64Array ? data : Float64Array.from(data),
});

/** Values of the same kind as `like`. */
export const constantLike = (like: Constant, dims: readonly number[], data: readonly number[]): Constant =>
  like.isFloat ? floats(dims, data) : wholes(dims, data);

export const sizeOfDims = (dims: readonly number[]): number => dims.reduce((size, dim) => size * dim, 1);

/** How far apart neighbours of each axis are, the last axis being dense. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length).fill(1);
  for (let axis = dims.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] ?? 1) * (dims[axis + 1] ?? 1);
  }
  return strides;
}

/** An axis counted from the front; -1 is the last. */
export const axisOf = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** With its axes in the order `perm`. */
export function transposed(constant: Constant, perm: readonly number[]): Constant {
  const dims = perm.map((axis) => constant.dims[axis] ?? 1);
  const from = stridesOf(constant.dims);
  const steps = perm.map((axis) => from[axis] ?? 1);
  const { data } = constant;
  const target = constant.isFloat ? new Float32Array(data.length) : new Float64Array(data.length);
  gatherStrided(data, target, dims, steps);
  return { ...constant, dims, data: target } as Constant;
}

/** Fills `target`, dense in `dims`, with what stands in `source` at these steps. */
export function gatherStrided(
  source: Float32Array | Float64Array,
  target: Float32Array | Float64Array,
  dims: readonly number[],
  steps: readonly number[],
  start = 0,
): void {
  const last = dims.length - 1;
  const inner = dims[last] ?? 1;
  const step = steps[last] ?? 1;
  let to = 0;
  const walk = (axis: number, at: number): void => {
    if (axis >= last) {
      for (let n = 0, from = at; n < inner; n++, from += step) target[to++] = source[from] ?? 0;
      return;
    }
    const count = dims[axis] ?? 1;
    const axisStep = steps[axis] ?? 1;
    for (let n = 0; n < count; n++) walk(axis + 1, at + n * axisStep);
  };
  if (target.length > 0) walk(0, start);
}
