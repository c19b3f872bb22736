import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp, { type OverlayOptions, type Sharp } from 'sharp';
import { ROOT } from '../harness/root.ts';
import {
  type ClipId,
  type FrameSpec,
  framesOf,
  isNumbered,
  type PhotoId,
  photoFile,
  SCALE,
  slowRateOf,
  WALL_PX,
} from './clips.ts';
import { drawMarker, FRAME_HEIGHT_PX, FRAME_WIDTH_PX, MARKER_PX } from './marker.ts';
import { encodeY4m } from './y4m.ts';

const CACHE = path.join(ROOT, 'node_modules/.cache/livelens/footage');
const WALL = { r: 141, g: 138, b: 132 };
const QUALITY = 88;

/** Where the photo `id` is, for tests that show it as a picture. */
export const photoPath = (id: PhotoId): string => path.join(ROOT, 'e2e/media', photoFile(id));

/** Footage that is ready to be a camera. */
export interface Footage {
  /** An .mjpeg file (JPEGs one after the other), or an .y4m file, which says its rate. */
  file: string;
  /** What each frame shows, by the number that its marker bears. */
  frames: FrameSpec[];
}

/** Makes the clip, or finds it made: the same frames, the same pixels and this code give the same file. */
export async function footageOf(id: ClipId): Promise<Footage> {
  const frames = framesOf(id);
  const rate = slowRateOf(id);
  const hash = await fingerprint(frames);
  const file = path.join(CACHE, rate === undefined ? `${id}-${hash}.mjpeg` : `${id}-${hash}-${rate}.y4m`);
  const found = await access(file).then(
    () => true,
    () => false,
  );
  if (!found) {
    await mkdir(CACHE, { recursive: true });
    const jpegs = await drawClip(frames, { isNumbered: isNumbered(id) });
    // Written and then renamed: a run that is cut short, or another one at the same time, leaves no half clip.
    const unfinished = `${file}.${process.pid}`;
    await writeFile(unfinished, rate === undefined ? Buffer.concat(jpegs) : await encodeY4m(jpegs, rate));
    await rename(unfinished, file);
  }
  return { file, frames };
}

/** The JPEG of every frame. */
export async function drawClip(
  frames: readonly FrameSpec[],
  { isNumbered = true }: { isNumbered?: boolean } = {},
): Promise<Buffer[]> {
  const walls = new Map<PhotoId, Promise<Image>>();
  const views = new Map<string, Promise<Image>>(); // a pan goes back the way it came, a still does not move
  return Promise.all(
    frames.map(async ({ photo, crop }, number) => {
      const wall = once(walls, photo, () => hangOnWall(photo));
      const view = once(views, JSON.stringify([photo, crop]), async () => take(await wall, crop));
      return encode(await view, isNumbered ? number : undefined);
    }),
  );
}

/** RGB pixels. */
interface Image {
  pixels: Buffer;
  raw: { width: number; height: number; channels: 3 };
}

/** The photo, enlarged, with wall all around it. */
async function hangOnWall(photo: PhotoId): Promise<Image> {
  const { width, height } = await sharp(photoPath(photo)).metadata();
  const margin = WALL_PX * SCALE;
  return pixelsOf(
    sharp(photoPath(photo))
      .removeAlpha()
      .resize(width * SCALE, height * SCALE, { kernel: 'cubic' })
      .extend({ top: margin, bottom: margin, left: margin, right: margin, background: WALL }),
  );
}

const take = (wall: Image, crop: FrameSpec['crop']): Promise<Image> =>
  pixelsOf(
    sharp(wall.pixels, { raw: wall.raw })
      .extract(crop)
      .resize(FRAME_WIDTH_PX, FRAME_HEIGHT_PX, { fit: 'fill', kernel: 'cubic' }),
  );

const encode = (view: Image, number: number | undefined): Promise<Buffer> =>
  sharp(view.pixels, { raw: view.raw })
    .composite(number === undefined ? [] : [markerLayer(number)])
    .jpeg({ quality: QUALITY })
    .toBuffer();

const markerLayer = (number: number): OverlayOptions => ({
  input: drawMarker(number),
  raw: { width: MARKER_PX.width, height: MARKER_PX.height, channels: 3 },
  left: MARKER_PX.x,
  top: MARKER_PX.y,
});

async function pixelsOf(image: Sharp): Promise<Image> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  return { pixels: data, raw: { width: info.width, height: info.height, channels: 3 } };
}

function once<K, V>(made: Map<K, V>, key: K, make: () => V): V {
  const found = made.get(key);
  if (found !== undefined) return found;
  const value = make();
  made.set(key, value);
  return value;
}

async function fingerprint(frames: readonly FrameSpec[]): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify(frames)).update(JSON.stringify(sharp.versions));
  for (const source of ['footage.ts', 'marker.ts', 'y4m.ts'])
    hash.update(await readFile(new URL(source, import.meta.url)));
  for (const photo of new Set(frames.map((frame) => frame.photo)))
    hash.update(await readFile(photoPath(photo)));
  return hash.digest('hex').slice(0, 16);
}
