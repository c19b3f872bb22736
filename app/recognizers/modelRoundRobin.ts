import type { StillScene } from './stillScene.ts';

/** How often a model beside the first gets a picture, as long as the scene changes. */
const BESIDE_MS = 500;

/**
 * Whose turn a picture is: models beside the first get one now and then, if there is anything new for them; the first gets
 * all others. Models are named by their place: 0 is the first. Times in ms of the page's clock.
 */
export class ModelRoundRobin {
  /** When each model beside the first got its last picture; its own place and theirs. */
  #lastMs: readonly number[] = [];

  /** So many models look beside the first from now on, and have seen nothing yet. */
  reset(beside: number): void {
    this.#lastMs = Array.from({ length: beside }, () => Number.NEGATIVE_INFINITY);
  }

  /** @param canLook whether the model of a place can take it: the turn of one that cannot is another's */
  next(nowMs: number, scene: StillScene, canLook: (look: number) => boolean = () => true): number {
    const waited = this.#lastMs.findIndex(
      (atMs, place) => nowMs - atMs >= BESIDE_MS && canLook(place + 1) && !scene.isSince(atMs),
    );
    return waited + 1;
  }

  /** A model got a picture. */
  gave(look: number, nowMs: number): void {
    if (look > 0 && look <= this.#lastMs.length) this.#lastMs = this.#lastMs.with(look - 1, nowMs);
  }

  /** The models that have seen the scene as it is, the first among them. */
  upToDate(scene: StillScene): number[] {
    return [0, ...this.#lastMs.flatMap((atMs, place) => (scene.isSince(atMs) ? [place + 1] : []))];
  }
}
