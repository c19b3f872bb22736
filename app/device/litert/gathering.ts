import { axisOf, sizeOfDims, stridesOf } from './constant.ts';
import { numberOf } from './dims.ts';
import { around, dense, type Evaluate, made, needed } from './operator.ts';

export const gather: Evaluate = (inputs, attributes) => {
  const data = needed(inputs);
  const indices = needed(inputs, 1);
  const axis = axisOf(numberOf(attributes, 'axis', 0), data.dims.length);
  const [before, side, behind] = around(data.dims, axis);
  const target = dense(data, before * indices.data.length * behind);
  let to = 0;
  for (let outer = 0; outer < before; outer++) {
    for (const index of indices.data) {
      const from = (outer * side + axisOf(index, side)) * behind;
      target.set(data.data.subarray(from, from + behind), to);
      to += behind;
    }
  }
  return made(data, [...data.dims.slice(0, axis), ...indices.dims, ...data.dims.slice(axis + 1)], target);
};

export const gatherNd: Evaluate = (inputs) => {
  const data = needed(inputs);
  const indices = needed(inputs, 1);
  const depth = indices.dims.at(-1) ?? 0;
  const rows = sizeOfDims(indices.dims.slice(0, -1));
  const strides = stridesOf(data.dims);
  const rest = data.dims.slice(depth);
  const size = sizeOfDims(rest);
  const target = dense(data, rows * size);
  for (let row = 0; row < rows; row++) {
    let from = 0;
    for (let at = 0; at < depth; at++) {
      from += axisOf(indices.data[row * depth + at] ?? 0, data.dims[at] ?? 1) * (strides[at] ?? 1);
    }
    target.set(data.data.subarray(from, from + size), row * size);
  }
  return made(data, [...indices.dims.slice(0, -1), ...rest], target);
};

export const gatherElements: Evaluate = (inputs, attributes) => {
  const data = needed(inputs);
  const { dims, data: indices } = needed(inputs, 1);
  const axis = axisOf(numberOf(attributes, 'axis', 0), dims.length);
  const from = stridesOf(data.dims);
  const to = stridesOf(dims);
  const target = dense(data, indices.length);
  for (let at = 0; at < indices.length; at++) {
    let place = 0;
    for (let along = 0, rest = at; along < dims.length; along++) {
      const step = to[along] ?? 1;
      const index = Math.floor(rest / step);
      rest -= index * step;
      place += (along === axis ? axisOf(indices[at] ?? 0, data.dims[axis] ?? 1) : index) * (from[along] ?? 1);
    }
    target[at] = data.data[place] ?? 0;
  }
  return made(data, dims, target);
};
