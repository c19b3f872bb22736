import type { CollectionDetails, CollectionInfo, ExportKind, SampleAdded } from '../../protocol/things.ts';
import type { Problem } from '../models/problem.ts';
import type { SampleName } from './collection.ts';

/** A thing that is being taught. */
export interface Teaching extends SampleName {
  /** The name that was shown and is wrong: one sample of the right thing is all that is wanted. Undefined: none was. */
  readonly wrong: string | undefined;
  readonly isTaking: boolean;
  /** The last sample, of this name. */
  readonly taken: SampleAdded | undefined;
  /** Why the last one was not taken. */
  readonly problem: Problem | undefined;
}

/** Pictures that are being added. */
export interface Adding {
  readonly done: number;
  readonly total: number;
  /** Those that were not taken, and why. */
  readonly refused: readonly { readonly file: string; readonly problem: Problem }[];
}

/** A collection on its way into a file, out of one, or from this browser to the server. */
export interface Moving {
  readonly what: 'export' | 'import' | 'share';
  /** Of an export. */
  readonly as?: ExportKind | undefined;
  /** That have come; undefined where they are not counted. */
  readonly bytes: number | undefined;
  /** How much is done, 0..1; undefined where that is not known. */
  readonly share: number | undefined;
}

/** What was taken away, by name, and can be taken back. */
export type Removed =
  | {
      readonly what: 'sample' | 'thing' | 'merged' | 'moved';
      readonly name: string;
      /** Of the change. */
      readonly revision: string | undefined;
    }
  | { readonly what: 'collection'; readonly name: string; readonly id: string };

export interface ThingsState {
  /** Those of the server that this browser knows of; undefined: not known yet. */
  readonly collections: readonly CollectionInfo[] | undefined;
  /** Whether this browser may change the server's. */
  readonly mayChange: boolean;
  /** Id of the one in use. */
  readonly chosen: string;
  /** Of the one in use; undefined: not known yet, or not there. */
  readonly details: CollectionDetails | undefined;
  /** Why the last command came to nothing. */
  readonly problem: Problem | undefined;
  /** Undefined: nothing is being taught. */
  readonly teaching: Teaching | undefined;
  readonly removed: Removed | undefined;
  readonly adding: Adding | undefined;
  readonly moving: Moving | undefined;
  /** What was moved last, once all of it was. */
  readonly moved: Moving['what'] | undefined;
}

/** The collection that a server has first. */
export const DEFAULT_COLLECTION = 'my-things';
/** Samples that are enough to begin with. */
export const ENOUGH_SAMPLES = 5;
/** `SampleAdded.variety` of a thing that was hardly moved is below this. */
const LEAST_VARIETY = 0.06;
/** One or two samples differ little in any case. */
const TOLD_FROM = 3;

export const INITIAL_THINGS: ThingsState = {
  collections: undefined,
  mayChange: false,
  chosen: DEFAULT_COLLECTION,
  details: undefined,
  problem: undefined,
  teaching: undefined,
  removed: undefined,
  adding: undefined,
  moving: undefined,
  moved: undefined,
};

/** What a person does best now. */
export type TeachingStep = 'name' | 'show' | 'turn' | 'back' | 'enough';

/** What a person does best now, to teach a thing. */
export function stepOf({ name, isNothing, taken }: Teaching): TeachingStep {
  if (name === '' && !isNothing) return 'name';
  if (taken === undefined) return 'show';
  if (taken.samples >= TOLD_FROM && taken.variety < LEAST_VARIETY) return 'back';
  return taken.samples < ENOUGH_SAMPLES ? 'turn' : 'enough';
}

/** The thing of this name, if there is one. Names that differ by case alone are one name. */
export const thingNamed = (details: CollectionDetails | undefined, name: string) =>
  details?.things.find((thing) => thing.name.toLowerCase() === name.trim().toLowerCase());

/** A collection as it is listed. */
export const infoOf = ({ id, visibility, things }: CollectionDetails): CollectionInfo => ({
  id,
  visibility,
  things: things.filter(({ isNothing }) => !isNothing).length,
  samples: things.reduce((sum, { samples }) => sum + samples.length, 0),
});
