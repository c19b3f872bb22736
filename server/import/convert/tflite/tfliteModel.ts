import { aboutTfjs } from '../../../../protocol/sentences/tfjs.ts';
import { aboutTflite } from '../../../../protocol/sentences/tflite.ts';
import { ImportError } from '../../importError.ts';
import { at } from '../../onnx/tensor.ts';
import type { Attribute, TfGraph } from '../graph/tfjsGraph.ts';
import { constantInputs } from './constantInputs.ts';
import { quantizationOf } from './constants.ts';
import { Lowering, OperatorContext } from './lowering.ts';
import { operators } from './operators.ts';
import { BOXES, POST_PROCESS, SCORES } from './postProcess.ts';
import type { TfliteModel, TfliteTensor } from './tfliteFile.ts';

/** Of operators that are not known, in one message. */
const MAX_NAMED = 8;

/** How the whole numbers that a quantized model takes stand for real ones: real = scale * (pixel - zeroPoint). */
export interface PixelValues {
  readonly scale: number;
  readonly zeroPoint: number;
}
export interface LoweredTflite {
  readonly graph: TfGraph;
  /** Absent where the model takes real numbers. */
  readonly pixels: PixelValues | undefined;
  /** Whether the boxes of TensorFlow's Object Detection API come out, as `boxes` and `scores`. */
  readonly isDetector: boolean;
}

/**
 * The model as a TensorFlow graph that is converted like any other. It takes and gives real numbers, also where the file
 * keeps whole ones.
 * @throws ImportError `unsupported_op`, `unsupported_use`, `malformed_source`, naming operator and tensor
 */
export function lowerTflite(model: TfliteModel): LoweredTflite {
  const lowering = new Lowering(model);
  requireKnown(model.operators.map((op) => new OperatorContext(op, lowering)));
  let pixels: PixelValues | undefined;
  const constants = constantInputs(model.inputs.map((index) => lowering.tensor(index)));
  requireOnePicture(
    model.inputs.filter((_, place) => !constants.has(place)).map((index) => lowering.tensor(index)),
  );
  for (const [place, index] of model.inputs.entries()) {
    const tensor = lowering.tensor(index);
    const constant = constants.get(place);
    if (constant) {
      lowering.setConstant(index, constant);
      continue;
    }
    const placeholder = lowering.add('Placeholder', [], placeholderOf(tensor), tensor.name);
    lowering.setRef(index, lowering.rounded(index, placeholder));
    pixels = pixelsOf(tensor);
  }
  for (const op of model.operators) {
    const ctx = new OperatorContext(op, lowering);
    const lower = operators.get(op.op);
    lower?.(ctx);
  }
  const isDetector = model.operators.at(-1)?.op === POST_PROCESS;
  const outputs = isDetector
    ? [BOXES, SCORES].map((name, i) => ({ name, tensor: lowering.ref(at(model.outputs, i)) }))
    : model.outputs.map((index) => ({ name: lowering.tensor(index).name, tensor: lowering.ref(index) }));
  return { graph: { nodes: lowering.nodes, weights: lowering.weights, outputs }, pixels, isDetector };
}

/** @throws ImportError that names the inputs */
function requireOnePicture(inputs: readonly TfliteTensor[]): void {
  if (inputs.length < 2) return;
  const names = inputs.map(({ name, type, shape }) => `"${name}" ${type} [${shape.join(', ')}]`);
  throw new ImportError(
    'unsupported_use',
    aboutTfjs('graph_inputs', { count: names.length, names: names.join(', ') }),
  );
}

/** Each kind is named once, with its first place. */
function requireKnown(all: readonly OperatorContext[]): void {
  const unknown = new Map<string, string>();
  for (const ctx of all) {
    const { op } = ctx.op;
    if (!operators.has(op) && !unknown.has(op)) unknown.set(op, String(ctx));
  }
  const nodes = [...unknown.values()].slice(0, MAX_NAMED);
  const [node, ...others] = nodes;
  if (node === undefined) return;
  throw new ImportError(
    'unsupported_op',
    others.length === 0
      ? aboutTfjs('op_unsupported', { node })
      : aboutTfjs('ops_unsupported', { nodes: nodes.join(', ') }),
  );
}

function placeholderOf(tensor: TfliteTensor): Record<string, Attribute> {
  const { type, signature, name } = tensor;
  const isReal = type === 'float32' || quantizationOf(tensor) !== undefined;
  if (!isReal && type !== 'uint8') {
    throw new ImportError('unsupported_use', aboutTflite('lite_input_type', { name, type }));
  }
  return {
    dtype: { type: isReal ? 'DT_FLOAT' : 'DT_UINT8' },
    shape: { shape: { dim: signature.map((size) => ({ size })) } },
  };
}

function pixelsOf(tensor: TfliteTensor): PixelValues | undefined {
  const quantization = quantizationOf(tensor);
  const [scale, zeroPoint = 0] = [quantization?.scales[0], quantization?.zeroPoints[0]];
  if (scale === undefined || tensor.type === 'int16') return undefined;
  // Programs that take int8 get pixels less 128.
  return { scale, zeroPoint: tensor.type === 'int8' ? zeroPoint + 128 : zeroPoint };
}
