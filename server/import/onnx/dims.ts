import { ImportError } from '../importError.ts';

/**
 * One side of a tensor: a number known at import, or a multiple of the batch size N, which is not.
 * `{ perImage: 1 }` is N itself.
 */
export type Dim = number | { readonly perImage: number };
export type Dims = readonly Dim[];

export const batch: Dim = { perImage: 1 };

/** No model of pictures has tensors of more axes. */
export const maxRank = 8;
/** Of one tensor for one picture: 1 GiB of float32. What asks for more is a mistake or an attack. */
const maxElementsPerImage = 2 ** 28;

/** @throws ImportError for no shape at all, or one of more than any machine should give to a model */
export function requireReasonable(dims: Dims, what: string): void {
  const sizes = dims.map((dim) => (typeof dim === 'number' ? dim : dim.perImage));
  const elements = sizes.reduce((product, size) => product * size, 1);
  const sound = dims.length <= maxRank && sizes.every((size) => Number.isSafeInteger(size) && size >= 0);
  if (sound && elements <= maxElementsPerImage) return;
  throw new ImportError(
    'unsupported_use',
    `${what} has the shape ${formatDims(dims.slice(0, maxRank + 1))}; sides must not be negative, ` +
      `the number of axes at most ${maxRank} and that of elements at most ${maxElementsPerImage}`,
  );
}

export const sameDim = (a: Dim, b: Dim): boolean =>
  typeof a === 'number' || typeof b === 'number' ? a === b : a.perImage === b.perImage;

export function formatDims(dims: Dims): string {
  return `[${dims.map(formatDim).join(', ')}]`;
}
function formatDim(dim: Dim): string {
  if (typeof dim === 'number') return String(dim);
  return dim.perImage === 1 ? 'N' : `${dim.perImage}N`;
}

/** How many elements there are, itself a Dim. */
export function countOf(dims: Dims): Dim {
  return dims.reduce((product, dim) => {
    if (typeof product === 'number' && typeof dim === 'number') return product * dim;
    if (typeof product === 'number') return scaled(dim, product);
    if (typeof dim === 'number') return scaled(product, dim);
    throw new ImportError('unsupported_use', `the batch size twice in one shape: ${formatDims(dims)}`);
  }, 1);
}

/** `dim * factor`. */
export function scaled(dim: Dim, factor: number): Dim {
  return typeof dim === 'number' ? dim * factor : { perImage: dim.perImage * factor };
}

/** `total / part`, which must leave no rest. */
export function divided(total: Dim, part: Dim): Dim {
  const quotient =
    typeof total === 'number'
      ? typeof part === 'number'
        ? total / part
        : Number.NaN
      : typeof part === 'number'
        ? total.perImage / part
        : total.perImage / part.perImage;
  if (!Number.isInteger(quotient)) {
    throw new ImportError(
      'unsupported_use',
      `${formatDim(total)} elements do not divide by ${formatDim(part)}`,
    );
  }
  return typeof total !== 'number' && typeof part === 'number' ? { perImage: quotient } : quotient;
}

/** The shape two operands stretch to, by NumPy's rules. */
export function broadcast(a: Dims, b: Dims): Dims {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[i - rank + a.length] ?? 1;
    const right = b[i - rank + b.length] ?? 1;
    if (right === 1 || sameDim(left, right)) return left;
    if (left === 1) return right;
    throw new ImportError(
      'malformed_source',
      `shapes ${formatDims(a)} and ${formatDims(b)} do not broadcast`,
    );
  });
}

/** A side that must be known at import. */
export function known(dim: Dim | undefined, what: string): number {
  if (typeof dim === 'number') return dim;
  throw new ImportError(
    'unsupported_use',
    `${what} must be known at import, it is ${dim ? formatDim(dim) : 'absent'}`,
  );
}
