import type { VersionRef } from '../library/modelRef.ts';
import { holds, refusalOf, workersOf } from './fleetWorkers.ts';
import type { Member } from './member.ts';

/**
 * Whether this worker may load a staged version now. One with a single process answers no frames while that loads, so of these no
 * more than half of a group load at a time, in the order of their ids: the others go on, and a version that does not serve
 * disturbs half of them at most.
 * @param revision of the pointer that has the version staged
 */
export function mayLoadNow(
  all: readonly Member[],
  memberId: string,
  model: VersionRef,
  revision: number,
): boolean {
  const workers = workersOf({ all });
  const self = workers.find(({ id }) => id === memberId);
  const peers = workers
    .filter(({ group, slots, serving }) => group === self?.group && slots === 1 && serving.length > 0)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const rank = peers.findIndex(({ id }) => id === memberId);
  if (rank < 0) return true;
  const atATime = Math.max(1, Math.floor(peers.length / 2));
  const before = peers.slice(0, rank);
  const loading = before.filter((peer) => !holds(peer, model) && !refusalOf(peer, model, revision));
  return loading.length < atATime;
}
