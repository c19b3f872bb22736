import { learnHead, recognise } from '../../vision/things/head.ts';
import type { TaughtThing } from '../../vision/things/taught.ts';
import { calibrationError, type Named } from './calibrationError.ts';

/** Samples of each thing that are taught. */
export const SAMPLES = 5;

/** Embeddings of the views of one picture, the plain one first. */
export type Views = readonly Float32Array[];

/** What is taught, and what it is tried on. */
export interface Trial {
  readonly taught: Readonly<Record<string, readonly Views[]>>;
  readonly known: Readonly<Record<string, readonly Views[]>>;
  readonly unknown: readonly Views[];
}

/** Shares of right answers over all trials. */
export function nameAll(trials: readonly Trial[]) {
  const shown: Named[] = [];
  let known = 0;
  let right = 0;
  let nearest = 0;
  let others = 0;
  let unknown = 0;
  for (const trial of trials) {
    const things = Object.entries(trial.taught).map(([name, samples]) => thingOf(name, samples));
    const head = learnHead(things);
    for (const [name, pictures] of Object.entries(trial.known)) {
      for (const [plain] of pictures) {
        if (plain === undefined) continue;
        const { thing, score, nearest: best } = recognise(head, plain);
        known += 1;
        if (thing?.name === name) right += 1;
        if (best?.name === name) nearest += 1;
        if (thing) shown.push({ score, isRight: thing.name === name });
      }
    }
    for (const [plain] of trial.unknown) {
      if (plain === undefined) continue;
      others += 1;
      if (recognise(head, plain).thing === undefined) unknown += 1;
    }
  }
  return {
    trials: trials.length,
    right: right / known,
    nearest: nearest / known,
    unknown: unknown / others,
    error: calibrationError(shown),
  };
}

export const thingOf = (name: string, samples: readonly Views[]): TaughtThing => ({
  id: name,
  name,
  isNothing: false,
  samples: samples.map((views, at) => ({ id: `${name}-${at}`, takenAtMs: at, views })),
});
