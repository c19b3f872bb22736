import type { FrameView } from '../../protocol/frame.ts';
import type { Box } from '../../vision/geometry.ts';

/** Where a frame belongs: to which scene, and which part of it, where it is not the whole. It is kept with the frame until its answer. */
export interface Look {
  readonly scene: number;
  readonly part: Box | undefined;
  /** When its picture was taken, ms of the page's clock. */
  readonly grabbedAtMs: number;
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
  /** Those that the backend has, or will have. */
  #shown: Box[] = [];
  #isWholeDue = false;
  #shownParts = 0;

  /** Number of parts that were shown since they were planned. */
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
    this.#shown = [];
    this.#isWholeDue = false;
    this.replan();
  }

  /** The part that comes next; undefined: the whole. @param plan the scene's parts, best first */
  next(plan: () => Box[]): Box | undefined {
    if (!this.#isKnown) return undefined;
    this.#waiting ??= plan().filter((part) => !this.#shown.some((one) => isSame(one, part)));
    return this.#waiting[0];
  }

  /** A frame of this part, or of the whole, goes to the backend. */
  sent(
    part: Box | undefined,
    grabbedAtMs: number,
  ): { readonly look: Look; readonly shows: FrameView['shows'] } {
    const look = { scene: this.#scene, part, grabbedAtMs };
    this.#isWholeDue = part !== undefined;
    if (part === undefined) return { look, shows: this.#isKnown ? 'same scene' : 'new scene' };
    // By its sides: it may have been planned again since the frame was taken.
    this.#waiting = this.#waiting?.filter((one) => !isSame(one, part));
    this.#shown.push(part);
    this.#shownParts += 1;
    return { look, shows: 'part' };
  }

  /** Whether the backend knows the scene from its whole alone: that with one part more is what the camera sees now. */
  get isKnownByWhole(): boolean {
    return this.#isKnown && this.#shown.length === 0;
  }

  /** A frame of the part in which something moves goes to the backend. It holds for that moment: the next one is of another scene. */
  followed(part: Box, grabbedAtMs: number): { readonly look: Look; readonly shows: FrameView['shows'] } {
    const look = { scene: this.#scene, part, grabbedAtMs };
    this.begin();
    this.#isWholeDue = true;
    return { look, shows: 'part' };
  }

  labelled({ scene, part }: Look): void {
    if (scene === this.#scene && part === undefined) this.#isKnown = true;
  }

  /** It got no labels, or never left: it is looked at again. */
  dropped({ scene, part }: Look): void {
    if (scene !== this.#scene || part === undefined) return;
    this.#shown = this.#shown.filter((one) => !isSame(one, part));
    this.#shownParts = Math.max(0, this.#shownParts - 1);
    this.#waiting?.push(part);
  }

  /** Something was tapped: the parts are planned again, that around it first. Those that were shown are not shown again. */
  replan(): void {
    this.#waiting = undefined;
    this.#shownParts = 0;
  }
}

const isSame = (a: Box, b: Box) => a.every((side, at) => side === b[at]);
