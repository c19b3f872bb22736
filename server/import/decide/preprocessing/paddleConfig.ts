import type { Sentence } from '../../../../protocol/sentence.ts';
import { aboutPreprocessing } from '../../../../protocol/sentences/preprocessing.ts';
import type { Resample, Step } from '../../../../vision/steps.ts';
import { Fields, isObject } from './fields.ts';
import { type PublishedPreparation, type Triple, usableSteps } from './published.ts';

/** Interpolations of OpenCV by their numbers. Its cubic one reads no more of a larger picture than its linear one. */
const KERNELS: readonly Resample[] = ['nearest', 'bilinear', 'bilinear', 'antialiased', 'bilinear'];
const NEAR_BILINEAR: ReadonlyMap<number, string> = new Map([
  [2, 'cv2.INTER_CUBIC'],
  [4, 'cv2.INTER_LANCZOS4'],
]);

/** Steps that change neither shape nor values, or what our graphs do themselves. */
const PASSED = new Set(['Permute', 'PadBatch', 'PadStride', 'DecodeImage', 'Decode']);

/**
 * Reads `infer_cfg.yml`, which PaddleDetection writes next to what it exports, as its deploy/python/preprocess.py does, and
 * `inference.yml`, which PaddleX writes of the same form.
 * @returns undefined where it says nothing about pictures
 */
export function readPaddleConfig(
  file: object,
  name: string,
  warnings: Sentence[],
): PublishedPreparation | undefined {
  const list = 'Preprocess' in file && Array.isArray(file.Preprocess) ? file.Preprocess.filter(isObject) : [];
  if (list.length === 0) return undefined;
  const steps: Step[] = [];
  let values: { scale: number; mean: Triple; std: Triple } = { scale: 1, mean: [0, 0, 0], std: [1, 1, 1] };
  for (const entry of list) {
    const fields = new Fields(entry, name, warnings);
    const type = fields.text('type') ?? '';
    if (type === 'Resize') steps.push(...resize(fields));
    else if (type === 'LetterBoxResize') steps.push(...letterbox(fields));
    else if (type === 'NormalizeImage') values = normalise(fields);
    else if (!PASSED.has(type)) fields.warn(aboutPreprocessing('step_unknown', { step: type.slice(0, 40) }));
  }
  const usable = usableSteps(steps, (message) =>
    warnings.push(aboutPreprocessing('in_file', { file: name, message })),
  );
  return { why: `${name}, PaddleDetection`, steps: usable, ...values, channels: 'RGB' };
}

/** Height before width. */
function targetOf(fields: Fields): { height: number; width: number } | undefined {
  const [height, width] = fields.sides('target_size', 2) ?? [];
  return height === undefined || width === undefined ? undefined : { height, width };
}

function resize(fields: Fields): Step[] {
  const target = targetOf(fields);
  if (target === undefined) return [];
  const interpolation = fields.number('interp') ?? 1;
  const resample = KERNELS[interpolation] ?? 'bilinear';
  const kernel = NEAR_BILINEAR.get(interpolation);
  if (kernel) fields.warn(aboutPreprocessing('kernel_near', { kernel }));
  const { width, height } = target;
  return (fields.boolean('keep_ratio') ?? true)
    ? [{ op: 'resize', shortest: Math.min(width, height), longest: Math.max(width, height), resample }]
    : [{ op: 'resize', width, height, resample }];
}

function letterbox(fields: Fields): Step[] {
  const target = targetOf(fields);
  if (target === undefined) return [];
  // Half of 255, as a byte.
  return [
    { op: 'resize', within: target, resample: 'antialiased' },
    { op: 'pad', ...target, colour: [128, 128, 128] },
  ];
}

/** Values are scaled whatever `norm_type` says (PaddleX, paddlex/inference/models/object_detection/predictor.py). */
function normalise(fields: Fields): { scale: number; mean: Triple; std: Triple } {
  const isNormalised = fields.text('norm_type') !== 'none';
  return {
    scale: (fields.boolean('is_scale') ?? true) ? 1 / 255 : 1,
    mean: (isNormalised && fields.triple('mean')) || [0, 0, 0],
    std: (isNormalised && fields.triple('std', { isDivisor: true })) || [1, 1, 1],
  };
}
