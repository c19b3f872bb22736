import { ImportError } from '../importError.ts';
import type { ModelProto } from '../onnx/onnxFile.ts';
import { calibrate } from './calibrate.ts';
import { type ConvLayer, type Network, readNetwork } from './network.ts';
import { lastValues, openNoiseMeter } from './noise.ts';
import { Planner } from './planQuantization.ts';
import type { CalibrationPicture } from './runValues.ts';
import { isScore, scoreRange } from './scoreValues.ts';
import { readUnits } from './units.ts';
import { writeQuantized } from './writeQuantized.ts';

export interface QuantizedGraph {
  readonly model: ModelProto;
  /** Number of convolutions. */
  readonly layers: number;
  /** Convolutions that stay float32, by the value that they give. */
  readonly inFloat: readonly string[];
  /** Of what the network says, how much is noise of rounding: power over power. */
  readonly noise: number;
}

export interface QuantizeOptions {
  readonly inputName: string;
  readonly bits: 7 | 8;
  /** @param done number of runs of the calibration, or of layers that were measured, of `of` */
  readonly onProgress?: (what: 'calibrates' | 'measures', done: number, of: number) => void;
}

/** Noise that costs next to no labels; above it the layers that make most of it stay float32. */
const MAX_NOISE = 0.012;
/** Of all layers at most this share stays float32, even if the noise is larger then: the comparison shows what it costs. */
const MAX_IN_FLOAT = 0.5;
/** Enough to rank layers; each layer runs all of them. */
const NOISE_PICTURES = 4;

const QUANTIZED_OPS: ReadonlySet<string> = new Set([
  'QuantizeLinear',
  'DequantizeLinear',
  'DynamicQuantizeLinear',
  'QLinearConv',
  'ConvInteger',
  'QLinearMatMul',
  'MatMulInteger',
]);

/** @throws ImportError `unsupported_model`: it is int8 already, or has no convolution that could be; `needs_options` without pictures */
export async function quantizeGraph(
  model: ModelProto,
  pictures: readonly CalibrationPicture[],
  { inputName, bits, onProgress = () => {} }: QuantizeOptions,
): Promise<QuantizedGraph> {
  assertFloat(model);
  const network = readNetwork(model);
  if (network.layers.length === 0) {
    throw new ImportError(
      'unsupported_model',
      'The graph has no two-dimensional convolution with constant float32 weights, and int8 is for convolutional networks. Keep the float32 version.',
    );
  }
  if (pictures.length === 0) {
    throw new ImportError(
      'needs_options',
      'There is no picture to calibrate with. Name a folder with JPEG, PNG or WebP pictures of what the model will see: --pictures FOLDER.',
    );
  }
  const units = readUnits(network);
  const calibration = await calibrate({ model, network, units, inputName }, pictures, (done) =>
    onProgress('calibrates', done, 2 * pictures.length),
  );
  const planner = new Planner(network, units, calibration, bits);
  const meter = await openNoiseMeter(
    model,
    lastValues(network),
    inputName,
    pictures.slice(0, NOISE_PICTURES),
    (value) => (isScore(value, network) ? 127 * scoreRange().scale : Number.POSITIVE_INFINITY),
  );
  const write = (layers: ReadonlySet<ConvLayer>) => writeQuantized(model, network, planner.plan(layers));
  const front = frontOf(network);
  const quantized = new Set(network.layers.filter((layer) => !front.has(layer)));
  let written = write(quantized);
  let noise = await meter.noiseOf(written);
  if (noise > MAX_NOISE) {
    for (const layer of await worstFirst([...quantized])) {
      if (noise <= MAX_NOISE || quantized.size <= network.layers.length * (1 - MAX_IN_FLOAT)) break;
      quantized.delete(layer);
      written = write(quantized);
      noise = await meter.noiseOf(written);
    }
  }
  const inFloat = network.layers.filter((layer) => !quantized.has(layer)).map(({ output }) => output);
  return { model: written, layers: network.layers.length, inFloat, noise };

  /** By the noise that each makes alone. */
  async function worstFirst(layers: readonly ConvLayer[]): Promise<ConvLayer[]> {
    const alone = new Map<ConvLayer, number>();
    for (const [at, layer] of layers.entries()) {
      alone.set(layer, await meter.noiseOf(write(new Set([layer]))));
      onProgress('measures', at + 1, layers.length);
    }
    return layers.toSorted((a, b) => (alone.get(b) ?? 0) - (alone.get(a) ?? 0));
  }
}

/** Pixels have as many channels, or fewer. */
const PIXEL_CHANNELS = 4;

/**
 * The convolutions that read pixels, where only depthwise ones come behind them, and those. They take about as long in float32, and
 * what they round goes through the whole network: of COCO-SSD, they made a fifth of the noise of rounded values.
 * @returns none where nothing would be left to quantise
 */
function frontOf({ layers, readers, layerOf }: Network): ReadonlySet<ConvLayer> {
  const front = new Set<ConvLayer>();
  for (const layer of layers) {
    const behind = (readers.get(layer.output) ?? []).map((node) => layerOf.get(node));
    const isFirst = layer.groups * layer.dims[1] <= PIXEL_CHANNELS;
    if (!isFirst || behind.length === 0 || !behind.every((next) => next?.isDepthwise)) continue;
    for (const one of [layer, ...behind]) if (one) front.add(one);
  }
  return front.size < layers.length ? front : new Set();
}

function assertFloat({ graph }: ModelProto): void {
  const found = (graph?.node ?? []).find(({ opType }) => QUANTIZED_OPS.has(opType ?? ''));
  if (found === undefined) return;
  throw new ImportError(
    'unsupported_model',
    `The graph is quantised already: it has ${found.opType}. A float32 version of the model is needed; "npm run models -- rollback ID" goes back to one.`,
  );
}
