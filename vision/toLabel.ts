import type { Label } from '../protocol/messages.ts';
import type { Box } from './geometry.ts';
import { mapOutline, type Outline } from './masks/outline.ts';
import { mapPoints, type Points } from './points.ts';
import type { Quad } from './quad.ts';

interface Thing {
  readonly id: number;
  readonly label: string;
  readonly score: number;
  readonly box?: Box | undefined;
  readonly text?: string | undefined;
  readonly quad?: Quad | undefined;
  readonly points?: Points | undefined;
  readonly outline?: Outline | undefined;
  readonly share?: number | undefined;
}

/** A thing as a label: without digits that no one can see. */
export function toLabel({ id, label, score, box, text, quad, points, outline, share }: Thing): Label {
  return {
    id,
    label,
    score: round(score, 3),
    ...(box && { box: roundBox(box) }),
    ...(text !== undefined && { text }),
    ...(quad && { quad: roundQuad(quad) }),
    ...(points && {
      points: [...mapPoints(points, (x, y, sure) => [round(x, 4), round(y, 4), round(sure, 2)])],
    }),
    ...(outline?.length && { outline: roundOutline(outline) }),
    ...(share !== undefined && { share: round(share, 4) }),
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

/** Within the picture: what is carried with its box may reach out of it. */
function roundOutline(outline: Outline): number[][] {
  const within = (value: number) => round(Math.min(1, Math.max(0, value)), 4);
  return mapOutline(outline, (x, y) => [within(x), within(y)]).map((ring) => [...ring]);
}

export const round = (value: number, digits: number) => Math.round(value * 10 ** digits) / 10 ** digits;
