import { withFields } from '../onnx/onnxBytes.ts';
import type { ModelProto, NodeProto } from '../onnx/onnxFile.ts';
import type { ConvLayer, Network } from './network.ts';

/** Of layers with more inputs, products take too much memory and time. */
const MAX_INPUTS = 1_536;
/** AttributeProto's type of one whole number. */
const INT = 2;

/** A 1x1 convolution whose rounding can follow how its inputs go together. */
export const isPointwise = ({ groups, dims: [, inputs, height, width] }: ConvLayer): boolean =>
  groups === 1 && height === 1 && width === 1 && inputs <= MAX_INPUTS;

/** A graph that also gives the sums of products of each two channels, [channels, channels], of what pointwise convolutions read. */
export interface WithProducts {
  readonly model: ModelProto;
  /** Name of the sums, by the value whose channels they multiply. */
  readonly names: ReadonlyMap<string, string>;
}

/** Adds the products to a graph: the runtime multiplies matrices much faster than JavaScript. Only right for one picture at a time. */
export function withProducts(model: ModelProto, { graph, layers }: Network): WithProducts {
  const names = new Map(
    layers.filter(isPointwise).map(({ input }) => [input, `${input}/sums-of-products`] as const),
  );
  const added = [...names].flatMap(([value, sums]): NodeProto[] => {
    const flat = `${value}/a-row-for-each-channel`;
    const attribute = (name: string, i: number) => [{ name, type: INT, i }];
    return [
      { opType: 'Flatten', name: flat, input: [value], output: [flat], attribute: attribute('axis', 2) },
      { opType: 'Gemm', name: sums, input: [flat, flat], output: [sums], attribute: attribute('transB', 1) },
    ];
  });
  return {
    model: withFields(model, { graph: withFields(graph, { node: [...(graph.node ?? []), ...added] }) }),
    names,
  };
}
