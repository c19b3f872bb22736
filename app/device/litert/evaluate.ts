import {
  axisOf,
  type Constant,
  constantLike,
  floats,
  gatherStrided,
  sizeOfDims,
  stridesOf,
  transposed,
  wholes,
} from './constant.ts';
import {
  broadcastDims,
  listOf,
  numberOf,
  numbersOf,
  reducedDims,
  reshapedDims,
  sliceRanges,
  splitSizes,
  squeezedDims,
  unsqueezedDims,
} from './dims.ts';
import { gather, gatherElements, gatherNd } from './gathering.ts';
import { DATA_TYPE, type OnnxNode } from './onnxReader.ts';
import { around, dense, type Evaluate, made, needed } from './operator.ts';
import { suppress } from './suppress.ts';

/**
 * Whether `evaluated` has this operator: those that the back of a detector has from its suppression on, and those that shapes are computed
 * with. It is for a few thousand numbers, not for a network.
 */
export const canEvaluate = ({ op, attributes }: Pick<OnnxNode, 'op' | 'attributes'>): boolean =>
  Object.hasOwn(OPERATORS, op) && (op !== 'Cast' || CAST_TYPES.has(numberOf(attributes, 'to', 0)));

/** Not floats of other sizes, which round. */
const CAST_TYPES: ReadonlySet<number> = new Set([
  DATA_TYPE.float32,
  DATA_TYPE.uint8,
  DATA_TYPE.int8,
  DATA_TYPE.int32,
  DATA_TYPE.int64,
  DATA_TYPE.bool,
]);

/**
 * What a node gives for these values, by the names of its outputs; one that no one asks for has none.
 * @throws Error for an operator that it does not have, or an input that is missing
 */
export function evaluated(
  node: OnnxNode,
  inputs: readonly (Constant | undefined)[],
): [name: string, value: Constant][] {
  const operator = OPERATORS[node.op];
  if (operator === undefined) throw new Error(`${node.op} is not an operator that is evaluated here.`);
  const result = operator(inputs, node.attributes, node.outputs.length);
  return ('data' in result ? [result] : result).flatMap((value, at): [string, Constant][] => {
    const name = node.outputs[at];
    return name ? [[name, value]] : [];
  });
}

const ofEach =
  (compute: (value: number) => number): Evaluate =>
  (inputs) => {
    const input = needed(inputs);
    return made(input, input.dims, input.data.map(compute));
  };

/** Stretched to these dims, as a copy. */
function stretched(input: Constant, dims: readonly number[]): Constant {
  const from = stridesOf(input.dims);
  const missing = dims.length - input.dims.length;
  const steps = dims.map((_, at) => ((input.dims[at - missing] ?? 1) === 1 ? 0 : (from[at - missing] ?? 0)));
  const data = dense(input, sizeOfDims(dims));
  gatherStrided(input.data, data, dims.length === 0 ? [1] : dims, steps);
  return made(input, dims, data);
}

function combine(a: Constant, b: Constant, compute: (a: number, b: number) => number): Constant {
  const dims = broadcastDims(a.dims, b.dims);
  const left = stretched(a, dims).data;
  const right = stretched(b, dims).data;
  return made(
    a,
    dims,
    left.map((value, at) => compute(value, right[at] ?? 0)),
  );
}

const ofTwo =
  (compute: (a: number, b: number) => number): Evaluate =>
  (inputs) =>
    combine(needed(inputs), needed(inputs, 1), compute);

const comparing =
  (compute: (a: number, b: number) => boolean): Evaluate =>
  (inputs) => {
    const { dims, data } = combine(needed(inputs), needed(inputs, 1), (a, b) => (compute(a, b) ? 1 : 0));
    return wholes(dims, Array.from(data));
  };

const ofAll =
  (compute: (a: number, b: number) => number): Evaluate =>
  (inputs) =>
    inputs.flatMap((input) => input ?? []).reduce((a, b) => combine(a, b, compute));

