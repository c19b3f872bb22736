import type { Measured, ServerAnswer } from './measured.ts';

/** Window of the policy, ms. */
const KEPT_MS = 5_000;
/** Of a scene that stands still hardly any frames are answered; what is usual is known from those before. */
const AT_LEAST = 12;

/** Keeps what the server really delivers: which frames were labelled, and for how long frames have gone without. */
export class ServerWatch {
  #answers: readonly ServerAnswer[] = [];
  /** When the first frame after the last labels was handed over. */
  #waitsSinceMs: number | undefined;

  pushed(nowMs: number): void {
    this.#waitsSinceMs ??= nowMs;
  }

  labelled(answer: ServerAnswer): void {
    this.#answers = [...this.#answers, answer].filter(
      ({ atMs }, index, all) => answer.atMs - atMs <= KEPT_MS || index >= all.length - AT_LEAST,
    );
    this.settled();
  }

  /** Nothing is owed: the frames that were handed over are labelled, or show nothing new. */
  settled(): void {
    this.#waitsSinceMs = undefined;
  }

  /** The typical time is void: another model is in use. */
  forget(): void {
    this.#answers = [];
    this.settled();
  }

  /**
   * Frames that were let go count as waiting too: a server that drops all of them delivers nothing.
   * @param sentWaitMs see `Recognizer.oldestWaitMs`
   */
  read(sentWaitMs: number | undefined, nowMs: number): Pick<Measured['server'], 'answers' | 'oldestWaitMs'> {
    const pushedWaitMs = this.#waitsSinceMs === undefined ? undefined : nowMs - this.#waitsSinceMs;
    const isWaiting = sentWaitMs !== undefined || pushedWaitMs !== undefined;
    return {
      answers: this.#answers,
      oldestWaitMs: isWaiting ? Math.max(sentWaitMs ?? 0, pushedWaitMs ?? 0) : undefined,
    };
  }
}
