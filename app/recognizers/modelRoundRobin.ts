import type { StillScene } from './stillScene.ts';

/** Interval between two frames of a secondary model. */
const SECONDARY_INTERVAL_MS = 500;
/**
 * While the scene changes, a secondary model gets no more than one part in this many of the time: all else is for the
 * primary model, which may share a processor with it. A scene that stands still leaves it all the time that it needs.
 */
const SECONDARY_SHARE = 12;

/**
 * Chooses the model of each frame. A secondary model gets one when its interval has passed and the scene has changed since
 * its last one, and none before the primary model has labels; the primary model gets all others. `modelIndex` 0 is the
 * primary model. Times in ms of the page's clock.
 */
export class ModelRoundRobin {
  /** When each secondary model got its last frame: that of model `i` at `i - 1`. */
  #lastMs: readonly number[] = [];
  /** How long each took for the last frame that it answered, same places. */
  #answerMs: readonly number[] = [];
  #isPrimaryLabelled = false;

  /** Other models, none of which has seen a frame yet. */
  reset(secondaryModels: number): void {
    this.#lastMs = Array.from({ length: secondaryModels }, () => Number.NEGATIVE_INFINITY);
    this.#answerMs = Array.from({ length: secondaryModels }, () => 0);
    this.#isPrimaryLabelled = false;
  }

  /** @param canUse whether a model can take the frame; one that cannot is passed over */
  next(nowMs: number, scene: StillScene, canUse: (modelIndex: number) => boolean = () => true): number {
    if (!this.#isPrimaryLabelled && canUse(0)) return 0;
    const share = scene.maySkip(nowMs) ? 1 : SECONDARY_SHARE;
    const due = this.#lastMs.findIndex((atMs, index) => {
      const intervalMs = Math.max(SECONDARY_INTERVAL_MS, share * (this.#answerMs[index] ?? 0));
      return nowMs - atMs >= intervalMs && canUse(index + 1) && !scene.isUnchangedSince(atMs);
    });
    return due + 1;
  }

  /** A model got a frame. */
  sent(modelIndex: number, nowMs: number): void {
    if (modelIndex > 0 && modelIndex <= this.#lastMs.length) {
      this.#lastMs = this.#lastMs.with(modelIndex - 1, nowMs);
    }
  }

  /** The labels of a model's last frame have come. */
  labelled(modelIndex: number, nowMs: number): void {
    if (modelIndex === 0) this.#isPrimaryLabelled = true;
    const sentMs = this.#lastMs[modelIndex - 1];
    if (sentMs !== undefined) this.#answerMs = this.#answerMs.with(modelIndex - 1, nowMs - sentMs);
  }

  /** The models that have seen the scene as it is; always the primary model. */
  upToDate(scene: StillScene): number[] {
    return [0, ...this.#lastMs.flatMap((atMs, index) => (scene.isUnchangedSince(atMs) ? [index + 1] : []))];
  }
}
