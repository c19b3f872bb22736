import * as v from 'valibot';
import { WireSentence } from '../../protocol/sentence.ts';

/**
 * What each process of a fleet tells of itself, again and again: gateways, which hold the sockets, and workers, which run models.
 * One that was silent for longer than `SILENT_MS` is gone.
 */

/** Time from one announcement to the next, ms. */
export const ANNOUNCE_MS = 400;
/** Time after the last announcement from which a member counts as gone, ms. */
export const SILENT_MS = 1_500;

const Count = v.pipe(v.number(), v.integer(), v.minValue(0));
const Rate = v.pipe(v.number(), v.minValue(0));
const Ms = v.nullable(v.pipe(v.number(), v.minValue(0)));
const Name = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
/** A version of a model, and what it costs there: the median of a run on the fewest cores, and memory. */
const HeldVersion = v.object({
  id: Name,
  version: Name,
  inferMs: v.optional(v.pipe(v.number(), v.minValue(0))),
  memoryBytes: v.optional(Count),
  /** Which one of a pair of float32 and int8 is run there in its name. */
  precision: v.optional(v.picklist(['int8', 'float32'])),
});
/** A version that a worker could not load or prove, and why, for people. */
const RefusedVersion = v.object({
  id: Name,
  version: Name,
  why: v.pipe(v.string(), v.maxLength(2_000)),
  sentence: v.optional(WireSentence),
  /** Of the pointer that it was to follow. */
  revision: v.optional(Count),
  /** What is behind it, a line each. */
  details: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(500))), v.maxLength(20))),
});
export type RefusedVersion = v.InferOutput<typeof RefusedVersion>;

const COMMON = {
  /** Of the process: another after each start. Letters, digits and `-`. */
  id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9-]{1,64}$/)),
  /** Of the machine, for people. */
  host: Name,
  pid: Count,
  /** Version of the product. */
  product: Name,
  /** ms since 1970, by its own clock. */
  startedAtMs: Count,
  /** Labels in the last second. */
  labelsPerSecond: Rate,
  /** Resident memory of the process and its children, bytes. */
  memoryBytes: Count,
  /** It is about to leave, and begins nothing new. */
  isLeaving: v.boolean(),
};

export const Gateway = v.object({
  role: v.literal('gateway'),
  ...COMMON,
  sessions: Count,
  /** Frames that wait for a worker. */
  waiting: Count,
  /** Age of labels at the server, of the last second; null where there were none. */
  ageMs: v.object({ p50: Ms, p95: Ms }),
});
export type Gateway = v.InferOutput<typeof Gateway>;

export const Worker = v.object({
  role: v.literal('worker'),
  ...COMMON,
  /** Workers of one group share one line of frames; all of them are to hold the same models. A part of subjects. */
  group: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,32}$/)),
  /** Number of frames that it runs at a time. */
  slots: Count,
  /** Versions that frames are run with now: loaded, and proven by their goldens here. */
  serving: v.array(HeldVersion),
  /** Versions that it holds, proven, next to these, waiting for the word to switch. */
  staged: v.array(HeldVersion),
  /** Versions that it was to hold and does not. */
  refused: v.array(RefusedVersion),
});
export type Worker = v.InferOutput<typeof Worker>;

export const Member = v.variant('role', [Gateway, Worker]);
export type Member = v.InferOutput<typeof Member>;

/** All members that were heard of lately, this process among them if it announces itself. */
export interface Members {
  readonly all: readonly Member[];
  /** Begins to announce what `read` gives, at once and every `ANNOUNCE_MS`, until `close`. */
  announce(read: () => Member): void;
  /** Announces now, since something has changed. */
  announceNow(): void;
  /** Called after anything of `all` but its figures may have changed. Returns its disposer. */
  onChange(listener: () => void): () => void;
  /** Called with the id of a member that has left or fallen silent. Returns its disposer. */
  onGone(listener: (id: string) => void): () => void;
  /** Says that this process leaves, and stops. Idempotent. */
  close(): Promise<void>;
}
