import type { Arrangement } from '../../onnx/sourceSession.ts';

/** Of the input, pixels. */
type Sides = Pick<Arrangement, 'width' | 'height'>;

/** Fewer numbers than this are no embedding, and have no spread to judge. */
const MIN_SIZE = 20;
/** How far from 1 the length of a normalised vector may be. */
const LENGTH_TOLERANCE = 2e-3;

/**
 * What vectors that nothing names are, by their values for a few different pictures; undefined where values do not show it.
 * `scores`: they sum to 1, or one number stands out from all others as logits do, another one for other pictures.
 * `embedding`: their length is 1. `coordinates`: places in a picture, much the same for all pictures.
 * @param rows one vector a picture
 */
export function readVector(
  rows: readonly (readonly number[])[],
  size: number,
  sides: Sides,
): 'scores' | 'embedding' | 'coordinates' | undefined {
  if (rows.length === 0 || size < 2) return undefined;
  const areNotNegative = rows.every((row) => row.every((value) => value >= -1e-3));
  if (areNotNegative && rows.every((row) => Math.abs(sum(row) - 1) < 0.02)) return 'scores';
  const hasLengthOne = (row: readonly number[]) =>
    Math.abs(Math.sqrt(sum(row.map((value) => value * value))) - 1) < LENGTH_TOLERANCE;
  if (size >= MIN_SIZE && rows.every(hasLengthOne)) return 'embedding';
  if (areCoordinates(rows, size, sides)) return 'coordinates';
  return spreadLikeLogits(rows, size) ? 'scores' : undefined;
}

/** Points lie in the picture, in pixels or in 0..1, and networks for faces and hands expect them at much the same place. */
function areCoordinates(
  rows: readonly (readonly number[])[],
  size: number,
  { width, height }: Sides,
): boolean {
  if (size < 10 || (size % 2 !== 0 && size % 3 !== 0)) return false;
  const values = rows.flat();
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  const unit = largest > 2 ? Math.max(width, height) : 1;
  const liesInside = (value: number) => value >= -0.25 * unit && value <= 1.25 * unit;
  const share = (is: (value: number) => boolean) => values.filter(is).length / values.length;
  if (share(liesInside) < 0.98 || share((value) => value >= 0) < 0.6) return false;
  const [first, ...others] = rows;
  return first !== undefined && others.length > 0 && others.every((row) => correlation(first, row) > 0.8);
}

/** Sizes that makers of embeddings choose; labels seldom have such a count. */
const isUsualForEmbeddings = (size: number) => size >= 96 && size % 32 === 0;

/** The largest of n independent normal numbers lies about sqrt(2 ln n) deviations from their mean; one that was learned further. */
function spreadLikeLogits(rows: readonly (readonly number[])[], size: number): boolean {
  if (size < MIN_SIZE || isUsualForEmbeddings(size) || rows.length < 2) return false;
  // What a ReLU cut has no negative numbers, and its largest stand out too.
  if (rows.some((row) => row.filter((value) => value < 0).length < size / 10)) return false;
  const tops = new Set(rows.map((row) => row.indexOf(largestOf(row))));
  const lead = rows.map((row) => (largestOf(row) - mean(row)) / deviation(row));
  return tops.size > 1 && mean(lead) > Math.sqrt(2 * Math.log(size));
}

const sum = (row: readonly number[]) => row.reduce((a, b) => a + b, 0);
const mean = (row: readonly number[]) => sum(row) / row.length;
const largestOf = (row: readonly number[]) => row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
const deviation = (row: readonly number[]) => {
  const middle = mean(row);
  return Math.sqrt(mean(row.map((value) => (value - middle) ** 2)));
};

function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  const together = mean(a.map((value, i) => (value - meanA) * ((b[i] ?? 0) - meanB)));
  return together / (deviation(a) * deviation(b));
}
