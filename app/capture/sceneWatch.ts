import { type Box, WHOLE } from '../../vision/geometry.ts';
import type { DescribedInput, Size } from '../../vision/steps.ts';
import { movingPart } from '../../vision/tiles/movingPart.ts';
import { changeBetween, type LumaGrid, lumaGrid } from './stillness.ts';

/** What a picture of the primary model shows next to the one before it. Parts are in 0..1 of what a frame of the whole shows. */
export interface SeenChange {
  /** Whether it shows anything else. */
  readonly changed: boolean;
  /** The part in which all that moves is, where that is small. */
  readonly moving?: Box | undefined;
  /** What the model sees of it; undefined: the whole. */
  readonly part?: Box | undefined;
}

interface WatchOptions {
  /** A frame of a secondary model: neither compared, nor kept for the next comparison. */
  readonly isSecondary: boolean;
  /** What to show if nothing has changed. Default: the whole. */
  readonly part?: Box | undefined;
  /** Whether to show the part that moves, if little does. Default false. */
  readonly followsMotion?: boolean | undefined;
}

/** Compares the pictures of a stream, each with the last one that was not skipped. */
export class SceneWatch {
  #last: LumaGrid | undefined;
  #now: LumaGrid | undefined;

  /**
   * Compares a picture. `keep` follows if the model sees it.
   * @param rgba the whole as the model sees it, of `input`'s size
   * @param picture in pixels
   */
  compare(
    rgba: () => Uint8ClampedArray,
    input: DescribedInput,
    picture: Size,
    { isSecondary, part, followsMotion = false }: WatchOptions,
  ): SeenChange {
    this.#now = isSecondary ? undefined : lumaGrid(rgba(), input.width, input.height);
    const change = this.#now ? changeBetween(this.#last, this.#now) : WHOLE;
    if (change === undefined) return { changed: false, part };
    const moving = isSecondary ? undefined : movingPart(change, picture, input);
    return { changed: true, moving, part: followsMotion ? moving : undefined };
  }

  keep(): void {
    this.#last = this.#now ?? this.#last;
  }
}
