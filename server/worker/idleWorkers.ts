import type { GroupWorker } from './workerSlot.ts';

/** The workers of a group that have nothing to do, and the claims that wait for one. */
export interface IdleWorkers {
  readonly all: readonly GroupWorker[];
  /** One that was busy, or has started, has nothing to do. A claim that waits for it gets it. */
  release(worker: GroupWorker): void;
  /** The best for a frame. @param wide only one that can run on all cores; else one that cannot is preferred */
  take(wide: boolean): GroupWorker | undefined;
  /** Takes one that is as asked, as soon as there is one; undefined when the signal aborts before. */
  claim(isAsked: (worker: GroupWorker) => boolean, signal: AbortSignal): Promise<GroupWorker | undefined>;
  /** Forgets those that are not in service any more. */
  removeLost(): void;
}

export function createIdleWorkers({
  isPingOverdue,
  onIdle,
}: {
  /** It owes the answer to a ping, and may be gone; others are preferred. */
  isPingOverdue(worker: GroupWorker): boolean;
  /** There is one more for frames. */
  onIdle(): void;
}): IdleWorkers {
  let idle: GroupWorker[] = [];
  const claims: { isAsked(worker: GroupWorker): boolean; take(worker: GroupWorker): void }[] = [];

  function takeOut(worker: GroupWorker): GroupWorker {
    idle = idle.filter((other) => other !== worker);
    // What it is taken for is watched instead.
    worker.endPing();
    return worker;
  }

  return {
    get all() {
      return idle;
    },
    release(worker) {
      const first = worker.state === 'serving' ? claims.findIndex(({ isAsked }) => isAsked(worker)) : -1;
      const [claim] = first < 0 ? [] : claims.splice(first, 1);
      if (claim) {
        claim.take(worker);
        return;
      }
      if (worker.state === 'serving') idle.push(worker);
      onIdle();
    },
    take(wide) {
      const rank = (worker: GroupWorker) => (isPingOverdue(worker) ? 2 : 0) + (worker.isWide ? 1 : 0);
      // The last one that worked is the warmest.
      const fitting = wide ? idle.filter(({ isWide }) => isWide) : idle;
      const [best] = fitting.toReversed().sort((a, b) => rank(a) - rank(b));
      return best && takeOut(best);
    },
    async claim(isAsked, signal) {
      if (signal.aborted) return undefined;
      const ready = idle.find(isAsked);
      if (ready) return takeOut(ready);
      return new Promise((resolve) => {
        const claim = {
          isAsked,
          take(worker: GroupWorker) {
            signal.removeEventListener('abort', giveUp);
            resolve(worker);
          },
        };
        const giveUp = () => {
          claims.splice(claims.indexOf(claim), 1);
          resolve(undefined);
        };
        signal.addEventListener('abort', giveUp, { once: true });
        claims.push(claim);
      });
    },
    removeLost() {
      idle = idle.filter(({ state }) => state === 'serving');
    },
  };
}
