import type { StillScene } from './stillScene.ts';

/** Interval between two frames of a secondary model while the scene changes. */
const SECONDARY_INTERVAL_MS = 500;

/**
 * Chooses the model of each frame. A secondary model gets one when its interval has passed and the scene has changed since
 * its last one; the primary model gets all others. `modelIndex` 0 is the primary model. Times in ms of the page's clock.
 */
export class ModelRoundRobin {
  /** When each secondary model got its last frame: that of model `i` at `i - 1`. */
  #lastMs: readonly number[] = [];

  /** Other models, none of which has seen a frame yet. */
  reset(secondaryModels: number): void {
    this.#lastMs = Array.from({ length: secondaryModels }, () => Number.NEGATIVE_INFINITY);
  }

  /** @param canUse whether a model can take the frame; one that cannot is passed over */
  next(nowMs: number, scene: StillScene, canUse: (modelIndex: number) => boolean = () => true): number {
    const due = this.#lastMs.findIndex(
      (atMs, index) =>
        nowMs - atMs >= SECONDARY_INTERVAL_MS && canUse(index + 1) && !scene.isUnchangedSince(atMs),
    );
    return due + 1;
  }

  /** A model got a frame. */
  sent(modelIndex: number, nowMs: number): void {
    if (modelIndex > 0 && modelIndex <= this.#lastMs.length) {
      this.#lastMs = this.#lastMs.with(modelIndex - 1, nowMs);
    }
  }

  /** The models that have seen the scene as it is; always the primary model. */
  upToDate(scene: StillScene): number[] {
    return [0, ...this.#lastMs.flatMap((atMs, index) => (scene.isUnchangedSince(atMs) ? [index + 1] : []))];
  }
}
