import type { Pixels } from '../pixels.ts';
import { type Quad, sidesOfQuad } from '../quad.ts';

/** Samples of each new pixel on an axis, at most: more would cost more than the letters gain. */
const MAX_SAMPLES = 4;

/**
 * What lies within a quad of a picture, seen straight on: the first corner becomes the top left. Pixels beyond the edge are those
 * at the edge.
 * @param quad in pixels of the picture
 */
export function cropQuad(picture: Pixels, quad: Quad, width: number, height: number): Pixels {
  const { along, across } = sidesOfQuad(quad);
  // Where the crop is smaller than the part, each of its pixels is a mean: single samples would tear thin strokes.
  const samples = (from: number, to: number) => Math.min(MAX_SAMPLES, Math.max(1, Math.round(from / to)));
  const [samplesX, samplesY] = [samples(along, width), samples(across, height)];
  const project = perspective(quad);
  const data = new Uint8ClampedArray(width * height * 3);
  const sum = new Float64Array(3);
  const count = samplesX * samplesY;
  let out = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      sum.fill(0);
      for (let j = 0; j < samplesY; j++) {
        const v = (y + (j + 0.5) / samplesY) / height;
        for (let i = 0; i < samplesX; i++) {
          const u = (x + (i + 0.5) / samplesX) / width;
          addSample(picture, project.x(u, v), project.y(u, v), sum);
        }
      }
      data[out++] = (sum[0] ?? 0) / count;
      data[out++] = (sum[1] ?? 0) / count;
      data[out++] = (sum[2] ?? 0) / count;
    }
  }
  return { data: new Uint8Array(data.buffer), width, height };
}

/** Adds the colour at a point, mixed of the four pixels around it. */
function addSample({ data, width, height }: Pixels, x: number, y: number, sum: Float64Array): void {
  const left = x - 0.5;
  const top = y - 0.5;
  const x0 = Math.floor(left);
  const y0 = Math.floor(top);
  const weightX = left - x0;
  const weightY = top - y0;
  const within = (at: number, side: number) => (at < 0 ? 0 : at >= side ? side - 1 : at);
  const columns0 = within(x0, width) * 3;
  const columns1 = within(x0 + 1, width) * 3;
  const row0 = within(y0, height) * width * 3;
  const row1 = within(y0 + 1, height) * width * 3;
  for (let channel = 0; channel < 3; channel++) {
    const upper =
      (data[row0 + columns0 + channel] ?? 0) * (1 - weightX) +
      (data[row0 + columns1 + channel] ?? 0) * weightX;
    const lower =
      (data[row1 + columns0 + channel] ?? 0) * (1 - weightX) +
      (data[row1 + columns1 + channel] ?? 0) * weightX;
    sum[channel] = (sum[channel] ?? 0) + upper * (1 - weightY) + lower * weightY;
  }
}

/**
 * The perspective that takes the unit square to a quad (Heckbert 1989, Fundamentals of Texture Mapping and Image Warping, 2.2.3).
 */
function perspective([[x0, y0], [x1, y1], [x2, y2], [x3, y3]]: Quad) {
  const [dx1, dx2, dx3] = [x1 - x2, x3 - x2, x0 - x1 + x2 - x3];
  const [dy1, dy2, dy3] = [y1 - y2, y3 - y2, y0 - y1 + y2 - y3];
  const determinant = dx1 * dy2 - dx2 * dy1;
  const g = determinant === 0 ? 0 : (dx3 * dy2 - dx2 * dy3) / determinant;
  const h = determinant === 0 ? 0 : (dx1 * dy3 - dx3 * dy1) / determinant;
  const [a, b] = [x1 - x0 + g * x1, x3 - x0 + h * x3];
  const [d, e] = [y1 - y0 + g * y1, y3 - y0 + h * y3];
  return {
    x: (u: number, v: number) => (a * u + b * v + x0) / (g * u + h * v + 1),
    y: (u: number, v: number) => (d * u + e * v + y0) / (g * u + h * v + 1),
  };
}
