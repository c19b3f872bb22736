import type { Head } from '../../../vision/things/head.ts';

/** Work for the thread that learns. */
export type LearnTask =
  /** Learns from all that is in a collection. */
  | { readonly kind: 'learn'; readonly dir: string }
  /** Which of these samples a head would recognise that was learned from the others. */
  | {
      readonly kind: 'compare';
      readonly classes: PlainClasses;
      readonly background?: Float32Array | undefined;
    };

/** Embeddings of the plain views of each sample of each class, not normalised. */
export type PlainClasses = readonly (readonly Float32Array[])[];

export interface Learned {
  readonly head: Head;
  /** Samples that were left out, and why the first of them was. */
  readonly unreadable: { readonly count: number; readonly why: string } | undefined;
}

/** For each sample, class after class, whether it was recognised; undefined for one that was not held out. */
export type Recognitions = readonly (boolean | undefined)[];

/** What a task gives. */
export interface Results {
  readonly learn: Learned;
  readonly compare: Recognitions;
}

export type ToLearner = LearnTask & { readonly number: number };
export type FromLearner =
  | { readonly number: number; readonly result: Results[keyof Results] }
  | { readonly number: number; readonly why: string };
