import type { VersionRef } from '../library/modelRef.ts';
import type { LoadedCost } from '../worker/messages.ts';
import type { Members, RefusedVersion, Worker } from './member.ts';

/** Workers of the fleet that do not leave. */
export const workersOf = (members: Pick<Members, 'all'>): Worker[] =>
  members.all.filter((member): member is Worker => member.role === 'worker' && !member.isLeaving);

const isSame = (a: VersionRef, b: VersionRef) => a.id === b.id && a.version === b.version;

/** What it says of the version that it serves; undefined where it does not. */
export const heldIn = ({ serving }: Worker, model: VersionRef) => serving.find((one) => isSame(one, model));

export const serves = (worker: Worker, model: VersionRef): boolean => heldIn(worker, model) !== undefined;

/** It serves it, or waits for the word to switch. */
export const holds = (worker: Worker, model: VersionRef): boolean =>
  serves(worker, model) || worker.staged.some((one) => isSame(one, model));

/** @param revision of the pointer that it must be about, at the earliest: an earlier attempt says nothing */
export const refusalOf = ({ refused }: Worker, model: VersionRef, revision = 0): RefusedVersion | undefined =>
  refused.find((one) => isSame(one, model) && (one.revision ?? 0) >= revision);

/** For models that no worker has told of. */
export const UNKNOWN_COST: LoadedCost = {
  inferMs: 0,
  memoryBytes: 0,
  largestDifference: 0,
  recordedBy: undefined,
  answers: new Map(),
};

/** What a version costs in the worker where it costs most; undefined where none holds it. */
export function costIn(workers: readonly Worker[], model: VersionRef): LoadedCost | undefined {
  const held = workers
    .flatMap(({ serving, staged }) => [...serving, ...staged])
    .filter((one) => isSame(one, model));
  if (held.length === 0) return undefined;
  return {
    ...UNKNOWN_COST,
    inferMs: Math.max(...held.map(({ inferMs = 0 }) => inferMs)),
    memoryBytes: Math.max(...held.map(({ memoryBytes = 0 }) => memoryBytes)),
  };
}
