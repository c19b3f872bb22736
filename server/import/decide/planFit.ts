import type { Sentence } from '../../../protocol/sentence.ts';
import { reason } from '../../../protocol/sentences/decisions.ts';
import { aboutGraph } from '../../../protocol/sentences/graphs.ts';
import type { Step } from '../../../protocol/steps.ts';
import type { ModelInput } from '../../../vision/manifest.ts';
import { fixedSize, type Resample, type Size, stepsInWords, stepsOf } from '../../../vision/steps.ts';
import { type Head, outputsOf } from '../deploy/heads/head.ts';
import { ImportError } from '../importError.ts';
import type { Arrangement } from '../onnx/sourceSession.ts';
import type { Decisions, Guess } from './decisions.ts';

/**
 * The side of an input that the graph leaves open, by the steps that were said; undefined where none were.
 * @throws ImportError `needs_options` where they give each picture another size
 */
export function sideBySteps(
  field: 'width' | 'height',
  decisions: Decisions,
): Guess<'width' | 'height'> | undefined {
  const steps = decisions.known('steps');
  if (steps === undefined || decisions.known(field) !== undefined) return undefined;
  const size = fixedSize(steps);
  if (size) return { value: size[field], how: 'inferred', why: reason('declared_steps') };
  throw new ImportError('needs_options', aboutGraph('size_follows_shape', { steps: stepsInWords(steps) }));
}

/** Outputs of YOLO-NAS by pictures (super-gradients, models_export.md), which was trained on pictures in their own shape. */
const YOLO_NAS = /^graph2_pred_/;

/** How a picture of any shape becomes the input. */
export function planFit(
  { width, height, image }: Arrangement,
  head: Head,
  decisions: Decisions,
): Omit<ModelInput, 'name'> {
  const size = { width, height };
  const declared = decisions.known('steps');
  const isOverruled = !decisions.isGiven('steps') && (decisions.isGiven('fit') || decisions.isGiven('crop'));
  // How a person stands is learnt in pictures that keep their shape.
  const isOnePose = head.kind === 'keypoints' && head.boxes === undefined;
  if (isOnePose && !isOverruled && !decisions.isGiven('steps'))
    return { ...size, steps: poseSteps(size, decisions) };
  if (declared && !isOverruled) return { ...size, steps: stepsFor(size, declared, decisions) };

  const boxes = head.kind === 'keypoints' ? head.boxes : head;
  const isOfWhole = head.kind === 'semantic';
  const isDetector = boxes?.kind === 'detection' || boxes?.kind === 'deployed' || isOfWhole;
  const isYolo =
    boxes?.kind === 'detection' &&
    (boxes.head.startsWith('yolo') || outputsOf(boxes).some((name) => YOLO_NAS.test(name)));
  const usual: { fit: NonNullable<ModelInput['fit']>; resample: Resample; why: Sentence } = isDetector
    ? {
        fit: isYolo ? 'letterbox' : 'stretch',
        resample: 'bilinear',
        why: reason(isYolo ? 'usual_yolo' : isOfWhole ? 'usual_semantic' : 'usual_detector'),
      }
    : {
        fit: 'crop',
        resample: image.layout.value === 'NCHW' ? 'antialiased' : 'bilinear',
        why: reason('usual_classifier'),
      };
  const fit = decisions.choose('fit', { value: usual.fit, how: 'assumed', why: usual.why });
  const kernel = declared?.find((step) => step.op === 'resize')?.resample;
  const resample = decisions.choose(
    'resample',
    kernel
      ? { value: kernel, how: 'inferred', why: reason('declared_steps') }
      : { value: usual.resample, how: 'assumed', why: usual.why },
  );
  if (fit !== 'crop') return { ...size, steps: stepsOf({ ...size, fit, resample }) };
  const crop = decisions.choose(
    'crop',
    decisions.known('fit') === undefined
      ? { value: 0.875, how: 'assumed', why: reason('usual_crop') }
      : { value: 1, how: 'assumed', why: reason('not_declared') },
  );
  return { ...size, steps: stepsOf({ ...size, fit, crop, resample }) };
}

/** The whole picture in the middle of black, as MoveNet and those after it are fed: `tf.image.resize_with_pad`, mmpose's warp. */
function poseSteps(size: Size, decisions: Decisions): Step[] {
  const steps: Step[] = [
    { op: 'resize', within: size, resample: 'bilinear' },
    { op: 'pad', ...size, colour: [0, 0, 0] },
  ];
  return decisions.rule('steps', steps, reason('usual_pose'));
}

/** The steps that are known, with the size and the kernel that hold here. */
function stepsFor(size: Size, known: readonly Step[], decisions: Decisions): Step[] {
  const kernel = decisions.isGiven('resample') ? decisions.known('resample') : undefined;
  const steps = known.map((step) =>
    kernel !== undefined && step.op === 'resize' ? { ...step, resample: kernel } : step,
  );
  const ends = fixedSize(steps);
  if (ends?.width === size.width && ends.height === size.height) {
    if (kernel === undefined) return decisions.choose('steps', { value: steps, how: 'inferred', why: '' });
    return decisions.rule('steps', steps, reason('given_resample'));
  }
  const why = reason('steps_end_at_size', { ...size, declared: stepsInWords(known) });
  if (ends)
    return decisions.rule(
      'steps',
      steps.map((step) => scaled(step, ends, size)),
      why,
    );
  const resample = steps.find((step) => step.op === 'resize')?.resample ?? 'bilinear';
  return decisions.rule('steps', stepsOf({ ...size, fit: 'stretch', resample }), why);
}

/** The step of a preparation that ends at `from`, for one that ends at `to`; rounded as timm does for other sizes. */
function scaled(step: Step, from: Size, to: Size): Step {
  const wide = (side: number) => Math.max(1, Math.floor((side * to.width) / from.width));
  const high = (side: number) => Math.max(1, Math.floor((side * to.height) / from.height));
  const either = (side: number) => Math.max(wide(side), high(side));
  const both = ({ width, height }: Size) => ({ width: wide(width), height: high(height) });
  if ('width' in step) return { ...step, ...both(step) };
  if ('within' in step) return { ...step, within: both(step.within) };
  if ('atMost' in step) return { ...step, atMost: both(step.atMost) };
  if ('cover' in step) return { ...step, cover: both(step.cover) };
  if ('towards' in step) return { ...step, towards: both(step.towards) };
  const { longest } = step;
  return {
    ...step,
    shortest: either(step.shortest),
    ...(longest === undefined ? {} : { longest: either(longest) }),
  };
}
