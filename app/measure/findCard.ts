import { type FlashCode, readCode } from './flashCode.ts';

/** A picture in shades of grey. */
export interface GreyPicture {
  /** 0..255, row by row from the top left. */
  readonly pixels: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The corners of a card in a picture, pixels: top left, top right, bottom right, bottom left of the card. */
export type Corners = readonly [Point, Point, Point, Point];

export interface FoundCard {
  readonly code: FlashCode;
  readonly corners: Corners;
}

/** Of the picture: what is smaller cannot be read. */
const MIN_AREA = 0.02;
const MAX_CANDIDATES = 4;

/**
 * Finds the card in a picture and reads it.
 * @param near where it was in the picture before: a card that is still there is read without a search
 */
export function findCard(picture: GreyPicture, near?: Corners): FoundCard | undefined {
  const code = near && readAt(picture, near);
  if (code) return { code, corners: near };
  for (const corners of frameCandidates(picture)) {
    for (let turn = 0; turn < 4; turn++) {
      const turned = [...corners.slice(turn), ...corners.slice(0, turn)] as unknown as Corners;
      const found = readAt(picture, turned);
      if (found) return { code: found, corners: turned };
    }
  }
  return undefined;
}

function readAt(picture: GreyPicture, corners: Corners): FlashCode | undefined {
  const toPicture = projection(corners);
  return readCode((x, y) => meanAround(picture, toPicture(x, y)));
}

/** Of 3x3 pixels, against noise; 0 outside the picture. */
function meanAround({ pixels, width, height }: GreyPicture, at: Point): number {
  const [x, y] = [Math.round(at.x), Math.round(at.y)];
  if (x < 1 || y < 1 || x >= width - 1 || y >= height - 1) return 0;
  let sum = 0;
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -1; dx <= 1; dx++) sum += pixels[(y + dy) * width + x + dx] ?? 0;
  }
  return sum / 9;
}

/** Corners of connected bright areas, the widest first: the card's frame is one of them. */
function frameCandidates(picture: GreyPicture): Corners[] {
  const { pixels, width, height } = picture;
  const threshold = splitOf(pixels);
  const isSeen = new Uint8Array(width * height);
  const waiting = new Int32Array(width * height);
  const found: { corners: Corners; area: number }[] = [];
  for (let start = 0; start < isSeen.length; start++) {
    if (isSeen[start] || (pixels[start] ?? 0) <= threshold) continue;
    const corners = cornersOfArea(picture, { start, threshold, isSeen, waiting });
    const area = areaOf(corners);
    if (area >= MIN_AREA * width * height) found.push({ corners, area });
  }
  return found
    .sort((a, b) => b.area - a.area)
    .slice(0, MAX_CANDIDATES)
    .map(({ corners }) => corners);
}

interface Flood {
  start: number;
  threshold: number;
  isSeen: Uint8Array;
  /** Room for all pixels. */
  waiting: Int32Array;
}

/** The points of the bright area around `start` that lie furthest towards the picture's four corners. */
function cornersOfArea(
  { pixels, width, height }: GreyPicture,
  { start, threshold, isSeen, waiting }: Flood,
): Corners {
  const first = { x: start % width, y: Math.floor(start / width) };
  const corners: [Point, Point, Point, Point] = [first, first, first, first];
  let count = 0;
  const visit = (at: number) => {
    if (isSeen[at] || (pixels[at] ?? 0) <= threshold) return;
    isSeen[at] = 1;
    waiting[count++] = at;
  };
  visit(start);
  while (count > 0) {
    const at = waiting[--count] ?? 0;
    const [x, y] = [at % width, Math.floor(at / width)];
    if (x + y < corners[0].x + corners[0].y) corners[0] = { x, y };
    if (x - y > corners[1].x - corners[1].y) corners[1] = { x, y };
    if (x + y > corners[2].x + corners[2].y) corners[2] = { x, y };
    if (x - y < corners[3].x - corners[3].y) corners[3] = { x, y };
    if (x > 0) visit(at - 1);
    if (x < width - 1) visit(at + 1);
    if (y > 0) visit(at - width);
    if (y < height - 1) visit(at + width);
  }
  return corners;
}

const areaOf = (corners: Corners): number =>
  Math.abs(
    corners.reduce((sum, { x, y }, index) => {
      const next = corners[(index + 1) % 4] ?? corners[0];
      return sum + x * next.y - next.x * y;
    }, 0),
  ) / 2;

/** The brightness that parts dark from bright best: the variance between both is greatest there (Otsu, 1979). */
function splitOf(pixels: GreyPicture['pixels']): number {
  const counts = new Float64Array(256);
  for (const value of pixels) counts[value] = (counts[value] ?? 0) + 1;
  const all = counts.reduce((sum, count, value) => sum + count * value, 0);
  let [best, split, below, sumBelow] = [-1, 127, 0, 0];
  for (let value = 0; value < 255; value++) {
    below += counts[value] ?? 0;
    sumBelow += (counts[value] ?? 0) * value;
    const above = pixels.length - below;
    if (below === 0 || above === 0) continue;
    const between = below * above * (sumBelow / below - (all - sumBelow) / above) ** 2;
    if (between > best) [best, split] = [between, value];
  }
  return split;
}

/** From points of a card, whose sides are 1, to pixels: the projection that takes its corners to the given ones. */
function projection([a, b, c, d]: Corners): (x: number, y: number) => Point {
  const [ex, ey] = [a.x - b.x + c.x - d.x, a.y - b.y + c.y - d.y];
  const [fx, fy, gx, gy] = [b.x - c.x, b.y - c.y, d.x - c.x, d.y - c.y];
  const scale = fx * gy - gx * fy;
  const u = scale === 0 ? 0 : (ex * gy - gx * ey) / scale;
  const v = scale === 0 ? 0 : (fx * ey - ex * fy) / scale;
  return (x, y) => {
    const w = u * x + v * y + 1;
    return {
      x: ((b.x - a.x + u * b.x) * x + (d.x - a.x + v * d.x) * y + a.x) / w,
      y: ((b.y - a.y + u * b.y) * x + (d.y - a.y + v * d.y) * y + a.y) / w,
    };
  };
}
