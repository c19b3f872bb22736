import type { Label } from '../protocol/messages.ts';
import type { Box } from './geometry.ts';

/** A thing as a label: no digits that nobody can see. */
export function toLabel(thing: { id: number; label: string; score: number; box?: Box }): Label {
  const { id, label, score, box } = thing;
  if (box === undefined) return { id, label, score: round(score, 3) };
  const [x, y, width, height] = box;
  return {
    id,
    label,
    score: round(score, 3),
    box: [round(x, 4), round(y, 4), round(width, 4), round(height, 4)],
  };
}

export const round = (value: number, digits: number) => Math.round(value * 10 ** digits) / 10 ** digits;
