import type { Member, Members } from '../../fleet/member.ts';

/** A member that is gone. */
export interface Departed {
  member: Member;
  atMs: number;
  /** It said before that it would leave; else it fell silent: it was killed, or its machine or network is gone. */
  didSay: boolean;
}

/** What is known of a fleet at one time. */
export interface FleetNow {
  /** ms since 1970. */
  nowMs: number;
  members: readonly Member[];
  /** Of the last minute, the latest first. */
  departed: readonly Departed[];
  /** Since when there is no connection to the queue, ms since 1970. */
  lostSinceMs?: number | undefined;
  /** It has just begun to listen: who was not heard yet may be there. */
  isNew?: boolean;
}

/** How long those that are gone are named. */
const REMEMBER_MS = 60_000;

/** Remembers who has left a fleet. */
export class FleetWatch {
  readonly #members: Pick<Members, 'all' | 'onChange' | 'onGone'>;
  /** As they announced themselves last. */
  readonly #known = new Map<string, Member>();
  #departed: Departed[] = [];
  readonly #disposers: (() => void)[];

  /** @param onNews called after a member came, changed or left */
  constructor(members: Pick<Members, 'all' | 'onChange' | 'onGone'>, onNews: () => void = () => undefined) {
    this.#members = members;
    this.#note();
    this.#disposers = [
      members.onChange(() => {
        this.#note();
        onNews();
      }),
      members.onGone((id) => {
        this.#leave(id);
        onNews();
      }),
    ];
  }

  read(nowMs = Date.now()): FleetNow {
    this.#note();
    // One that was silent for a while and is back was never gone.
    this.#departed = this.#departed.filter(
      ({ member, atMs }) => nowMs - atMs < REMEMBER_MS && !this.#known.has(member.id),
    );
    return { nowMs, members: [...this.#members.all], departed: this.#departed };
  }

  /** Idempotent. */
  close(): void {
    for (const dispose of this.#disposers.splice(0)) dispose();
  }

  #note(): void {
    for (const member of this.#members.all) this.#known.set(member.id, member);
  }

  #leave(id: string): void {
    const member = this.#known.get(id);
    this.#known.delete(id);
    if (member === undefined) return;
    this.#departed.unshift({ member, atMs: Date.now(), didSay: member.isLeaving });
  }
}
