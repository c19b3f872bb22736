import { ImportError } from '../../importError.ts';
import { type Dims, formatDims, requireReasonable } from '../../onnx/dims.ts';
import type { OnnxGraph, OnnxNode } from '../../onnx/onnxGraph.ts';
import { at, int64, reshape, type Tensor, transpose } from '../../onnx/tensor.ts';
import type { TfNode } from './tfjsGraph.ts';
import { firstToLast, type Layout, lastToFirst, type Value } from './value.ts';

/** Turns one TensorFlow node into ONNX nodes and says what its outputs are. */
export type Converter = (ctx: ConverterContext) => Value | Value[];

/** Runs a converter and checks its outputs. */
export function applyConverter(converter: Converter, ctx: ConverterContext): Value[] {
  const result = converter(ctx);
  const values = Array.isArray(result) ? result : [result];
  for (const { kind, dims } of values) {
    if (kind === 'computed') requireReasonable(dims, `the result of ${ctx.node}`);
  }
  return values;
}

/** What a converter sees: its node, its inputs, and the graph it adds to. */
export class ConverterContext {
  readonly node: TfNode;
  readonly inputs: readonly Value[];
  readonly graph: OnnxGraph;

  constructor(node: TfNode, inputs: readonly Value[], graph: OnnxGraph) {
    this.node = node;
    this.inputs = inputs;
    this.graph = graph;
  }

  input(index: number): Value {
    const value = this.inputs[index];
    if (value === undefined) throw this.malformed(`has ${this.inputs.length} inputs, needs ${index + 1}`);
    return value;
  }

  /** An input that must be known at import. */
  constant(index: number): Tensor {
    const value = this.input(index);
    if (value.kind !== 'constant')
      throw this.unsupported(`input ${index} is computed, it must be a constant`);
    return value.tensor;
  }

  /** A float32 input that must be known at import. */
  weights(index: number): Tensor & { dtype: 'float32' } {
    const tensor = this.constant(index);
    if (tensor.dtype !== 'float32') throw this.unsupported(`input ${index} is ${tensor.dtype}, not float32`);
    return tensor;
  }

  /** An input of whole numbers that are known up to the batch size. */
  sizes(index: number): Dims {
    const value = this.input(index);
    if (value.kind === 'sizes') return value.sizes;
    return Array.from(this.constant(index).data, Number);
  }

  /** An input of whole numbers that are known at import. */
  ints(index: number): number[] {
    return this.sizes(index).map((size) => {
      if (typeof size !== 'number') throw this.unsupported(`input ${index} depends on the batch size`);
      return size;
    });
  }
  int(index: number): number {
    return at(this.ints(index), 0);
  }

  /** The ONNX name of a value in the given layout; adds what is missing, once for each value. */
  name(value: Value, layout: Layout = 'last'): string {
    switch (value.kind) {
      case 'constant':
        return this.#constantName(value.tensor, layout);
      case 'sizes':
        throw this.unsupported('computes with a shape that depends on the batch size');
      case 'computed': {
        const { names, dims } = value;
        const present = names[layout];
        if (present !== undefined) return present;
        const other = names[layout === 'last' ? 'first' : 'last'];
        if (other === undefined || dims.length !== 4) {
          throw this.unsupported(`needs four axes to put channels ${layout}, got ${formatDims(dims)}`);
        }
        const order = layout === 'first' ? lastToFirst : firstToLast;
        const name = this.graph.add(
          'Transpose',
          [other],
          { perm: { ints: order } },
          `${other}:channels-${layout}`,
        );
        names[layout] = name;
        return name;
      }
    }
  }

  #constantName(tensor: Tensor, layout: Layout): string {
    if (layout === 'last' || tensor.data.length === 1)
      return this.graph.constant(tensor, `${this.node.name}:const`);
    const { shape } = tensor;
    const fourAxes = reshape(tensor, [...new Array<number>(4 - shape.length).fill(1), ...shape]);
    return this.graph.constant(transpose(fourAxes, lastToFirst), `${this.node.name}:const`);
  }

  /** Adds an ONNX node named after the TensorFlow one; `part` distinguishes several. */
  add(op: string, inputs: readonly string[], attributes: OnnxNode['attributes'] = {}, part = ''): string {
    return this.graph.add(op, inputs, attributes, part ? `${this.node.name}:${part}` : this.node.name);
  }

  /** Adds a constant that parametrises this node. */
  addConstant(tensor: Tensor, part: string): string {
    return this.graph.constant(tensor, `${this.node.name}:${part}`);
  }
  addInts(values: readonly number[], part: string): string {
    return this.addConstant(int64(values), part);
  }

  unsupported(reason: string): ImportError {
    return new ImportError('unsupported_use', `${this.node}: ${reason}`);
  }
  malformed(reason: string): ImportError {
    return new ImportError('malformed_source', `${this.node}: ${reason}`);
  }
}
