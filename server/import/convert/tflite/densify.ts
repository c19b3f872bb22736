import { aboutTflite } from '../../../../protocol/sentences/tflite.ts';
import { ImportError } from '../../importError.ts';
import { elementCount } from '../../onnx/tensor.ts';
import type { FlatTable } from './flatTable.ts';

interface Level {
  /** Number of entries; of a sparse level each parent has its own. */
  readonly size: number;
  readonly sparse: { readonly segments: readonly number[]; readonly indices: readonly number[] } | undefined;
}

/**
 * Spreads the values that a sparse tensor keeps over its whole shape, as `FormatConverter` of TensorFlow Lite does:
 * levels are gone through in `traversal_order`, those behind the tensor's own axes are blocks within an axis.
 * @throws ImportError `malformed_source`
 */
export function densify(kept: Float32Array, shape: readonly number[], sparsity: FlatTable): Float32Array {
  const rank = shape.length;
  const order = sparsity.ints(0);
  const blockMap = sparsity.ints(1);
  const tables = sparsity.tables(2);
  // An axis has one block at most. Levels are walked by recursion: their number must not be the file's choice.
  const isWhole =
    blockMap.length <= rank && tables.length === rank + blockMap.length && order.length === tables.length;
  if (!isWhole || order.some((level) => level < 0 || level >= tables.length)) throw malformed();
  const levels = tables.map(readLevel);
  const dense = new Float32Array(elementCount(shape));
  const position = new Array<number>(levels.length).fill(0);
  let next = 0;
  // Levels of size 1 are passed without a value; whoever has more of them than this means harm.
  let stepsLeft = (dense.length + 1) * 4;
  const place = (): void => {
    const index = new Array<number>(rank).fill(0);
    order.forEach((level, at) => {
      const axis = level < rank ? level : (blockMap[level - rank] ?? -1);
      const block = level < rank ? 1 : (levels[level]?.size ?? 0);
      index[axis] = (index[axis] ?? Number.NaN) * block + (position[at] ?? 0);
    });
    const to = index.reduce((flat, at, axis) => flat * (shape[axis] ?? 0) + at, 0);
    const isInside = index.every((at, axis) => at >= 0 && at < (shape[axis] ?? 0));
    const value = kept[next++];
    if (!isInside || index.length !== rank || value === undefined) throw malformed();
    dense[to] = value;
  };
  const walk = (depth: number, parent: number): void => {
    stepsLeft -= 1;
    if (stepsLeft < 0) throw malformed();
    const level = levels[depth];
    if (level === undefined) {
      place();
      return;
    }
    if (level.sparse === undefined) {
      for (let i = 0; i < level.size; i++) {
        position[depth] = i;
        walk(depth + 1, parent * level.size + i);
      }
      return;
    }
    const { segments, indices } = level.sparse;
    for (let i = segments[parent] ?? 0; i < (segments[parent + 1] ?? 0); i++) {
      const index = indices[i];
      if (index === undefined) throw malformed();
      position[depth] = index;
      walk(depth + 1, i);
    }
  };
  walk(0, 0);
  return dense;
}

function readLevel(table: FlatTable): Level {
  const isSparse = table.byte(0) === 1;
  const segments = isSparse ? numbers(table, 2) : [];
  return {
    size: table.int(1),
    sparse: isSparse ? { segments, indices: numbers(table, 4) } : undefined,
  };
}

/** A union of whole numbers of 32, 16 and 8 bits. */
function numbers(table: FlatTable, field: number): number[] {
  const values = table.table(field + 1);
  switch (table.byte(field)) {
    case 1:
      return values?.ints(0) ?? [];
    case 2:
      return values?.shorts(0) ?? [];
    case 3:
      return [...(values?.bytes(0) ?? [])];
    default:
      throw malformed();
  }
}

const malformed = () => new ImportError('malformed_source', aboutTflite('lite_sparse_wrong'));
