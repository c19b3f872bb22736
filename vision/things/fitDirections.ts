/** What tells taught things from the average picture, and from one another: linear discriminants. */
export interface Directions {
  /** As many numbers as an embedding has for each class, one after the other. */
  readonly weights: Float32Array;
  /** How far the middle of each class lies along its own direction. */
  readonly lengths: Float32Array;
}

/** Embeddings of the views of each sample of each class, normalised. */
export type ClassSamples = readonly (readonly (readonly Float32Array[])[])[];

/** How much of the spread is taken to be the same in all directions: few samples show little of it. */
const SHRINKAGE = 0.2;
/** Spread of one number of an embedding, at the least: a single sample has almost none. */
const MIN_VARIANCE = 2e-4;
/** Embeddings whose spread is measured, at most: more cost time and show nothing new. */
const MAX_SPREAD = 300;

/**
 * Linear discriminant analysis with the mean of each class and one shared, shrunk covariance: (1 - s) C + s v I. With fewer
 * embeddings than numbers in one, its inverse is computed by the Woodbury identity, from their products with one another.
 */
export function fitDirections(classes: ClassSamples): Directions {
  const size = classes[0]?.[0]?.[0]?.length ?? 0;
  const means = classes.map((samples) => meanOf(samples.flat(), size));
  const rows = evenly(
    classes.flatMap((samples, c) => samples.flat().map((view) => ({ view, mean: means[c] }))),
    MAX_SPREAD,
  ).map(({ view, mean }) => view.map((value, i) => value - (mean?.[i] ?? 0)));
  const variance = Math.max(MIN_VARIANCE, squaresOf(rows) / Math.max(1, rows.length) / Math.max(1, size));
  const ridge = SHRINKAGE * variance;
  const scale = (1 - SHRINKAGE) / Math.max(1, rows.length);
  // L of L Lᵀ = R Rᵀ + (ridge / scale) I
  const factor = choleskyOf(
    rows.map((one, i) =>
      rows.slice(0, i + 1).map((other, j) => dot(one, other) + (i === j ? ridge / scale : 0)),
    ),
  );
  const weights = new Float32Array(classes.length * size);
  const lengths = new Float32Array(classes.length);
  for (const [c, mean] of means.entries()) {
    const shares = solve(
      factor,
      rows.map((row) => dot(row, mean)),
    );
    const weight = weights.subarray(c * size, (c + 1) * size);
    weight.set(mean);
    for (const [r, row] of rows.entries()) {
      const share = shares[r] ?? 0;
      for (let i = 0; i < size; i++) weight[i] = (weight[i] ?? 0) - share * (row[i] ?? 0);
    }
    for (let i = 0; i < size; i++) weight[i] = (weight[i] ?? 0) / ridge;
    lengths[c] = dot(weight, mean);
  }
  return { weights, lengths };
}

/** How far an embedding lies along each class's direction. */
export function project({ weights, lengths }: Directions, embedding: Float32Array): Float32Array {
  const size = embedding.length;
  return lengths.map((_length, c) => {
    let sum = 0;
    const start = c * size;
    for (let i = 0; i < size; i++) sum += (weights[start + i] ?? 0) * (embedding[i] ?? 0);
    return sum;
  });
}

/** What tells classes apart, in units of the mean length, so that one sharpness fits collections of any size. */
export function logitsOf(lengths: Float32Array, along: Float32Array): Float32Array {
  const mean = lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, lengths.length);
  return along.map((value, c) => (value - (lengths[c] ?? 0) / 2) / mean);
}

function meanOf(views: readonly Float32Array[], size: number): Float32Array {
  const mean = new Float32Array(size);
  for (const view of views) for (let i = 0; i < size; i++) mean[i] = (mean[i] ?? 0) + (view[i] ?? 0);
  return mean.map((sum) => sum / Math.max(1, views.length));
}

/** At most this many of them, spread evenly. */
export function evenly<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)]).filter(
    (one): one is T => one !== undefined,
  );
}

/** Four sums, which do not wait for one another: twice as fast. */
function dot(a: Float32Array, b: Float32Array): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (let i = 0; i < a.length; i += 4) {
    s0 += (a[i] ?? 0) * (b[i] ?? 0);
    s1 += (a[i + 1] ?? 0) * (b[i + 1] ?? 0);
    s2 += (a[i + 2] ?? 0) * (b[i + 2] ?? 0);
    s3 += (a[i + 3] ?? 0) * (b[i + 3] ?? 0);
  }
  return s0 + s1 + s2 + s3;
}

const squaresOf = (rows: readonly Float32Array[]): number =>
  rows.reduce((sum, row) => sum + dot(row, row), 0);

/** Lower triangle, row by row, of a positive definite matrix, given as its own lower triangle. */
function choleskyOf(matrix: readonly (readonly number[])[]): readonly Float64Array[] {
  const factor: Float64Array[] = [];
  for (const [i, row] of matrix.entries()) {
    const own = new Float64Array(i + 1);
    for (let j = 0; j <= i; j++) {
      const other = j === i ? own : (factor[j] ?? own);
      let sum = row[j] ?? 0;
      for (let k = 0; k < j; k++) sum -= (own[k] ?? 0) * (other[k] ?? 0);
      own[j] = j === i ? Math.sqrt(Math.max(sum, Number.EPSILON)) : sum / (other[j] ?? 1);
    }
    factor.push(own);
  }
  return factor;
}

/** x of L Lᵀ x = b */
function solve(factor: readonly Float64Array[], b: readonly number[]): Float64Array {
  const n = factor.length;
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    const row = factor[i];
    let sum = x[i] ?? 0;
    for (let k = 0; k < i; k++) sum -= (row?.[k] ?? 0) * (x[k] ?? 0);
    x[i] = sum / (row?.[i] ?? 1);
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i] ?? 0;
    for (let k = i + 1; k < n; k++) sum -= (factor[k]?.[i] ?? 0) * (x[k] ?? 0);
    x[i] = sum / (factor[i]?.[i] ?? 1);
  }
  return x;
}
