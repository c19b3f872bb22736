import { iou } from './geometry.ts';
import type { Detection } from './tracker.ts';

/** Boxes of the same thing overlap at least that much. */
const SAME_THING = 0.5;

/**
 * What two answers to the same picture have in common: labels of one name, whose boxes overlap by half where they have any.
 * @returns each of the first with its like in the second, which is the like of no other; undefined where there is none
 */
export function pairLabels<Found extends Detection>(
  ones: readonly Found[],
  others: readonly Found[],
): [Found, Found | undefined][] {
  const rest = [...others];
  return ones.map((one) => {
    const at = rest.findIndex((other) => isSame(one, other));
    const [match] = at < 0 ? [] : rest.splice(at, 1);
    return [one, match];
  });
}

const isSame = (one: Detection, other: Detection): boolean =>
  one.label === other.label && (!one.box || !other.box || iou(one.box, other.box) >= SAME_THING);
