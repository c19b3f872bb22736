import type { Sentence } from '../../../../protocol/sentence.ts';
import { aboutPreprocessing } from '../../../../protocol/sentences/preprocessing.ts';
import { fixedSize, type Resample, type Size, type Step } from '../../../../vision/steps.ts';
import { Fields, isObject, type PublishedSize } from './fields.ts';
import { kernelOf } from './kernels.ts';
import { classOfModelType, type ProcessorClass, processorClass } from './processorClasses.ts';
import { type PublishedPreparation, type Triple, usableSteps, zeroColour } from './published.ts';
import { readTimmConfig } from './timmConfig.ts';

/** For classes that are not known: as most of them read their fields. */
const ANY_CLASS: ProcessorClass = { isSquare: true, size: undefined, resample: 2 };

/** Fields that show that a file is about pictures. */
const ABOUT_PICTURES = ['size', 'crop_size', 'image_mean', 'image_std', 'rescale_factor', 'resample'];

/**
 * Reads `preprocessor_config.json` or `processor_config.json` of Hugging Face's transformers as Python does (4.57, slow and
 * fast classes).
 * @param modelType `model_type` of config.json, which names the class where the file does not
 * @returns undefined where the file says nothing about pictures
 */
export function readImageProcessor(
  file: object,
  name: string,
  modelType: string | undefined,
  warnings: Sentence[],
): PublishedPreparation | undefined {
  const outer = new Fields(file, name, warnings);
  // transformers 5 writes one file for pictures, sound and text.
  const inner = 'image_processor' in file ? outer.object('image_processor') : undefined;
  const fields = inner ? new Fields(inner, name, warnings) : outer;
  const config: object = inner ?? file;

  if ('pretrained_cfg' in config && isObject(config.pretrained_cfg)) {
    return readTimmConfig(config, name, warnings);
  }
  const named = fields.text('image_processor_type') ?? fields.text('feature_extractor_type');
  const className = named ?? classOfModelType(modelType);
  const known = className === undefined ? undefined : processorClass(className);
  if (known === undefined) {
    if (!ABOUT_PICTURES.some((field) => fields.has(field))) {
      fields.warn(
        className === undefined
          ? aboutPreprocessing('nothing_on_pictures')
          : aboutPreprocessing('nothing_on_pictures_class', { className: shortName(className) }),
      );
      return undefined;
    }
    fields.warn(
      className === undefined
        ? aboutPreprocessing('no_class')
        : aboutPreprocessing('class_unknown', { className: shortName(className) }),
    );
  }
  const defaults = known ?? ANY_CLASS;
  const kernel = readKernel(fields, defaults);
  const values = readValues(fields, defaults);
  return {
    why: `${name}${className ? `, ${shortName(className)}` : ''}`,
    steps: readSteps(fields, defaults, kernel, values),
    ...values,
    channels: readOrder(fields, defaults),
  };
}

const shortName = (className: string): string => className.replace(/[^\w.-]/g, ' ').slice(0, 60);

function readKernel(fields: Fields, defaults: ProcessorClass): Resample {
  const fallback = kernelOf(defaults.resample, 'antialiased', () => {});
  const value = fields.numberOrText('resample');
  return value === undefined
    ? fallback
    : kernelOf(value, fallback, (message) =>
        fields.warn(aboutPreprocessing('in_field', { field: 'resample', message })),
      );
}

