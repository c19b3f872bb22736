import type { Rect } from '../pixels.ts';
import { boxOfQuad, type Quad, thicknessOfQuad } from '../quad.ts';
import type { Size } from '../steps.ts';
import { detectorSide } from './detectorSize.ts';
import { joinAll } from './joinAll.ts';

/** A part of a picture that is looked at closer. */
interface Window {
  readonly part: Rect;
  /** Of its highest line, in pixels of the picture. */
  readonly lineHeight: number;
}

/** Around a line, at least: in pixels. */
const MIN_MARGIN_PX = 16;
const MAX_SCALE = 4;

/** Parts of a picture around lines, smallest first: a line's height around each, and those that touch are one. */
export function windowsAround(lines: readonly Quad[], picture: Size): Window[] {
  const windows = lines
    .map((line): Window => {
      const lineHeight = thicknessOfQuad(line);
      return { part: partAround(line, Math.max(lineHeight, MIN_MARGIN_PX), picture), lineHeight };
    })
    .filter(({ part }) => part.width >= 1 && part.height >= 1);
  return joinAll(windows, touch, together).toSorted(
    (a, b) => a.part.width * a.part.height - b.part.width * b.part.height,
  );
}

/** In which the highest line has this height: of the detector, which is never coarser than it was. */
export function enlargedSize({ part, lineHeight }: Window, height: number, scale: number): Size {
  const factor = Math.min(MAX_SCALE, Math.max(scale, height / lineHeight));
  return { width: detectorSide(part.width * factor), height: detectorSide(part.height * factor) };
}

function partAround(line: Quad, margin: number, picture: Size): Rect {
  const [x, y, width, height] = boxOfQuad(line);
  const left = Math.max(0, Math.floor(x - margin));
  const top = Math.max(0, Math.floor(y - margin));
  const right = Math.min(picture.width, Math.ceil(x + width + margin));
  const bottom = Math.min(picture.height, Math.ceil(y + height + margin));
  return { left, top, width: right - left, height: bottom - top };
}

const touch = ({ part: a }: Window, { part: b }: Window): boolean =>
  a.left < b.left + b.width &&
  b.left < a.left + a.width &&
  a.top < b.top + b.height &&
  b.top < a.top + a.height;

function together({ part: a, lineHeight }: Window, { part: b, ...other }: Window): Window {
  const [left, top] = [Math.min(a.left, b.left), Math.min(a.top, b.top)];
  return {
    part: {
      left,
      top,
      width: Math.max(a.left + a.width, b.left + b.width) - left,
      height: Math.max(a.top + a.height, b.top + b.height) - top,
    },
    lineHeight: Math.max(lineHeight, other.lineHeight),
  };
}
