import * as v from 'valibot';
import { ModelId } from '../../protocol/vocabulary.ts';

/**
 * The models of a fleet: files by their hash, which never change, and for each model a pointer to the version that is live. Every
 * gateway may change it; gateways and workers follow it.
 */

const Sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
/** As in manifests. */
const InnerPath = v.pipe(v.string(), v.regex(/^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/));
const Name = v.pipe(v.string(), v.minLength(1), v.maxLength(200));

export const FleetFile = v.object({
  path: InnerPath,
  sha256: Sha256,
  bytes: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
export type FleetFile = v.InferOutput<typeof FleetFile>;

/** One version of a model, as all members can get it. */
export const FleetVersion = v.object({
  /** Name of a folder of all members. */
  id: ModelId,
  /** See ModelFolder.version. */
  version: Name,
  /** A version as it is before ModelStore.activate: `manifest.json`, and what that names, by paths from there. */
  files: v.array(FleetFile),
});
export type FleetVersion = v.InferOutput<typeof FleetVersion>;

/** A version, and where this machine has the content of its files. */
export interface PackedVersion {
  readonly version: FleetVersion;
  /** A file on this disk or its bytes, by the paths of `version`. */
  readonly contents: ReadonlyMap<string, string | Uint8Array>;
}

/** What is live of a model, and what all workers are to hold next to it, so that they can switch together. */
export const Pointer = v.object({
  live: v.optional(FleetVersion),
  /** Workers load and prove it, and say so; nothing is run with it yet. `by`: the member that makes the change. */
  staged: v.optional(v.object({ ...FleetVersion.entries, by: Name })),
});
export type Pointer = v.InferOutput<typeof Pointer>;

/** A pointer, and the revision that a change must name. */
export interface StoredPointer {
  readonly pointer: Pointer;
  /** 0: NATS has lost it, with its disk; members still have what it named. */
  readonly revision: number;
}

export interface FleetLibrary {
  /** Pointers of all models, as known now, by model id. */
  readonly pointers: ReadonlyMap<string, StoredPointer>;
  /** When models were removed from the fleet, ms since 1970, by model id. */
  readonly removed: ReadonlyMap<string, number>;
  /** Called after a pointer has changed, was added, or is gone. Returns its disposer. */
  onChange(listener: (id: string) => void): () => void;
  /**
   * Sends the files that are not there yet. Idempotent; a file that is there is never written again.
   * @throws CodedError `not_writable` where NATS has no room
   */
  upload(packed: PackedVersion, signal?: AbortSignal): Promise<void>;
  /**
   * Fetches files into an empty folder, each checked by its hash. Those that this machine has fetched before are taken from there.
   * @throws Error where a file is missing, is another one, or does not come in time; CodedError `not_writable` where there is no room here
   */
  download(version: FleetVersion, dir: string, signal?: AbortSignal): Promise<void>;
  /**
   * Changes a pointer; undefined removes the model.
   * @param revision of what is replaced; 0 where there is nothing
   * @returns the revision after it
   * @throws CodedError `conflict` where another member was faster
   */
  point(id: string, pointer: Pointer | undefined, revision: number): Promise<number>;
  /** Idempotent. */
  close(): Promise<void>;
}
