import { cosine } from '../tasks/comparison.ts';
import type { TaughtSample } from './taught.ts';

/**
 * From this cosine of their plain views on two samples show the same. Photos of one playing card, taken anew, reach 0.85, and of two cards of
 * different ranks 0.89; a thing that stands still before a camera, 0.98.
 */
const ALIKE = 0.94;

/**
 * The sample that a wrong name came from: the one of the wrongly named thing that shows what is seen now.
 * @param samples of that thing
 * @param views of what is seen, the plain one first
 * @returns undefined where none of them does
 */
export function mistakenSample(
  samples: readonly Pick<TaughtSample, 'id' | 'views'>[],
  [seen]: readonly Float32Array[],
): string | undefined {
  let mistaken: string | undefined;
  let most = ALIKE;
  for (const { id, views } of samples) {
    const [plain] = views;
    const likeness = plain && seen ? cosine(plain, seen) : 0;
    if (likeness < most) continue;
    mistaken = id;
    most = likeness;
  }
  return mistaken;
}