function readSteps(
  fields: Fields,
  defaults: ProcessorClass,
  kernel: Resample,
  values: Pick<PublishedPreparation, 'mean' | 'scale'>,
): readonly Step[] | undefined {
  if (defaults.rule === 'perceiver') return readPerceiverSteps(fields, kernel);
  const isSquare = fields.boolean('default_to_square') ?? defaults.isSquare;
  const steps: Step[] = [];
  if (fields.boolean('do_resize') ?? true) {
    const longest =
      defaults.rule === 'detr' ? (fields.number('max_size', { above: 0 }) ?? DETR_LONGEST) : undefined;
    const size = fields.size('size', { isSquare, longest }) ?? sizeByDefault(defaults);
    if (size) steps.push(...resizeSteps(size, kernel, defaults, fields));
  }
  const wouldCrop = defaults.crop?.isDone ?? false;
  // ConvNeXT's own steps hold the crop already.
  if ((fields.boolean('do_center_crop') ?? wouldCrop) && defaults.rule !== 'convnext') {
    const size = fields.size('crop_size');
    const side = defaults.crop?.size;
    if (size) steps.push(...cropSteps(steps, boxOf(size)));
    else if (side !== undefined) steps.push(...cropSteps(steps, { width: side, height: side }));
    else fields.warn(aboutPreprocessing('no_crop_size'));
  }
  steps.push(...padSteps(fields, defaults, zeroColour(values)));
  return usableSteps(steps, (message) => fields.warn(message));
}

/**
 * Perceiver cuts `size / crop_size` of the shorter side out and scales that to `size`. To scale first shows the same part, and
 * is how all else is done here.
 */
function readPerceiverSteps(fields: Fields, resample: Resample): readonly Step[] | undefined {
  const { width, height } = boxOf(fields.size('size') ?? { width: 224, height: 224 });
  const around = boxOf(fields.size('crop_size') ?? { width: 256, height: 256 });
  const steps: Step[] =
    (fields.boolean('do_center_crop') ?? true)
      ? [
          { op: 'resize', shortest: Math.max(around.width, around.height), resample },
          { op: 'crop', width, height },
        ]
      : [{ op: 'resize', width, height, resample }];
  return usableSteps(steps, (message) => fields.warn(message));
}

/** `pad_size`: what is added becomes 0, and lies at the right and below, as in DETR's batches. */
function padSteps(fields: Fields, defaults: ProcessorClass, zero: readonly number[]): Step[] {
  const isPadded = fields.boolean('do_pad') ?? defaults.rule === 'detr';
  const size = isPadded ? fields.size('pad_size') : undefined;
  if (size === undefined) return [];
  const [red = 0, green = 0, blue = 0] = zero;
  return [{ op: 'pad', ...boxOf(size), colour: [red, green, blue], at: 'top left' }];
}

/** What can be smaller than the part that is cut out gets black around it. */
function cropSteps(before: readonly Step[], { width, height }: Size): Step[] {
  const crop: Step = { op: 'crop', width, height };
  const after = fixedSize([...before, crop]);
  return after?.width === width && after.height === height
    ? [crop]
    : [{ op: 'pad', width, height, colour: [0, 0, 0] }, crop];
}

/** What DETR's family allows the longest edge where a file has a lone number. */
const DETR_LONGEST = 1333;

function sizeByDefault({ size, isSquare }: ProcessorClass): PublishedSize | undefined {
  return new Fields({ size }, '', []).size('size', { isSquare });
}

/** Sides in pixels where edges stand for a square. */
function boxOf(size: PublishedSize): Size {
  if ('width' in size) return size;
  if ('shortest' in size) return { width: size.shortest, height: size.shortest };
  if ('withinWidth' in size) return { width: size.withinWidth, height: size.withinHeight };
  return { width: size.longest, height: size.longest };
}

