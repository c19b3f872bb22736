import type { Arrangement } from '../../onnx/sourceSession.ts';
import type { Output } from './found.ts';

/** An output that is a map of the whole input: so many numbers for each cell. */
export interface MapShape {
  readonly channels: number;
  readonly width: number;
  readonly height: number;
  readonly channelsLast: boolean;
}

/** Less than this and a map has another shape than its input, not only a rounded one. */
const SHAPE_TOLERANCE = 0.06;
/** Fewer cells a side outline nothing. */
export const LEAST_SIDE = 8;

/** What an output of three axes, or of two for one number a cell, is as a map of the input; undefined where it is none. */
export function mapShape({ dims }: Output, arrangement: Arrangement): MapShape | undefined {
  const isMap = (width: number, height: number) => {
    if (width < LEAST_SIDE || height < LEAST_SIDE) return false;
    const [x, y] = [width / arrangement.width, height / arrangement.height];
    return x <= 1 && y <= 1 && Math.abs(x / y - 1) < SHAPE_TOLERANCE;
  };
  const [a = 0, b = 0, c = 0] = dims;
  if (dims.length === 2) {
    return isMap(b, a) ? { channels: 1, width: b, height: a, channelsLast: false } : undefined;
  }
  if (dims.length !== 3) return undefined;
  const first = isMap(c, b) && { channels: a, width: c, height: b, channelsLast: false };
  const last = isMap(b, a) && { channels: c, width: b, height: a, channelsLast: true };
  const [usual, other] = arrangement.layout === 'NHWC' ? [last, first] : [first, last];
  return usual || other || undefined;
}
