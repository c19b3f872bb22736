'use client';
import type { Lens } from '../lens/lens.ts';
import { useSaid } from '../ui/useSaid.ts';
import { useWords } from '../ui/words/useWords.ts';

/** By how much of the window a press moves the picture. */
const STEP = 0.15;
/** A part that moved by less, in 0..1 of the picture, is where it was. */
const SAME = 1e-6;
const DIRECTIONS: Readonly<Record<string, readonly [right: number, down: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Moves a magnified picture by the arrow keys, as fingers do, and says for a screen reader which part of it is in view. */
export function usePan(lens: Lens | undefined): {
  /** @returns whether the picture is magnified, so that the key was for it */
  onArrow(key: string): boolean;
  /** To be read aloud. */
  said: string | undefined;
} {
  const { stage } = useWords();
  const [said, say] = useSaid<string>();
  return {
    said,
    onArrow(key) {
      const magnifier = lens?.magnifier;
      const direction = DIRECTIONS[key];
      // As it is on the screen: a mirrored picture is moved as it is seen.
      const part = () => magnifier?.partInWindow(false);
      const before = part();
      if (magnifier === undefined || direction === undefined || before === undefined) return false;
      const [right, down] = direction;
      magnifier.panByShare(right * STEP, down * STEP);
      const [x, y, width, height] = part() ?? before;
      const hasMoved = Math.hypot(x - before[0], y - before[1]) > SAME;
      say(hasMoved ? stage.part(x + width / 2, y + height / 2) : stage.edge);
      return true;
    },
  };
}