function resizeSteps(
  size: PublishedSize,
  resample: Resample,
  { rule = 'plain' }: ProcessorClass,
  fields: Fields,
): Step[] {
  const pct = () => fields.number('crop_pct', { above: 0, max: 1 });
  switch (rule) {
    case 'convnext': {
      const { width, height } = boxOf(size);
      const side = Math.min(width, height);
      if (!('shortest' in size) || side >= 384) return [{ op: 'resize', width, height, resample }];
      return [
        { op: 'resize', shortest: Math.trunc(side / (pct() ?? 224 / 256)), resample },
        { op: 'crop', width: side, height: side },
      ];
    }
    case 'levit':
      if (!('shortest' in size)) return plain(size, resample);
      return [{ op: 'resize', shortest: Math.trunc((256 / 224) * size.shortest), resample }];
    case 'poolformer': {
      const by = pct() ?? 0.9;
      const { width, height } = boxOf(size);
      if (width === height) return [{ op: 'resize', shortest: Math.trunc(width / by), resample }];
      return [{ op: 'resize', width: Math.trunc(width / by), height: Math.trunc(height / by), resample }];
    }
    case 'dpt': {
      const multiple = fields.number('ensure_multiple_of', { above: 0, max: 1024 }) ?? 1;
      const { width, height } = boxOf(size);
      const whole = (side: number) => Math.max(1, Math.round(side / multiple)) * multiple;
      return fields.boolean('keep_aspect_ratio')
        ? [{ op: 'resize', towards: { width, height }, multipleOf: multiple, resample }]
        : [{ op: 'resize', width: whole(width), height: whole(height), resample }];
    }
    case 'vilt':
      if (!('shortest' in size) || size.longest !== undefined) return plain(size, resample);
      return plain({ shortest: size.shortest, longest: Math.trunc((1333 / 800) * size.shortest) }, resample);
    case 'detr':
    case 'perceiver':
    case 'plain':
      return plain(size, resample);
    default:
      return rule satisfies never;
  }
}

function plain(size: PublishedSize, resample: Resample): Step[] {
  if ('width' in size) return [{ op: 'resize', width: size.width, height: size.height, resample }];
  if ('shortest' in size) {
    const { shortest, longest } = size;
    return [{ op: 'resize', shortest, ...(longest === undefined ? {} : { longest }), resample }];
  }
  return [{ op: 'resize', within: boxOf(size), resample }];
}

const NONE: Triple = [0, 0, 0];
const ONES: Triple = [1, 1, 1];

function readValues(fields: Fields, defaults: ProcessorClass) {
  const factor = fields.number('rescale_factor', { above: 0 }) ?? 1 / 255;
  const isRescaled = fields.boolean('do_rescale') ?? true;
  const scale = isRescaled ? factor : 1;
  const given = { mean: fields.triple('image_mean'), std: fields.triple('image_std', { isDivisor: true }) };
  const isKnown = defaults !== ANY_CLASS;
  const usual = isKnown
    ? defaults.normalise
    : // What else an unknown class would take is not known.
      given.mean && given.std && { isDone: true, mean: given.mean, std: given.std };
  const isNormalised = usual !== undefined && (fields.boolean('do_normalize') ?? usual.isDone);
  let mean = isNormalised ? (given.mean ?? usual.mean) : NONE;
  let std = isNormalised ? (given.std ?? usual.std) : ONES;
  if (!isKnown && !isNormalised && fields.boolean('do_normalize')) {
    fields.warn(aboutPreprocessing('no_normalisation'));
  }
  if (defaults.isEfficientNet) {
    // As Keras' EfficientNets had it: the second division is no mistake of ours.
    const twice = given.std ?? usual?.std ?? ONES;
    if (fields.boolean('include_top') ?? true)
      std = [std[0] * twice[0], std[1] * twice[1], std[2] * twice[2]];
    if (isRescaled && fields.boolean('rescale_offset')) mean = [mean[0] + 1, mean[1] + 1, mean[2] + 1];
  } else if (isRescaled && (fields.boolean('offset') || fields.boolean('do_zero_centering'))) {
    mean = [mean[0] + 1, mean[1] + 1, mean[2] + 1];
  }
  return { scale, mean, std };
}

function readOrder(fields: Fields, { isFlipped = false }: ProcessorClass): PublishedPreparation['channels'] {
  return (fields.boolean('do_flip_channel_order') ?? isFlipped) ? 'BGR' : 'RGB';
}
