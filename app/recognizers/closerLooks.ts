import type { FrameView } from '../../protocol/frame.ts';
import type { Box } from '../../vision/geometry.ts';

/** Where a frame belongs: to which scene, and which part of it, where it is not the whole. It is kept with the frame until its answer. */
export interface Look {
  readonly scene: number;
  readonly part: Box | undefined;
}

/**
 * Decides which part of a still scene the next frame shows, in place of one more frame of the whole. Parts are looked at once the backend
 * knows the whole, each once; then comes the whole once more, so that what the last part showed is confirmed.
 */
export class CloserLooks {
  #scene = 0;
  /** Labels of a whole of this scene came. */
  #isKnown = false;
  /** Those not looked at yet; undefined: not planned yet. */
  #waiting: Box[] | undefined;
  #isWholeDue = false;
  #shownParts = 0;

  /** Number of parts of this scene that were shown. */
  get shownParts(): number {
    return this.#shownParts;
  }

  /** Whether the scene is still to be shown as a whole after its parts. */
  get isWholeDue(): boolean {
    return this.#isWholeDue;
  }

  /** Another scene, or a backend that does not know this one. */
  begin(): void {
    this.#scene += 1;
    this.#isKnown = false;
    this.#waiting = undefined;
    this.#isWholeDue = false;
    this.#shownParts = 0;
  }

  /** The part that comes next; undefined: the whole. @param plan the scene's parts, best first */
  next(plan: () => Box[]): Box | undefined {
    if (!this.#isKnown) return undefined;
    this.#waiting ??= plan();
    return this.#waiting[0];
  }

  /** A frame of this part, or of the whole, goes to the backend. */
  sent(part: Box | undefined): { readonly look: Look; readonly shows: FrameView['shows'] } {
    const look = { scene: this.#scene, part };
    this.#isWholeDue = part !== undefined;
    if (part === undefined) return { look, shows: this.#isKnown ? 'same scene' : 'new scene' };
    this.#waiting = this.#waiting?.filter((one) => one !== part);
    this.#shownParts += 1;
    return { look, shows: 'part' };
  }

  labelled({ scene, part }: Look): void {
    if (scene === this.#scene && part === undefined) this.#isKnown = true;
  }

  /** It got no labels: it is looked at again. */
  dropped({ scene, part }: Look): void {
    if (scene === this.#scene && part !== undefined) this.#waiting?.push(part);
  }

  /** Something was tapped: the parts are planned again, that around it first. */
  replan(): void {
    this.#waiting = undefined;
  }
}
