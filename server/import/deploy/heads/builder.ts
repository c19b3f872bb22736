import type { OnnxGraph } from '../../onnx/onnxGraph.ts';
import { float32, int64 } from '../../onnx/tensor.ts';
import type { BoxOrder } from './head.ts';
import { type Add, adder } from './suppression.ts';

/** Small ops that the backs of graphs are written with. */
export class Builder {
  readonly add: Add;
  readonly #graph: OnnxGraph;

  constructor(graph: OnnxGraph) {
    this.#graph = graph;
    this.add = adder(graph);
  }

  ints = (...values: number[]): string => this.#graph.constant(int64(values), 'livelens/ints');
  floats = (...values: number[]): string => this.constant(float32([values.length], values));
  /** A number without axes, as Clip takes it. */
  limit = (value: number): string => this.constant(float32([], [value]));

  constant(tensor: ReturnType<typeof float32>): string {
    return this.#graph.constant(tensor, 'livelens/floats');
  }

  /** Columns `from` to `to` (not included) of the last of three axes. */
  columns(value: string, from: number, to: number): string {
    return this.add('Slice', [value, this.ints(from), this.ints(to), this.ints(2)]);
  }

  /** A column of three axes as rows of two. */
  flat(value: string): string {
    return this.add('Reshape', [value, this.ints(0, -1)]);
  }

  toFloat32(value: string): string {
    return this.add('Cast', [value], { to: { int: 1 } });
  }

  /** The largest `count` values of each row and where they stood, largest first; or the smallest. */
  best(rows: string, count: number, isLargest = true): [values: string, places: string] {
    const [values = '', places = ''] = this.#graph.addMany(
      'TopK',
      [rows, this.ints(count)],
      { axis: { int: 1 }, ...(isLargest ? {} : { largest: { int: 0 } }) },
      'livelens/TopK',
      2,
    );
    return [values, places];
  }

  /** Corners in the order of `Candidates`, in 0..1. */
  corners(boxes: string, order: BoxOrder, [unitX, unitY]: readonly [number, number]): string {
    return this.add('Div', [this.#cornersOf(boxes, order), this.floats(unitX, unitY, unitX, unitY)]);
  }

  #cornersOf(boxes: string, order: BoxOrder): string {
    if (order === 'left-top-right-bottom') return boxes;
    if (order === 'top-left-bottom-right') {
      return this.add('Gather', [boxes, this.ints(1, 0, 3, 2)], { axis: { int: 2 } });
    }
    const place = this.columns(boxes, 0, 2);
    const size = this.columns(boxes, 2, 4);
    const half = this.add('Mul', [size, this.floats(0.5)]);
    const ends =
      order === 'centre-width-height'
        ? [this.add('Sub', [place, half]), this.add('Add', [place, half])]
        : [place, this.add('Add', [place, size])];
    return this.add('Concat', ends, { axis: { int: 2 } });
  }
}
