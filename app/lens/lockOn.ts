import type { Label } from '../../protocol/messages.ts';
import { type Box, iou } from '../../vision/geometry.ts';

/** A thing that a person locked on to: a value, to be kept by the caller and passed to the next `followLock`. */
export interface Lock {
  /** As it was last seen. */
  readonly label: Label;
  /** Where it was last seen, in 0..1 of the frame; undefined for what names the whole picture. */
  readonly box: Box | undefined;
  readonly seenAtMs: number;
  readonly isInSight: boolean;
}

/** A thing is out of sight once it was missed for this long, ms: shorter gaps are the model's. */
const OUT_OF_SIGHT_MS = 700;
/** A thing of the same name that takes its place within this time is the same thing under a new id, ms. */
const SAME_PLACE_MS = 4_000;
/** Least overlap, intersection over union, with where it was seen last. */
const SAME_PLACE_IOU = 0.3;

export const lockOn = (label: Label, box: Box | undefined, nowMs: number): Lock => ({
  label,
  box,
  seenAtMs: nowMs,
  isInSight: true,
});

/**
 * The lock after what is shown now. It follows the id; where that is gone, it goes over to a thing of the same name at the
 * same place, as after a session that began anew; else it waits, and says that the thing is out of sight.
 *
 * @param shown without what is leaving
 */
export function followLock(
  lock: Lock,
  shown: readonly { readonly label: Label; readonly box: Box | undefined }[],
  nowMs: number,
): Lock {
  const same = shown.find(({ label }) => label.id === lock.label.id) ?? successor(lock, shown, nowMs);
  if (same) return { label: same.label, box: same.box, seenAtMs: nowMs, isInSight: true };
  const isInSight = nowMs - lock.seenAtMs < OUT_OF_SIGHT_MS;
  return isInSight === lock.isInSight ? lock : { ...lock, isInSight };
}

function successor(
  { label: before, box, seenAtMs }: Lock,
  shown: readonly { readonly label: Label; readonly box: Box | undefined }[],
  nowMs: number,
) {
  if (box === undefined || nowMs - seenAtMs > SAME_PLACE_MS) return undefined;
  let best: (typeof shown)[number] | undefined;
  let bestOverlap = SAME_PLACE_IOU;
  for (const one of shown) {
    if (one.box === undefined || one.label.label !== before.label) continue;
    const overlap = iou(one.box, box);
    if (overlap < bestOverlap) continue;
    best = one;
    bestOverlap = overlap;
  }
  return best;
}
