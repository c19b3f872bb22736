import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { messageOf } from '../../../protocol/errors.ts';
import type { ImageFormat } from '../../../protocol/frame.ts';
import { aboutGraph } from '../../../protocol/sentences/graphs.ts';
import type { ModelInput } from '../../../vision/manifest.ts';
import { type Decoded, decode } from '../../inference/decode.ts';
import { ImportError } from '../importError.ts';

/** A picture to try a model on. */
export interface Sample {
  readonly name: string;
  /** JPEG, PNG or WebP. */
  readonly image: Uint8Array;
}

// Built, this is part of one file in dist/server.
const isSource = import.meta.url.endsWith('.ts');
const MODELS = fileURLToPath(new URL(isSource ? '../../../models/' : '../../models/', import.meta.url));
const PHOTOS = ['cat', 'cup', 'astronaut', 'rocket'];

/** The photos that ship as goldens of coco-ssd; where that folder was removed, pictures that are drawn here. */
export async function samplePictures(): Promise<Sample[]> {
  const photos = await Promise.all(
    PHOTOS.map(async (name) => {
      const image = await readFile(`${MODELS}coco-ssd/goldens/${name}.png`).catch(() => undefined);
      return image ? [{ name, image }] : [];
    }),
  );
  const found = photos.flat();
  return found.length > 0 ? found : drawnPictures();
}

function drawnPictures(): Promise<Sample[]> {
  const shapes = {
    circle: '<circle cx="150" cy="150" r="90" fill="#d33"/>',
    stripes: Array.from(
      { length: 8 },
      (_, i) => `<rect x="${i * 40}" width="20" height="300" fill="#26c"/>`,
    ).join(''),
    hill: '<rect width="300" height="180" fill="#9cf"/><path d="M0 300L150 90L300 300Z" fill="#3a3"/>',
  };
  return Promise.all(
    Object.entries(shapes).map(async ([name, shape]) => {
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"><rect width="300" height="300" fill="#ddd"/>${shape}</svg>`;
      return { name, image: new Uint8Array(await sharp(Buffer.from(svg)).png().toBuffer()) };
    }),
  );
}

const THUMBNAIL_PX = 240;

/** A picture small enough to come with a report, as a data URL. */
export async function thumbnailOf(image: Uint8Array): Promise<string> {
  const jpeg = await sharp(image, { limitInputPixels: MAX_PIXELS })
    .rotate()
    .resize(THUMBNAIL_PX, THUMBNAIL_PX, { fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#000' })
    .jpeg({ quality: 72 })
    .toBuffer();
  return `data:image/jpeg;base64,${jpeg.toString('base64')}`;
}

const MAX_PIXELS = 60_000_000;

/** The whole picture at another size, uint8 RGB; for what does not depend on how a model wants it. */
export const stretchedPixels = async (
  image: Uint8Array,
  width: number,
  height: number,
): Promise<Uint8Array> =>
  sharp(image, { limitInputPixels: MAX_PIXELS })
    .rotate()
    .resize(width, height, { fit: 'fill' })
    .flatten({ background: '#000' })
    .toColourspace('srgb')
    .raw()
    .toBuffer();

/** The picture as a model sees it. @throws UndecodableError */
export const decodeFor = (image: Uint8Array, input: ModelInput, isFitted = false): Promise<Decoded> =>
  decode(image, formatOf(image), input, { maxPixels: MAX_PIXELS, isFitted });

/** What `read` gives of a picture. @throws ImportError `malformed_source` that names it, where it cannot be read */
export async function readable<Read>(name: string, read: () => Promise<Read>): Promise<Read> {
  try {
    return await read();
  } catch (cause) {
    throw new ImportError(
      'malformed_source',
      aboutGraph('sample_unreadable', { name, why: messageOf(cause) }),
      { cause },
    );
  }
}

function formatOf(image: Uint8Array): ImageFormat {
  if (image[0] === 0xff) return 'jpeg';
  return image[0] === 0x52 ? 'webp' : 'png';
}

/** Lossless: no option here may turn on sharp's palette. */
export const toPng = (pixels: Uint8Array, { width, height }: ModelInput): Promise<Uint8Array> =>
  sharp(pixels, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 9, palette: false })
    .toBuffer();
