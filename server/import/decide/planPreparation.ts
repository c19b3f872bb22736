import type { Task } from '../../../vision/manifest.ts';
import type { Head } from '../deploy/heads/head.ts';
import type { Inspection } from '../onnx/inspect.ts';
import type { Preparation } from '../onnx/preparation.ts';
import type { Decisions, Guess } from './decisions.ts';
import { IMAGENET_DEFAULT } from './preprocessing/published.ts';

const PLAIN = { mean: [0, 0, 0], std: [1, 1, 1] } as const satisfies Record<string, Preparation['mean']>;

/** How a picture's values are prepared. */
export function planPreparation(
  { image, takes }: Inspection,
  { task, head }: { task: Task; head: Pick<Head, 'kind'> },
  decisions: Decisions,
): Preparation {
  const channels = decisions.choose('channels', {
    value: 'RGB',
    how: 'assumed',
    why: task === 'object-detection' ? 'most detectors take it' : 'most models take it',
  });
  const isValueGiven = (['scale', 'mean', 'std'] as const).some((field) => decisions.isGiven(field));
  if (image.dtype === 'uint8' && !isValueGiven) {
    // Fractions would be cut off: what files say of them, the graph does itself.
    const why = 'the input takes bytes as they are';
    return {
      channels,
      scale: decisions.rule('scale', 1, why),
      mean: decisions.rule('mean', [...PLAIN.mean], why),
      std: decisions.rule('std', [...PLAIN.std], why),
    };
  }
  const isYolo = head.kind === 'detection';
  const ranges = { '0..255': 1, '0..1': 1 / 255 };
  type Guessed = { scale: number; mean: Preparation['mean']; std: Preparation['std']; why: string };
  const guess: Guessed & { how: Guess<'scale'>['how'] } = takes
    ? { ...PLAIN, scale: ranges[takes.range], how: 'inferred', why: `${takes.why}, for ${takes.range}` }
    : isYolo
      ? { ...PLAIN, scale: 1 / 255, how: 'assumed', why: 'most detectors take 0..1' }
      : image.layout.value === 'NHWC'
        ? {
            scale: 1 / 127.5,
            mean: [1, 1, 1],
            std: [1, 1, 1],
            how: 'assumed',
            why: 'classifiers with channels last come from Keras, where -1..1 is usual',
          }
        : {
            ...IMAGENET_DEFAULT,
            scale: 1 / 255,
            how: 'assumed',
            why: 'classifiers and embeddings with channels first come from PyTorch, with the mean and deviation of ImageNet',
          };
  const scale = decisions.choose('scale', scaleFromMean(decisions) ?? { ...guess, value: guess.scale });
  // Who says how values are scaled, and no more, means that nothing else is done to them.
  const rest: Guessed & { how: Guess<'mean'>['how'] } =
    decisions.known('scale') === undefined
      ? guess
      : { ...PLAIN, scale, how: 'inferred', why: 'the scale was told, and nothing of this' };
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
    why: `mean and deviation are of 0..${isOfBytes ? 255 : 1}`,
  };
}
