import { type Constant, transposed } from './constant.ts';
import { numberOf } from './dims.ts';
import { type Network, Unsupported } from './network.ts';
import type { OnnxNode } from './onnxReader.ts';

/** Rows times a constant matrix. */
export function gemm(net: Network, node: OnnxNode): void {
  const { attributes } = node;
  const input = net.value(node);
  const weights = net.weights(node, 1);
  const isScaled =
    numberOf(attributes, 'alpha', 1) !== 1 || (node.inputs[2] && numberOf(attributes, 'beta', 1) !== 1);
  if (isScaled || numberOf(attributes, 'transA', 0) !== 0 || input.dims.length !== 2) {
    throw new Unsupported('Gemm of this kind');
  }
  const rows = numberOf(attributes, 'transB', 0) !== 0 ? weights : transposed(weights, [1, 0]);
  fullyConnected(net, node, rows, node.inputs[2] ? net.weights(node, 2) : undefined);
}

/** Of a value and a constant matrix. */
export function matMul(net: Network, node: OnnxNode): void {
  const weights = net.weights(node, 1);
  if (weights.dims.length !== 2) throw new Unsupported('MatMul of this kind');
  fullyConnected(net, node, transposed(weights, [1, 0]), undefined);
}

/** @param rows [outputs, inputs] */
function fullyConnected(
  net: Network,
  node: OnnxNode,
  rows: Constant,
  bias: (Constant & { isFloat: true }) | undefined,
): void {
  const [count = 1] = rows.dims;
  // One number for each output, and not for each row.
  if (bias && (bias.data.length !== count || bias.dims.at(-1) !== count))
    throw new Unsupported(`${node.op} with a bias of other sides`);
  const input = net.plain(net.value(node));
  const { code, output } = net.fuseActivation(node);
  net.add(
    'FULLY_CONNECTED',
    [
      input.tensor,
      net.floats(rows.dims, rows.data as Float32Array, `${output}:weights`),
      net.floats([count], bias?.data ?? new Float32Array(count), `${output}:bias`),
    ],
    { name: output, dims: [...input.dims.slice(0, -1), count], isChannelsLast: false },
    [
      { at: 0, int8: code },
      { at: 2, int8: 1 },
    ],
  );
}
