import { broadcast, formatDims, sameDim } from '../../onnx/dims.ts';
import { at } from '../../onnx/tensor.ts';
import type { Converter, ConverterContext } from '../graph/converter.ts';
import { computed, type Value } from '../graph/value.ts';
import { applyFused } from './convolution.ts';

/** The product of two matrices; computed or constant, each possibly transposed. */
const matMul = (ctx: ConverterContext): Value => {
  const a = ctx.input(0);
  const b = ctx.input(1);
  if (a.dims.length !== 2 || b.dims.length !== 2)
    throw ctx.unsupported('multiplies operands that are not two matrices');
  const flipA = ctx.node.flag('transpose_a', false);
  const flipB = ctx.node.flag('transpose_b', false);
  if (!sameDim(at(a.dims, flipA ? 0 : 1), at(b.dims, flipB ? 1 : 0))) {
    throw ctx.unsupported(`multiplies ${formatDims(a.dims)} with ${formatDims(b.dims)}`);
  }
  const name = ctx.add(
    'Gemm',
    [ctx.name(a), ctx.name(b)],
    { transA: { int: flipA ? 1 : 0 }, transB: { int: flipB ? 1 : 0 } },
    'product',
  );
  return computed(name, [at(a.dims, flipA ? 1 : 0), at(b.dims, flipB ? 0 : 1)], a.dtype);
};

/** Products of the last two axes; those before them broadcast. */
const batchMatMul: Converter = (ctx) => {
  const operands = [0, 1].map((index) => {
    const x = ctx.input(index);
    const rank = x.dims.length;
    if (rank < 2) throw ctx.unsupported(`multiplies an operand of ${formatDims(x.dims)}`);
    if (!ctx.node.flag(index === 0 ? 'adj_x' : 'adj_y', false)) return { name: ctx.name(x), dims: x.dims };
    const perm = [...Array(rank - 2).keys(), rank - 1, rank - 2];
    const name = ctx.add('Transpose', [ctx.name(x)], { perm: { ints: perm } }, 'turned');
    return { name, dims: perm.map((axis) => at(x.dims, axis)) };
  });
  const [a, b] = [at(operands, 0), at(operands, 1)];
  if (!sameDim(at(a.dims, -1), at(b.dims, -2))) {
    throw ctx.unsupported(`multiplies ${formatDims(a.dims)} with ${formatDims(b.dims)}`);
  }
  const before = broadcast(a.dims.slice(0, -2), b.dims.slice(0, -2));
  const name = ctx.add('MatMul', [a.name, b.name]);
  return computed(name, [...before, at(a.dims, -2), at(b.dims, -1)], ctx.input(0).dtype);
};

export const matrixOps: Record<string, Converter> = {
  MatMul: matMul,
  BatchMatMulV2: batchMatMul,
  _FusedMatMul: (ctx) => applyFused(ctx, matMul(ctx)),
};
