import { float32, type Tensor } from '../../onnx/tensor.ts';
import type { Converter } from '../graph/converter.ts';
import { computed, type Value } from '../graph/value.ts';
import { applyBinary, applyUnary, clip } from './arithmetic.ts';

const wholeNumber = (value: number): Tensor => ({ dtype: 'uint8', shape: [], data: Uint8Array.of(value) });

/**
 * Real numbers as a quantized tensor of TensorFlow Lite can hold them: the nearest of 256 (or 65,536) steps, and cut at
 * both ends. Graphs without any activation rely on the cut.
 */
const rounding: Converter = (ctx) => {
  const x = ctx.input(0);
  const scale = ctx.node.float('scale', 1);
  const zero = ctx.node.int('zero', 0);
  if (ctx.node.int('bits', 8) === 16) {
    const step: Value = constant(scale);
    const steps = applyUnary(ctx, applyBinary(ctx, x, step, 'Div', 'steps'), 'Round', {}, 'whole');
    return applyBinary(ctx, clip(ctx, steps, -32768 - zero, 32767 - zero, 'cut'), step, 'Mul');
  }
  if (!Number.isInteger(zero) || zero < 0 || zero > 255) throw ctx.malformed(`has the zero point ${zero}`);
  const layout = x.kind === 'computed' ? x.layout : 'last';
  const by = [ctx.addConstant(float32([], [scale]), 'scale'), ctx.addConstant(wholeNumber(zero), 'zero')];
  const whole = ctx.add('QuantizeLinear', [ctx.name(x, layout), ...by], {}, 'whole');
  return computed(ctx.add('DequantizeLinear', [whole, ...by]), x.dims, 'float32', layout);
};

function constant(value: number): Value {
  const tensor = float32([], [value]);
  return { kind: 'constant', dtype: 'float32', dims: [], tensor };
}

export const roundingOps: Record<string, Converter> = { LiteRounding: rounding };
