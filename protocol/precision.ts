import * as v from 'valibot';

/** Which of both versions of a quantised model serves on this machine, or on those of a fleet, and why. */
export const PrecisionReport = v.object({
  /** The version that was made live; the other one may serve. */
  live: v.string(),
  /** The float32 version; absent where it is not kept any more. */
  float: v.optional(v.string()),
  int8: v.string(),
  /** In a fleet: what most workers run. */
  serves: v.picklist(['int8', 'float32']),
  /**
   * `waiting`: they are raced when the server has little to do. `faster`, `slower`: the int8 version, by the race. `refused`: the int8
   * version fails here. `chosen`: by the operator. `alone`: without a float32 version there is nothing to choose.
   * `fleet`: each worker machine chooses, see `workers`.
   */
  state: v.picklist(['waiting', 'faster', 'slower', 'refused', 'chosen', 'alone', 'fleet']),
  /** In English. */
  why: v.string(),
  /** Medians of a run next to others, ms, of both in one race. */
  floatMs: v.optional(v.number()),
  int8Ms: v.optional(v.number()),
  /** Number of worker machines of a fleet that run each. */
  workers: v.optional(v.object({ int8: v.number(), float32: v.number() })),
});
export type PrecisionReport = v.InferOutput<typeof PrecisionReport>;
