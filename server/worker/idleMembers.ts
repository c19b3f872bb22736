import type { Member } from './place.ts';

/** The workers of a crew that have nothing to do, and who waits for one. */
export interface IdleMembers {
  readonly all: readonly Member[];
  /** One that was busy, or has started, has nothing to do. Whoever waits for it gets it. */
  release(member: Member): void;
  /** The best for a frame: one that can run on all cores, or rather another. */
  take(wide: boolean): Member | undefined;
  /** Takes one that is as asked, as soon as there is one; undefined when the signal aborts before. */
  claim(isAsked: (member: Member) => boolean, signal: AbortSignal): Promise<Member | undefined>;
  /** Forgets those that are not in service any more. */
  removeLost(): void;
}

export function createIdleMembers({
  isSuspect,
  onIdle,
}: {
  /** It may not be there any more; others are rather taken. */
  isSuspect(member: Member): boolean;
  /** There is one more for frames. */
  onIdle(): void;
}): IdleMembers {
  let idle: Member[] = [];
  const claims: { isAsked(member: Member): boolean; take(member: Member): void }[] = [];

  function takeOut(member: Member): Member {
    idle = idle.filter((other) => other !== member);
    // What it is taken for is watched instead.
    member.endPing();
    return member;
  }

  return {
    get all() {
      return idle;
    },
    release(member) {
      const first = member.state === 'serving' ? claims.findIndex(({ isAsked }) => isAsked(member)) : -1;
      const [claim] = first < 0 ? [] : claims.splice(first, 1);
      if (claim) {
        claim.take(member);
        return;
      }
      if (member.state === 'serving') idle.push(member);
      onIdle();
    },
    take(wide) {
      const rank = (member: Member) => (isSuspect(member) ? 2 : 0) + (member.isWide ? 1 : 0);
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
          take(member: Member) {
            signal.removeEventListener('abort', giveUp);
            resolve(member);
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
