import type { Label } from '../protocol/messages.ts';
import type { Box } from './geometry.ts';

/** A thing as a label: without digits that no one can see. */
export function toLabel(thing: { id: number; label: string; score: number; box?: Box }): Label {
  const { id, label, score, box } = thing;
  if (box === undefined) return { id, label, score: round(score, 3) };
  return { id, label, score: round(score, 3), box: roundBox(box) };
}

/** Both edges are rounded, not the size: so a box within 0..1 stays there. */
export function roundBox([x, y, width, height]: Box): [x: number, y: number, width: number, height: number] {
  const [left, top] = [round(x, 4), round(y, 4)];
  return [left, top, round(round(x + width, 4) - left, 4), round(round(y + height, 4) - top, 4)];
}

export const round = (value: number, digits: number) => Math.round(value * 10 ** digits) / 10 ** digits;
