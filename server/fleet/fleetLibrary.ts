import * as v from 'valibot';

/**
 * The models of a fleet: files by their hash, which never change, and for each model a pointer to the version that is live. Every
 * gateway may change it; gateways and workers follow it.
 */

const Sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));

/** One version of a model, as all members can get it. */
export const FleetVersion = v.object({
  id: v.string(),
  /** See ModelFolder.version. */
  version: v.string(),
  /** Paths are relative to the folder of the model, `manifest.json` among them. */
  files: v.array(
    v.object({ path: v.string(), sha256: Sha256, bytes: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
  ),
});
export type FleetVersion = v.InferOutput<typeof FleetVersion>;

/** What is live of a model, and what all workers are to hold next to it, so that they can switch together. */
export const Pointer = v.object({
  live: v.optional(FleetVersion),
  /** Workers load and prove it, and say so; nothing is run with it yet. */
  staged: v.optional(FleetVersion),
});
export type Pointer = v.InferOutput<typeof Pointer>;

/** A pointer, and the revision that a change must name. */
export interface StoredPointer {
  readonly pointer: Pointer;
  readonly revision: number;
}

export interface FleetLibrary {
  /** Pointers of all models, as known now, by model id. */
  readonly pointers: ReadonlyMap<string, StoredPointer>;
  /** Called after one has changed, was added, or is gone. Returns its disposer. */
  onChange(listener: (id: string) => void): () => void;
  /**
   * Sends the files that are not there yet. Idempotent; a file that is there is never written again.
   * @param dir the folder that the paths of the files are relative to
   */
  upload(version: FleetVersion, dir: string, signal?: AbortSignal): Promise<void>;
  /**
   * Fetches files into an empty folder, each checked by its hash. Those that this machine has fetched before are taken from there.
   * @throws Error where a file is missing, is another one, or does not come in time
   */
  download(version: FleetVersion, dir: string, signal?: AbortSignal): Promise<void>;
  /**
   * Changes a pointer; undefined removes the model.
   * @param revision of what is replaced; 0 where there is nothing
   * @throws CodedError `conflict` where another member was faster
   */
  point(id: string, pointer: Pointer | undefined, revision: number): Promise<number>;
  /** Idempotent. */
  close(): Promise<void>;
}
