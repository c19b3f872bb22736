/** Of a sign of life whose scene was sent well enough before: a still scene costs 60 KB a minute. */
const SIGN_OF_LIFE_QUALITY = 0.7;

interface Whole {
  /** What suits the link, 0..1. */
  readonly wanted: number;
  /** Whether it shows anything else than the one before. */
  readonly changed: boolean;
  /** Whether the scene has come to rest, so that nothing new is expected of its labels. */
  readonly isSignOfLife: boolean;
}

/** The quality of each picture of the whole scene: a scene that comes to rest has been sent as well as the link allows. */
export class SceneQuality {
  /** The best in which the scene was sent since it changed, 0..1. */
  #sent = 0;

  of({ wanted, changed, isSignOfLife }: Whole): number {
    if (changed) this.#sent = 0;
    const isKnown = isSignOfLife && this.#sent >= wanted;
    const quality = isKnown ? Math.min(wanted, SIGN_OF_LIFE_QUALITY) : wanted;
    this.#sent = Math.max(this.#sent, quality);
    return quality;
  }
}
