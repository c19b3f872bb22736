import type { ImportableTask } from '../../../protocol/models.ts';
import type { Sentence } from '../../../protocol/sentence.ts';
import { reason } from '../../../protocol/sentences/decisions.ts';
import type { Head } from '../deploy/heads/head.ts';
import type { Inspection } from '../onnx/inspect.ts';
import type { Preparation } from '../onnx/preparation.ts';
import type { Decisions, Guess } from './decisions.ts';
import { takesImageNetValues } from './outputs/queryScores.ts';
import { IMAGENET_DEFAULT } from './preprocessing/published.ts';

const PLAIN = { mean: [0, 0, 0], std: [1, 1, 1] } as const satisfies Record<string, Preparation['mean']>;

/** How a picture's values are prepared. */
export function planPreparation(
  { image, takes }: Inspection,
  { task, head }: { task: ImportableTask; head: Head },
  decisions: Decisions,
): Preparation {
  const channels = decisions.choose('channels', {
    value: 'RGB',
    how: 'assumed',
    why: reason(
      task === 'object-detection' || task === 'instance-segmentation'
        ? 'usual_channels_detector'
        : 'usual_channels',
    ),
  });
  const isValueGiven = (['scale', 'mean', 'std'] as const).some((field) => decisions.isGiven(field));
  if ((image.dtype === 'uint8' || image.dtype === 'int32') && !isValueGiven) {
    // Fractions would be cut off: what files say of them, the graph does itself.
    const why = reason('input_is_bytes');
    return {
      channels,
      scale: decisions.rule('scale', 1, why),
      mean: decisions.rule('mean', [...PLAIN.mean], why),
      std: decisions.rule('std', [...PLAIN.std], why),
    };
  }
  const isYolo = head.kind === 'detection' || (head.kind === 'keypoints' && head.boxes !== undefined);
  const ranges = { '0..255': 1, '0..1': 1 / 255 };
  type Guessed = { scale: number; mean: Preparation['mean']; std: Preparation['std']; why: Sentence };
  const guess: Guessed & { how: Guess<'scale'>['how'] } = takes
    ? {
        ...PLAIN,
        scale: ranges[takes.range],
        how: 'inferred',
        why: reason('graph_takes_range', { found: takes.why, range: takes.range }),
      }
    : head.kind === 'detection' && takesImageNetValues(head)
      ? { ...IMAGENET_DEFAULT, scale: 1 / 255, how: 'assumed', why: reason('usual_range_detr') }
      : isYolo
        ? { ...PLAIN, scale: 1 / 255, how: 'assumed', why: reason('usual_range_detector') }
        : image.layout.value === 'NHWC'
          ? {
              scale: 1 / 127.5,
              mean: [1, 1, 1],
              std: [1, 1, 1],
              how: 'assumed',
              why: reason('usual_range_keras'),
            }
          : {
              ...IMAGENET_DEFAULT,
              scale: 1 / 255,
              how: 'assumed',
              why: reason('usual_range_imagenet'),
            };
  const scale = decisions.choose('scale', scaleFromMean(decisions) ?? { ...guess, value: guess.scale });
  // Who says how values are scaled, and no more, means that nothing else is done to them.
  const rest: Guessed & { how: Guess<'mean'>['how'] } =
    decisions.known('scale') === undefined
      ? guess
      : { ...PLAIN, scale, how: 'inferred', why: reason('only_scale_declared') };
  const mean = decisions.choose('mean', { ...rest, value: [...rest.mean] });
  const std = decisions.choose('std', { ...rest, value: [...rest.std] });
  return { channels, scale, mean, std };
}

/** A mean of 0.485 is one of 0..1, a mean of 123 one of 0..255. */
function scaleFromMean(decisions: Decisions): Guess<'scale'> | undefined {
  const known = decisions.known('mean') ?? decisions.known('std');
  if (known === undefined) return undefined;
  const isOfBytes = known.some((value) => Math.abs(value) > 2);
  return {
    value: isOfBytes ? 1 : 1 / 255,
    how: 'inferred',
    why: reason('statistics_of_range', { max: isOfBytes ? 255 : 1 }),
  };
}
