import type { ModelFolder } from '../library/modelFolder.ts';
import type { FleetLibrary } from './fleetLibrary.ts';
import type { Members, Worker } from './member.ts';
import { listenToAll } from './waitUntil.ts';

/** Which group of workers runs the frames of a model. */
export interface ModelGroups {
  /** The group; undefined where no worker runs the model now. */
  groupOf(model: string): string | undefined;
  /** Other versions serve at this gateway. */
  changed(): void;
  /** Idempotent. */
  close(): void;
}

export interface ModelGroupsOptions {
  members: Pick<Members, 'all' | 'onChange'>;
  library: Pick<FleetLibrary, 'pointers' | 'onChange'>;
  /** What serves at this gateway. */
  serving(): readonly Pick<ModelFolder, 'manifest' | 'version'>[];
}

/**
 * Of the groups whose workers run the version that serves here, the one with most slots. While a rollout goes through the fleet, workers are a
 * moment ahead of gateways: then also one that runs what is live there.
 */
export function createModelGroups({ members, library, serving }: ModelGroupsOptions): ModelGroups {
  /** Asked for each frame, and changed seldom. */
  const known = new Map<string, string | undefined>();
  const changed = () => known.clear();
  const stop = listenToAll(members, library)(changed);

  function find(model: string): string | undefined {
    const version = serving().find(({ manifest }) => manifest.id === model)?.version;
    const live = library.pointers.get(model)?.pointer.live?.version;
    return largestOf(model, version) ?? largestOf(model, live);
  }

  function largestOf(id: string, version: string | undefined): string | undefined {
    const slots = new Map<string, number>();
    for (const member of members.all) {
      if (member.role !== 'worker' || member.isLeaving || !runs(member, id, version)) continue;
      slots.set(member.group, (slots.get(member.group) ?? 0) + member.slots);
    }
    // By name among equals: all gateways take the same one.
    const [largest] = [...slots].sort(([a, some], [b, more]) => more - some || a.localeCompare(b));
    return largest?.[0];
  }

  return {
    groupOf(model) {
      if (!known.has(model)) known.set(model, find(model));
      return known.get(model);
    },
    changed,
    close: stop,
  };
}

const runs = ({ serving }: Worker, id: string, version: string | undefined) =>
  serving.some((one) => one.id === id && one.version === version);
