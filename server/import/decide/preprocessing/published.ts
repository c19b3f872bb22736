import * as v from 'valibot';
import type { Sentence } from '../../../../protocol/sentence.ts';
import { aboutPreprocessing } from '../../../../protocol/sentences/preprocessing.ts';
import { Steps } from '../../../../protocol/steps.ts';
import type { Step } from '../../../../vision/steps.ts';

export type Triple = readonly [number, number, number];

/**
 * What a published file says about how pictures are prepared, read as the library reads it that the file was written for.
 * Values are prepared as (value * scale - mean[channel]) / std[channel], value 0..255, in the order of `channels`.
 */
export interface PublishedPreparation {
  /** Which file, and which class of which library, in words. */
  readonly why: string;
  /** Undefined where the file leaves the shape of pictures alone. */
  readonly steps: readonly Step[] | undefined;
  readonly scale: number;
  readonly mean: Triple;
  readonly std: Triple;
  readonly channels: 'RGB' | 'BGR';
}

export const IMAGENET_DEFAULT = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
} as const satisfies { mean: Triple; std: Triple };
/** -1..1. */
export const IMAGENET_STANDARD = {
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
} as const satisfies { mean: Triple; std: Triple };
export const OPENAI_CLIP = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
} as const satisfies { mean: Triple; std: Triple };

/** The colour that becomes 0, RGB bytes: what surrounds pictures that are padded after their values were prepared. */
export const zeroColour = ({ mean, scale }: Pick<PublishedPreparation, 'mean' | 'scale'>): number[] =>
  mean.map((value) => Math.min(255, Math.max(0, Math.round(value / scale))));

/**
 * The steps as a manifest takes them. Files can ask for more: a thousandth of a picture, millions of pixels.
 * @param onWarning called where they do; nothing is said about the shape of pictures then
 */
export function usableSteps(
  steps: readonly Step[],
  onWarning: (message: Sentence) => void,
): readonly Step[] | undefined {
  if (steps.length === 0) return undefined;
  if (v.is(Steps, steps)) return steps;
  onWarning(aboutPreprocessing('too_many_pixels'));
  return undefined;
}
