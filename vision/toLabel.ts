import type { Label } from '../protocol/messages.ts';
import type { Box } from './geometry.ts';
import type { Quad } from './quad.ts';

interface Thing {
  readonly id: number;
  readonly label: string;
  readonly score: number;
  readonly box?: Box;
  readonly text?: string;
  readonly quad?: Quad;
}

/** A thing as a label: without digits that no one can see. */
export function toLabel({ id, label, score, box, text, quad }: Thing): Label {
  return {
    id,
    label,
    score: round(score, 3),
    ...(box && { box: roundBox(box) }),
    ...(text !== undefined && { text }),
    ...(quad && { quad: roundQuad(quad) }),
  };
}

/** Both edges are rounded, not the size: so a box within 0..1 stays there. */
export function roundBox([x, y, width, height]: Box): [x: number, y: number, width: number, height: number] {
  const [left, top] = [round(x, 4), round(y, 4)];
  return [left, top, round(round(x + width, 4) - left, 4), round(round(y + height, 4) - top, 4)];
}

function roundQuad([a, b, c, d]: Quad): Label['quad'] {
  const point = ([x, y]: Quad[0]): [number, number] => [round(x, 4), round(y, 4)];
  return [point(a), point(b), point(c), point(d)];
}

export const round = (value: number, digits: number) => Math.round(value * 10 ** digits) / 10 ** digits;
