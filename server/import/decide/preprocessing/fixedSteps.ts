import type { Sentence } from '../../../../protocol/sentence.ts';
import { aboutPreprocessing } from '../../../../protocol/sentences/preprocessing.ts';
import { fixedSize, type Size, type Step } from '../../../../vision/steps.ts';
import { type PublishedPreparation, zeroColour } from './published.ts';

/** Steps that give every picture one size, as an input here has it. */
export interface FixedSteps extends Size {
  readonly steps: readonly Step[];
  /** What of the published steps is not kept, for the person who imports. */
  readonly note?: Sentence;
}

/**
 * Published steps for one size. Where they let the size follow the picture, pictures are fitted into a square of the published
 * edge, and around them is what the model sees as 0, as around the pictures of its training that shared a batch.
 */
export function fixedSteps(published: PublishedPreparation): FixedSteps | undefined {
  const { steps, why } = published;
  if (steps === undefined) return undefined;
  const fixed = fixedSize(steps);
  if (fixed) return isInput(fixed) ? { steps, ...fixed } : undefined;
  const last = steps.findLast((step) => step.op === 'resize');
  // Steps without a resize end with a crop, which is of one size.
  if (last === undefined) return undefined;
  const size = edgesOf(last);
  if (!isInput(size)) return undefined;
  const [red = 0, green = 0, blue = 0] = zeroColour(published);
  return {
    steps: [
      { op: 'resize', within: size, resample: last.resample },
      { op: 'pad', ...size, colour: [red, green, blue], at: 'top left' },
    ],
    ...size,
    note: aboutPreprocessing('size_follows', { why, ...size }),
  };
}

/** Whether a manifest takes an input of this size. */
const isInput = ({ width, height }: Size) => Math.max(width, height) <= 4096;

function edgesOf(step: Extract<Step, { op: 'resize' }>): Size {
  if ('shortest' in step) return { width: step.shortest, height: step.shortest };
  if ('within' in step) return step.within;
  if ('atMost' in step) return step.atMost;
  if ('cover' in step) return step.cover;
  if ('towards' in step) {
    const { towards, multipleOf = 1 } = step;
    const whole = (side: number) => Math.ceil(side / multipleOf) * multipleOf;
    return { width: whole(towards.width), height: whole(towards.height) };
  }
  return { width: step.width, height: step.height };
}
