import { SecondaryCost } from './secondaryCost.ts';
import type { StillScene } from './stillScene.ts';

/** Least interval between two frames of a secondary model. */
const SECONDARY_INTERVAL_MS = 500;
/** Longest wait after frames that a secondary model did not answer, which doubles: it is being loaded, or the server has no time. */
const MAX_BACKOFF_MS = 2_000;
/**
 * On a server that others wait for, too, what a secondary model takes is missing everywhere, and no single page sees it: it
 * gets one part in this many of the time.
 */
const CROWDED_SHARE = 12;

/** What a secondary model did last. */
interface Turn {
  /** For this long its tracker shows what is gone. */
  readonly holdMs: number;
  /** When it got its last frame. */
  readonly sentMs: number;
  /** When it got the last one that was not let go: what it has seen of the scene. */
  readonly seenMs: number;
  readonly isAtWork: boolean;
  /** How long it took for the last frame that it answered. */
  readonly answerMs: number;
  /** Number of frames in a row that it did not answer. */
  readonly dropped: number;
}

const NO_TURN: Omit<Turn, 'holdMs'> = {
  sentMs: Number.NEGATIVE_INFINITY,
  seenMs: Number.NEGATIVE_INFINITY,
  isAtWork: false,
  answerMs: 0,
  dropped: 0,
};

/**
 * Chooses the model of each frame. A secondary model gets one when its interval has passed and the scene has changed since
 * its last one, or so shortly before that its tracker may still show what is gone, and none before the primary model has labels; the primary model gets all others. `modelIndex` 0 is the
 * primary model. Times in ms of the page's clock.
 */
export class ModelRoundRobin {
  /** That of model `i` at `i - 1`. */
  #turns: readonly Turn[] = [];
  readonly #cost = new SecondaryCost();
  #isPrimaryLabelled = false;

  /** Other models, none of which has seen a frame yet. @param holdsMs for which the tracker of each shows what is gone */
  reset(holdsMs: readonly number[]): void {
    this.#turns = holdsMs.map((holdMs) => ({ ...NO_TURN, holdMs }));
    this.#cost.reset();
    this.#isPrimaryLabelled = false;
  }

  /**
   * @param canUse whether a model can take the frame; one that cannot is passed over
   * @param isCrowded whether frames of others wait at the server
   */
  next(
    nowMs: number,
    scene: StillScene,
    canUse: (modelIndex: number) => boolean = () => true,
    isCrowded = false,
  ): number {
    if (!this.#isPrimaryLabelled && canUse(0)) return 0;
    const isStill = scene.maySkip(nowMs);
    const due = this.#turns.findIndex(({ holdMs, sentMs, seenMs, isAtWork, answerMs, dropped }, index) => {
      // While nothing changes it may have all the time that it needs.
      const intervalMs = isStill
        ? answerMs
        : isCrowded
          ? CROWDED_SHARE * answerMs
          : this.#cost.intervalMs(answerMs);
      const leastMs = Math.min(MAX_BACKOFF_MS, SECONDARY_INTERVAL_MS * 2 ** dropped);
      const isDue = !isAtWork && nowMs - sentMs >= Math.max(leastMs, intervalMs);
      return isDue && canUse(index + 1) && !scene.isUnchangedSince(seenMs - holdMs);
    });
    return due + 1;
  }

  /** A model got a frame. */
  sent(modelIndex: number, nowMs: number): void {
    if (this.#turns[modelIndex - 1] === undefined) return;
    this.#set(modelIndex, { sentMs: nowMs, seenMs: nowMs, isAtWork: true });
    this.#cost.changed(true, nowMs);
  }

  /** The labels of a model's last frame have come. */
  labelled(modelIndex: number, nowMs: number): void {
    if (modelIndex === 0) {
      this.#isPrimaryLabelled = true;
      this.#cost.labelled();
    }
    const turn = this.#turns[modelIndex - 1];
    if (turn === undefined) return;
    this.#set(modelIndex, { answerMs: nowMs - turn.sentMs, isAtWork: false, dropped: 0 });
    this.#cost.changed(false, nowMs);
  }

  /** A model's last frame got no labels. */
  dropped(modelIndex: number): void {
    const turn = this.#turns[modelIndex - 1];
    if (turn === undefined) return;
    this.#set(modelIndex, { seenMs: Number.NEGATIVE_INFINITY, isAtWork: false, dropped: turn.dropped + 1 });
    this.#cost.interrupt();
  }

  /** A frame showed nothing new. */
  skipped(): void {
    this.#cost.interrupt();
  }

  /** The models that have seen the scene as it is; always the primary model. */
  upToDate(scene: StillScene): number[] {
    return [
      0,
      ...this.#turns.flatMap(({ seenMs }, index) => (scene.isUnchangedSince(seenMs) ? [index + 1] : [])),
    ];
  }

  #set(modelIndex: number, change: Partial<Turn>): void {
    this.#turns = this.#turns.map((turn, at) => (at === modelIndex - 1 ? { ...turn, ...change } : turn));
  }
}
