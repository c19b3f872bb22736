import { openSession, Tensor } from '../../inference/runtime.ts';
import { tensorOf } from '../onnx/floatTensor.ts';
import { encodeModel } from '../onnx/onnxBytes.ts';
import { onnx } from '../onnx/onnxProto/onnx.js';

const { DataType } = onnx.TensorProto;
/** As many products as one instruction adds, and more. */
const INPUTS = 64;
const LARGEST = { input: 255, weight: 127 };

/**
 * Whether this processor cuts off sums of int8 products: without instructions for int8 (VNNI and its like), two of them are
 * added in 16 bits, which 255 * 127 * 2 overflows. Weights of 7 bits do not.
 */
export async function saturates(): Promise<boolean> {
  const session = await openSession(encodeModel(largestConvolution()), {
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  try {
    const x = new Tensor('uint8', new Uint8Array(INPUTS).fill(LARGEST.input), [1, INPUTS, 1, 1]);
    const { y } = await session.run({ x });
    const [found] = y?.data instanceof Uint8Array ? y.data : [];
    return found !== STEPS;
  } finally {
    await session.release();
  }
}

/** Where the sum lies in the range of the output, of 255. */
const STEPS = 200;

function largestConvolution() {
  const sum = INPUTS * LARGEST.input * LARGEST.weight;
  const shape = (sides: number[]) => ({
    tensorType: { elemType: DataType.UINT8, shape: { dim: sides.map((dimValue) => ({ dimValue })) } },
  });
  const weights = new Int8Array(INPUTS * INPUTS).fill(LARGEST.weight);
  const input = ['x', 'one', 'zero', 'weights', 'one', 'signedZero', 'scale', 'zero'];
  return {
    irVersion: 7,
    opsetImport: [{ domain: '', version: 13 }],
    graph: {
      name: 'largest',
      node: [{ opType: 'QLinearConv', name: 'largest', input, output: ['y'] }],
      input: [{ name: 'x', type: shape([1, INPUTS, 1, 1]) }],
      output: [{ name: 'y', type: shape([1, INPUTS, 1, 1]) }],
      initializer: [
        tensorOf('one', Float32Array.of(1)),
        tensorOf('scale', Float32Array.of(sum / STEPS)),
        tensorOf('zero', Uint8Array.of(0)),
        tensorOf('signedZero', Int8Array.of(0)),
        tensorOf('weights', weights, [INPUTS, INPUTS, 1, 1]),
      ],
    },
  };
}
