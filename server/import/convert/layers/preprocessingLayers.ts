import { known } from '../../onnx/dims.ts';
import { at, float32 } from '../../onnx/tensor.ts';
import { constantValue, type Value } from '../graph/value.ts';
import { channelsLast, resizeOps } from './imageLayers.ts';
import { type LayerContext, type LayerConverter, wholeNumbers } from './layerContext.ts';

const rescaling: LayerConverter = (layer) => {
  const scaled = layer.op('Mul', [layer.x, layer.number(layer.float('scale', 1))], {}, 'scale');
  return layer.op('Add', [scaled, layer.number(layer.float('offset', 0))]);
};

/** Of TensorFlow's resizing of images: pixels have their centres at halves, and nothing is averaged. */
const resizing: LayerConverter = (layer) => {
  for (const flag of ['crop_to_aspect_ratio', 'pad_to_aspect_ratio', 'antialias']) {
    if (layer.flag(flag, false)) throw layer.unsupported(`has ${flag}, which is not supported`);
  }
  const interpolation = layer.text('interpolation', 'bilinear');
  const op = resizeOps.get(interpolation);
  if (op === undefined) throw layer.unsupported(`interpolation is "${interpolation}"`);
  const sides = wholeNumbers([layer.float('height', 0), layer.float('width', 0)]);
  return channelsLast(layer, (x) => layer.op(op, [x, sides], { half_pixel_centers: { b: true } }));
};

const centerCrop: LayerConverter = (layer) =>
  channelsLast(layer, (x) => {
    const sizes = [layer.float('height', 0), layer.float('width', 0)];
    const starts = sizes.map((size, i) => {
      const spare = known(at(x.dims, i + 1), `${layer}: height and width`) - size;
      if (spare < 0) throw layer.unsupported('crops to a size larger than the picture');
      return Math.floor(spare / 2);
    });
    return layer.op('Slice', [x, wholeNumbers([0, ...starts, 0]), wholeNumbers([-1, ...sizes, -1])]);
  });

/** The least that values are divided by, as in Keras. */
const MIN_DEVIATION = 1e-7;

/** Mean and variance stand among the settings, or among the weights where the layer was adapted to data. */
const normalization: LayerConverter = (layer) => {
  if (layer.flag('invert', false)) throw layer.unsupported('is inverted, which is not supported');
  const axis = [layer.setting('axis') ?? []].flat(2);
  if (axis.length > 1 || axis.some((one) => one !== -1 && one !== layer.x.dims.length - 1)) {
    throw layer.unsupported(`normalises the axes ${axis.join(', ')}, not the last alone`);
  }
  const mean = statistic(layer, 'mean');
  const deviation = statistic(layer, 'variance').map((variance) =>
    Math.max(Math.sqrt(variance), MIN_DEVIATION),
  );
  const values = (numbers: readonly number[]): Value =>
    numbers.length === 1
      ? layer.number(numbers[0] ?? 0)
      : constantValue(float32([numbers.length], Float32Array.from(numbers)));
  const centred = layer.op('Sub', [layer.x, values(mean)], {}, 'centre');
  return layer.op('RealDiv', [centred, values(deviation)]);
};

function statistic(layer: LayerContext, name: 'mean' | 'variance'): readonly number[] {
  const setting: unknown = layer.setting(name);
  if (setting === undefined) {
    const weight = layer.weight(name);
    return weight.kind === 'constant' ? Array.from(weight.tensor.data, Number) : [];
  }
  const numbers: unknown[] = [setting].flat(4);
  const channels = at(layer.x.dims, -1);
  if (
    !numbers.every((one) => typeof one === 'number' && Number.isFinite(one)) ||
    (numbers.length !== 1 && numbers.length !== channels)
  ) {
    throw layer.malformed(`"${name}" should be a number, or one for each of the ${channels} channels`);
  }
  return numbers as number[];
}

/** Layers that do something while training only. */
export const trainingLayers = [
  'Dropout',
  'SpatialDropout1D',
  'SpatialDropout2D',
  'GaussianNoise',
  'GaussianDropout',
  'AlphaDropout',
  'ActivityRegularization',
  'Identity',
  'RandomFlip',
  'RandomRotation',
  'RandomZoom',
  'RandomTranslation',
  'RandomHeight',
  'RandomWidth',
  'RandomShear',
  'RandomPerspective',
  'RandomElasticTransform',
  'RandomErasing',
  'RandomGaussianBlur',
  'RandomContrast',
  'RandomBrightness',
  'RandomHue',
  'RandomSaturation',
  'RandomSharpness',
  'RandomGrayscale',
  'RandomColorJitter',
  'RandomColorDegeneration',
  'RandomInvert',
  'RandomPosterization',
  'RandAugment',
  'AugMix',
  'MixUp',
  'CutMix',
] as const;

const identity: LayerConverter = (layer) => layer.x;

/** Layers that prepare pictures within the model, and those that only training needs. */
export const preprocessingLayers: Readonly<Record<string, LayerConverter>> = {
  Rescaling: rescaling,
  Resizing: resizing,
  CenterCrop: centerCrop,
  Normalization: normalization,
  ...Object.fromEntries(trainingLayers.map((name) => [name, identity])),
};
