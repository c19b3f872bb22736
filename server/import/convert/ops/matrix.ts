import { formatDims, sameDim } from '../../onnx/dims.ts';
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

export const matrixOps: Record<string, Converter> = {
  MatMul: matMul,
  _FusedMatMul: (ctx) => applyFused(ctx, matMul(ctx)),
};