const argMax: Evaluate = (inputs, attributes) => {
  const { dims, data } = needed(inputs);
  const axis = axisOf(numberOf(attributes, 'axis', 0), dims.length);
  const [before, side, behind] = around(dims, axis);
  const takesLast = numberOf(attributes, 'select_last_index', 0) !== 0;
  const best = new Float64Array(before * behind);
  for (let outer = 0; outer < before; outer++) {
    for (let inner = 0; inner < behind; inner++) {
      let top = Number.NEGATIVE_INFINITY;
      for (let at = 0, from = outer * side * behind + inner; at < side; at++, from += behind) {
        const value = data[from] ?? 0;
        if (value > top || (takesLast && value === top)) {
          top = value;
          best[outer * behind + inner] = at;
        }
      }
    }
  }
  return wholes(reducedDims(dims, [axis], numberOf(attributes, 'keepdims', 1) !== 0), best);
};

const topK: Evaluate = (inputs, attributes) => {
  const input = needed(inputs);
  const { dims, data } = input;
  const axis = axisOf(numberOf(attributes, 'axis', -1), dims.length);
  const [before, side, behind] = around(dims, axis);
  const count = needed(inputs, 1).data[0] ?? 0;
  const sign = numberOf(attributes, 'largest', 1) === 0 ? 1 : -1;
  const values = dense(input, before * count * behind);
  const places = new Float64Array(values.length);
  for (let outer = 0; outer < before; outer++) {
    for (let inner = 0; inner < behind; inner++) {
      const valueAt = (at: number) => data[(outer * side + at) * behind + inner] ?? 0;
      const order = Uint32Array.from({ length: side }, (_, at) => at);
      // Of equal values, the first comes first.
      order.sort((a, b) => sign * (valueAt(a) - valueAt(b)) || a - b);
      for (let rank = 0; rank < count; rank++) {
        const to = (outer * count + rank) * behind + inner;
        const at = order[rank] ?? 0;
        values[to] = valueAt(at);
        places[to] = at;
      }
    }
  }
  const picked = dims.map((length, at) => (at === axis ? count : length));
  return [made(input, picked, values), wholes(picked, places)];
};

const slice: Evaluate = (inputs, attributes) => {
  const input = needed(inputs);
  const list = (name: string, at: number) => listOf(attributes, name, inputs[at]);
  const ranges = sliceRanges(input.dims, {
    starts: list('starts', 1) ?? [],
    ends: list('ends', 2) ?? [],
    axes: list('axes', 3),
    steps: list('steps', 4),
  });
  return cut(
    input,
    ranges.map(({ count }) => count),
    ranges.map(({ start }) => start),
    ranges.map(({ step }) => step),
  );
};

/** A part of a value: so many of each axis, from a place on. */
function cut(
  input: Constant,
  counts: readonly number[],
  starts: readonly number[],
  steps: readonly number[] = counts.map(() => 1),
): Constant {
  const strides = stridesOf(input.dims);
  const data = dense(input, sizeOfDims(counts));
  const start = strides.reduce((sum, stride, axis) => sum + stride * (starts[axis] ?? 0), 0);
  gatherStrided(
    input.data,
    data,
    counts,
    strides.map((stride, axis) => stride * (steps[axis] ?? 1)),
    start,
  );
  return made(input, counts, data);
}

const split: Evaluate = (inputs, attributes, outputs) => {
  const input = needed(inputs);
  const axis = axisOf(numberOf(attributes, 'axis', 0), input.dims.length);
  const sizes = splitSizes(input.dims[axis] ?? 0, outputs, listOf(attributes, 'split', inputs[1]));
  let start = 0;
  return sizes.map((size) => {
    const part = cut(
      input,
      input.dims.map((side, at) => (at === axis ? size : side)),
      input.dims.map((_, at) => (at === axis ? start : 0)),
    );
    start += size;
    return part;
  });
};

const concat: Evaluate = (inputs, attributes) => {
  const parts = inputs.flatMap((input) => input ?? []);
  const first = needed(parts);
  const axis = axisOf(numberOf(attributes, 'axis', 0), first.dims.length);
  const sizes = parts.map(({ dims }) => sizeOfDims(dims.slice(axis)));
  const before = sizeOfDims(first.dims.slice(0, axis));
  const side = parts.reduce((sum, { dims }) => sum + (dims[axis] ?? 0), 0);
  const data = dense(
    first,
    sizes.reduce((sum, size) => sum + size * before, 0),
  );
  let to = 0;
  for (let outer = 0; outer < before; outer++) {
    for (const [at, part] of parts.entries()) {
      const size = sizes[at] ?? 0;
      data.set(part.data.subarray(outer * size, (outer + 1) * size), to);
      to += size;
    }
  }
  return made(
    first,
    first.dims.map((length, at) => (at === axis ? side : length)),
    data,
  );
};

