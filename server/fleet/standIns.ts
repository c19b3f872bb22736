import { type VersionRef, versionKey } from '../library/modelRef.ts';
import type { FleetLibrary } from './fleetLibrary.ts';

/**
 * What a worker runs in place of versions that were made live: the other one of a pair of float32 and int8, where that is faster on its
 * processor. To the rest of the fleet a stand-in counts as what was made live, so that machines of several kinds serve the same sessions.
 */
export interface StandIns {
  /** From now on `runs` may be run in place of `live`; both may be the same version. */
  note(live: VersionRef, runs: VersionRef): void;
  /** Whether it is this version, or was to run in its place. */
  standsFor(runs: VersionRef, version: string | undefined): boolean;
  /** The version that gateways know it by: what is live in the fleet, where it stands for that. */
  knownAs(runs: VersionRef): string;
  /** The version that is staged in the fleet, where it stands for that one, too. */
  stagedAs(runs: VersionRef): string | undefined;
}

export function createStandIns(pointers: FleetLibrary['pointers']): StandIns {
  /** Versions, the last one noted last, by the version that stands for them. */
  const noted = new Map<string, Set<string>>();

  const standsFor: StandIns['standsFor'] = (runs, version) =>
    version !== undefined &&
    (runs.version === version || (noted.get(versionKey(runs))?.has(version) ?? false));

  function knownAs(runs: VersionRef): string {
    const live = pointers.get(runs.id)?.pointer.live?.version;
    if (live !== undefined && standsFor(runs, live)) return live;
    return [...(noted.get(versionKey(runs)) ?? [])].at(-1) ?? runs.version;
  }

  return {
    note({ version }, runs) {
      const key = versionKey(runs);
      const known = noted.get(key) ?? new Set();
      known.delete(version);
      noted.set(key, known.add(version));
    },
    standsFor,
    knownAs,
    stagedAs(runs) {
      const staged = pointers.get(runs.id)?.pointer.staged?.version;
      return standsFor(runs, staged) && staged !== knownAs(runs) ? staged : undefined;
    },
  };
}
