import * as v from 'valibot';
import { ModelDetails, ModelList } from './models.ts';
import { PrecisionReport } from './precision.ts';

/** An accelerator that was tried for a version of a model. */
export const ProviderReport = v.object({
  /** Of the runtime, such as `webgpu`. */
  provider: v.string(),
  /**
   * `waiting`: it is tried when the server has little to do. `serves`: it runs the model. `slower`: the processor, or another
   * provider, takes less time. `refused`: it failed, hung or gave other answers.
   */
  state: v.picklist(['waiting', 'serves', 'slower', 'refused']),
  /** In English. */
  why: v.string(),
  /** Median of a run, ms. Absent where there was no race. */
  runMs: v.optional(v.number()),
  /** The same on the processor in the same race, on all cores that a lone session gets. */
  processorMs: v.optional(v.number()),
  /** Of one that serves: how many frames it runs at once when that many wait, smallest first; none where one at a time is better. */
  batches: v.optional(v.object({ sizes: v.array(v.number()), why: v.string() })),
});
export type ProviderReport = v.InferOutput<typeof ProviderReport>;

/** A model as `GET /v1/models` has it. Apart from ModelDetails, which the client package parses: it would pay for these fields. */
export const ServedModel = v.object({
  ...ModelDetails.entries,
  /** Accelerators, for the version that serves. Absent where none is tried: the processor runs it. */
  providers: v.optional(v.array(ProviderReport)),
  precision: v.optional(PrecisionReport),
});
export type ServedModel = v.InferOutput<typeof ServedModel>;

/** The body of `GET /v1/models`. */
export const ServedModelList = v.object({ ...ModelList.entries, models: v.array(ServedModel) });
