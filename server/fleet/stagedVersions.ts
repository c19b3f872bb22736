import type { VersionRef } from '../library/modelRef.ts';
import type { Log } from '../telemetry/log.ts';
import { changePointer } from './changePointer.ts';
import type { FleetLibrary, StoredPointer } from './fleetLibrary.ts';
import type { Members } from './member.ts';

/** A version that no member has been about to make live for this long is taken back, ms. */
const ORPHANED_MS = 3_000;
const LOOK_MS = 1_000;

/** Takes back a version that was staged, if it still is, by that member; what is live stays so. Never rejects. */
export function takeBack(
  library: FleetLibrary,
  { id, version }: VersionRef,
  by: string,
  log: Log,
): Promise<void> {
  const withoutIt = ({ pointer: { live, staged } }: StoredPointer) =>
    staged?.version === version && staged.by === by ? live && { live } : 'keep';
  return changePointer(library, { id, version }, withoutIt, log, 'a refused version stays staged for now');
}

/**
 * Takes back what gateways have staged that are gone, and what this one could not take back when NATS did not answer.
 * @returns ends it, and waits for what is in progress
 */
export function takeBackOrphans({
  library,
  members,
  memberId,
  isChanging,
  log,
}: {
  library: FleetLibrary;
  members: Members;
  memberId: string;
  /** Whether this process is about to make it live. */
  isChanging(model: VersionRef): boolean;
  log: Log;
}): () => Promise<void> {
  /** By revision. */
  const pending = new Map<number, Promise<void>>();
  /** Since when the member is gone, by the revision of what it has staged. */
  const goneSinceMs = new Map<number, number>();
  const look = setInterval(() => {
    const orphans = [...library.pointers.values()].filter(
      ({ pointer: { staged } }) =>
        staged &&
        (staged.by === memberId ? !isChanging(staged) : !members.all.some(({ id }) => id === staged.by)),
    );
    const revisions = new Set(orphans.map(({ revision }) => revision));
    for (const revision of goneSinceMs.keys()) if (!revisions.has(revision)) goneSinceMs.delete(revision);
    for (const { revision, pointer } of orphans) {
      const sinceMs = goneSinceMs.get(revision) ?? performance.now();
      goneSinceMs.set(revision, sinceMs);
      const { staged } = pointer;
      if (staged === undefined || performance.now() - sinceMs < ORPHANED_MS || pending.has(revision))
        continue;
      goneSinceMs.delete(revision);
      log.warn(
        { model: staged.id, version: staged.version },
        'a version that no gateway is about to make live any more is taken back',
      );
      pending.set(
        revision,
        takeBack(library, staged, staged.by, log).finally(() => pending.delete(revision)),
      );
    }
  }, LOOK_MS);
  look.unref();
  return async () => {
    clearInterval(look);
    await Promise.all(pending.values());
  };
}
