import { readFile } from 'node:fs/promises';
import type { Manifest, ModelInput } from '../../../vision/manifest.ts';
import { readGoldens } from '../../inference/readGoldens.ts';
import type { PictureFile } from '../pictures/pictureFiles.ts';
import { decodeFor, readable, type Sample, samplePictures } from '../pictures/samplePictures.ts';
import type { CalibrationPicture } from './runValues.ts';

export interface PictureSets {
  /** Ranges are chosen by these. */
  readonly calibration: readonly CalibrationPicture[];
  /** Versions are compared on these. */
  readonly comparison: readonly CalibrationPicture[];
  /** Whether no picture is in both. */
  readonly isHeldOut: boolean;
}

/** Of a folder, every third picture is kept for the comparison. */
const HELD_OUT = 3;
/** Fewer pictures than that are in both. */
const MIN_TO_DIVIDE = 9;
/** Beyond that many, ways to see a picture cost more time than they bring. */
const ENOUGH = 120;

/**
 * The pictures of a folder; without one, the model's goldens and the photos that ship.
 * @throws ImportError `malformed_source` for a picture of the folder that cannot be read
 */
export async function readPictureSets(
  dir: string,
  manifest: Manifest,
  files: readonly PictureFile[] | undefined,
): Promise<PictureSets> {
  const { input } = manifest;
  if (files !== undefined) {
    const pictures: CalibrationPicture[] = [];
    for (const { name, file } of files) {
      const read = async () => pictureOf({ name, image: await readFile(file) }, input);
      pictures.push(await readable(name, read));
    }
    if (pictures.length < MIN_TO_DIVIDE) return together(severalWays(pictures), pictures);
    const isFor = (what: boolean) => pictures.filter((_, at) => (at % HELD_OUT === HELD_OUT - 1) === what);
    return { calibration: severalWays(isFor(false)), comparison: isFor(true), isHeldOut: true };
  }
  const { width, height } = input;
  const goldens: CalibrationPicture[] = [];
  for await (const { picture, pixels } of readGoldens({ dir, manifest })) {
    goldens.push({ name: picture, pixels, width, height });
  }
  const known = new Set(goldens.map(({ pixels }) => Buffer.from(pixels).toString('base64')));
  const samples = await Promise.all((await samplePictures()).map((sample) => pictureOf(sample, input)));
  const others = samples.filter(({ pixels }) => !known.has(Buffer.from(pixels).toString('base64')));
  const pictures = [...goldens, ...others];
  return together(severalWays(pictures), pictures);
}

const together = (
  calibration: readonly CalibrationPicture[],
  comparison: readonly CalibrationPicture[],
): PictureSets => ({ calibration, comparison, isHeldOut: false });

async function pictureOf({ name, image }: Sample, input: ModelInput): Promise<CalibrationPicture> {
  const { pixels, size, fitted } = await decodeFor(image, input);
  return { name, pixels, width: size.width, height: size.height, fitted };
}

/** Few pictures are seen in several ways, so that more of how far numbers go is. */
function severalWays(pictures: readonly CalibrationPicture[]): CalibrationPicture[] {
  const ways = Math.max(1, Math.floor(ENOUGH / pictures.length));
  return pictures.flatMap((picture) => waysToSee(picture).slice(0, ways));
}

/** A picture as it is, from near at three places, mirrored, and with less and more contrast. */
function waysToSee(picture: CalibrationPicture): CalibrationPicture[] {
  return [
    picture,
    ...[
      { zoom: 1.5, x: 0, y: 0 },
      { zoom: 1.5, x: 1, y: 1 },
      { zoom: 2, x: 0.5, y: 0.5 },
    ].map((part) => seen(picture, { ...part, isMirrored: false, contrast: 1 })),
    seen(picture, { zoom: 1, x: 0, y: 0, isMirrored: true, contrast: 0.6 }),
    seen(picture, { zoom: 1.2, x: 0.5, y: 0.5, isMirrored: true, contrast: 1.5 }),
  ];
}

/** @param way.x where the part lies, 0 at the left end, 1 at the right */
function seen(
  { name, pixels, width, height }: CalibrationPicture,
  {
    zoom,
    x,
    y,
    isMirrored,
    contrast,
  }: { zoom: number; x: number; y: number; isMirrored: boolean; contrast: number },
): CalibrationPicture {
  const found = new Uint8Array(pixels.length);
  const left = x * (width - width / zoom);
  const top = y * (height - height / zoom);
  for (let row = 0; row < height; row++) {
    const fromRow = Math.min(height - 1, Math.floor(top + row / zoom));
    for (let column = 0; column < width; column++) {
      const along = isMirrored ? width - 1 - column : column;
      const from = (fromRow * width + Math.min(width - 1, Math.floor(left + along / zoom))) * 3;
      const to = (row * width + column) * 3;
      for (let colour = 0; colour < 3; colour++) {
        const value = ((pixels[from + colour] ?? 0) - 128) * contrast + 128;
        found[to + colour] = Math.max(0, Math.min(255, value));
      }
    }
  }
  return { name, pixels: found, width, height };
}
