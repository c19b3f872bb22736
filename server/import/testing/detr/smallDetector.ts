import { OnnxGraph, type OnnxNode } from '../../onnx/onnxGraph.ts';
import { serialiseOnnx } from '../../onnx/onnxModel.ts';
import type { DType } from '../../onnx/tensor.ts';
import { float32, int64 } from '../../onnx/tensor.ts';
import { seeded } from '../opHarness.ts';

const FEATURES = 6;

/**
 * For tests: a detector of random weights, from a picture of any size to whatever an exporter's outputs are. What it gives
 * depends on the picture, so that pictures that are prepared in another way get other answers.
 */
export class SmallDetector {
  readonly graph = new OnnxGraph();
  readonly image: string;
  readonly #random: () => number;
  #features: string | undefined;

  constructor(
    image: { name: string; dtype?: DType; shape: readonly (number | string)[] },
    readonly seed = 5,
  ) {
    this.#random = seeded(seed);
    this.image = this.graph.input({ dtype: 'float32', ...image });
  }

  /** An input next to the picture. */
  input(name: string, dtype: DType, shape: readonly (number | string)[]): string {
    return this.graph.input({ name, dtype, shape });
  }

  add(op: string, inputs: readonly string[], attributes: OnnxNode['attributes'] = {}): string {
    return this.graph.add(op, inputs, attributes, op);
  }

  floats(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.graph.constant(float32(shape, values), 'floats');
  }

  ints(...values: number[]): string {
    return this.graph.constant(int64(values), 'ints');
  }

  toFloat(value: string): string {
    return this.add('Cast', [value], { to: { int: 1 } });
  }

  output(name: string, dtype: DType, shape: readonly (number | string)[], value: string): this {
    this.graph.output({ name, dtype, shape }, value);
    return this;
  }

  /** Numbers around `middle` that spread by `spread`, [N, rows, columns]. @param scale of the values that come in */
  table(
    rows: number,
    columns: number,
    { middle = () => 0, spread = 1 }: { middle?: (column: number) => number; spread?: number } = {},
  ): string {
    const draw = () => (this.#random() + this.#random() + this.#random() - 1.5) * 2;
    const count = rows * columns;
    const weights = Array.from({ length: FEATURES * count }, () => draw() * 0.3 * spread);
    const bias = Array.from({ length: count }, (_, at) => middle(at % columns) + draw() * spread);
    const product = this.add('MatMul', [this.#seen(), this.floats(weights, [FEATURES, count])]);
    const sum = this.add('Add', [product, this.floats(bias)]);
    return this.add('Reshape', [sum, this.ints(-1, rows, columns)]);
  }

  bytes(): Uint8Array {
    return serialiseOnnx(this.graph, 'detector');
  }

  /** [N, FEATURES], -1..1: mean colours of the picture after a small convolution. */
  #seen(): string {
    if (this.#features !== undefined) return this.#features;
    const weights = Array.from({ length: FEATURES * 3 * 4 }, () => this.#random() - 0.4);
    const kernel = this.floats(weights, [FEATURES, 3, 2, 2]);
    const maps = this.add('Conv', [this.toFloat(this.image), kernel], { strides: { ints: [16, 16] } });
    const means = this.add('GlobalAveragePool', [this.add('Tanh', [maps])]);
    this.#features = this.add('Reshape', [means, this.ints(-1, FEATURES)]);
    return this.#features;
  }
}