const reshaping =
  (
    dimsOf: (dims: readonly number[], given: readonly number[] | undefined) => number[],
    name: string,
  ): Evaluate =>
  (inputs, attributes) => {
    const input = needed(inputs);
    return made(input, dimsOf(input.dims, listOf(attributes, name, inputs[1])), input.data);
  };

const clip: Evaluate = (inputs, attributes) => {
  const input = needed(inputs);
  const least = inputs[1]?.data[0] ?? numberOf(attributes, 'min', Number.NEGATIVE_INFINITY);
  const most = inputs[2]?.data[0] ?? numberOf(attributes, 'max', Number.POSITIVE_INFINITY);
  return made(
    input,
    input.dims,
    input.data.map((value) => Math.min(most, Math.max(least, value))),
  );
};

const OPERATORS: Readonly<Record<string, Evaluate>> = {
  Abs: ofEach(Math.abs),
  Add: ofTwo((a, b) => a + b),
  ArgMax: argMax,
  Cast: (inputs, attributes) => {
    const { dims, data } = needed(inputs);
    const to = numberOf(attributes, 'to', 0);
    // Weights that came as float16: they are floats already.
    if (to === DATA_TYPE.float32)
      return floats(dims, data instanceof Float32Array ? data : Float32Array.from(data));
    if (to === DATA_TYPE.bool)
      return wholes(
        dims,
        Float64Array.from(data, (value) => (value === 0 ? 0 : 1)),
      );
    return wholes(dims, Float64Array.from(data, Math.trunc));
  },
  Clip: clip,
  Concat: concat,
  Constant: (_, { value, value_int, value_ints, value_float, value_floats }) => {
    if (typeof value === 'object' && 'data' in value) return value;
    if (typeof value_float === 'number') return floats([], [value_float]);
    if (Array.isArray(value_floats)) return floats([value_floats.length], value_floats);
    if (Array.isArray(value_ints)) return wholes([value_ints.length], value_ints);
    return wholes([], [typeof value_int === 'number' ? value_int : 0]);
  },
  Div: (inputs) => {
    const [a, b] = [needed(inputs), needed(inputs, 1)];
    return combine(a, b, a.isFloat ? (x, y) => x / y : (x, y) => Math.trunc(x / y));
  },
  Exp: ofEach(Math.exp),
  Floor: ofEach(Math.floor),
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  Greater: comparing((a, b) => a > b),
  Identity: (inputs) => needed(inputs),
  Less: comparing((a, b) => a < b),
  Max: ofAll(Math.max),
  Min: ofAll(Math.min),
  Mul: ofTwo((a, b) => a * b),
  NonMaxSuppression: (inputs, attributes) =>
    suppress(needed(inputs), needed(inputs, 1), {
      isCentred: numberOf(attributes, 'center_point_box', 0) === 1,
      maxBoxes: inputs[2]?.data[0] ?? 0,
      maxOverlap: inputs[3]?.data[0] ?? 0,
      minScore: inputs[4]?.data[0],
    }),
  Range: (inputs) => {
    const [start, limit, delta] = [0, 1, 2].map((at) => needed(inputs, at).data[0] ?? 0) as [
      number,
      number,
      number,
    ];
    const count = Math.max(0, Math.ceil((limit - start) / delta));
    return constantLike(
      needed(inputs),
      [count],
      Array.from({ length: count }, (_, at) => start + at * delta),
    );
  },
  Reshape: reshaping((dims, wanted) => reshapedDims(dims, wanted ?? []), 'shape'),
  Shape: (inputs, attributes) => {
    const { dims } = needed(inputs);
    const part = dims.slice(numberOf(attributes, 'start', 0), numberOf(attributes, 'end', dims.length));
    return wholes([part.length], part);
  },
  Sigmoid: ofEach((value) => 1 / (1 + Math.exp(-value))),
  Slice: slice,
  Split: split,
  Sqrt: ofEach(Math.sqrt),
  Squeeze: reshaping(squeezedDims, 'axes'),
  Sub: ofTwo((a, b) => a - b),
  TopK: topK,
  Transpose: (inputs, attributes) => {
    const input = needed(inputs);
    return transposed(input, numbersOf(attributes, 'perm') ?? [...input.dims.keys()].reverse());
  },
  Unsqueeze: reshaping((dims, axes) => unsqueezedDims(dims, axes ?? []), 'axes'),
};
