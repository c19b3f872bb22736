import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import type { DetectionGolden } from '../../vision/tasks/objectDetection.ts';
import { inputSidePx } from './cocoSsd.ts';
import type { Reference } from './reference.ts';

/**
 * The photos that goldens are made of. The rocket holds nothing that COCO names: an answer without detections is
 * recorded too.
 */
export const goldenPhotos: readonly { readonly name: string; readonly photo: string }[] = [
  { name: 'cat', photo: 'cat.png' },
  { name: 'cup', photo: 'cup.png' },
  { name: 'astronaut', photo: 'astronaut.png' },
  { name: 'rocket', photo: 'rocket.jpg' },
];

/** Below the default score of a session, so that what is shown is compared, and above the noise. */
const goldenMinScore = 0.3;

export const photoFile = (photo: string): string =>
  fileURLToPath(new URL(`../../e2e/media/${photo}`, import.meta.url));

/** Decoded pixels, three bytes each. */
export interface Rgb {
  readonly data: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
}

export async function readRgb(picture: string | Uint8Array): Promise<Rgb> {
  const { data, info } = await sharp(picture)
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, widthPx: info.width, heightPx: info.height };
}

/**
 * The photo stretched to the network's input. Each pixel is mixed of its four neighbours and no more, as
 * TensorFlow's ResizeBilinear does it; sharp's `resize` averages over a wider area, which moves scores by up to
 * 0.11 on these photos.
 */
export async function stretchToInput({ data, widthPx, heightPx }: Rgb): Promise<Rgb> {
  const resized = await sharp(data, { raw: { width: widthPx, height: heightPx, channels: 3 } })
    .affine([inputSidePx / widthPx, 0, 0, inputSidePx / heightPx], { interpolator: 'bilinear' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data: resized.data, widthPx: resized.info.width, heightPx: resized.info.height };
}

/** Lossless: no option here may turn on sharp's palette, as `effort` and `quality` do. */
export const encodePng = ({ data, widthPx, heightPx }: Rgb): Promise<Uint8Array> =>
  sharp(data, { raw: { width: widthPx, height: heightPx, channels: 3 } })
    .png({ compressionLevel: 9, palette: false })
    .toBuffer();

/** What the original graph sees in the picture. Rounded to what matters, so that records stay readable. */
export async function record(
  reference: Reference,
  { data, widthPx, heightPx }: Rgb,
): Promise<DetectionGolden> {
  const detections = await reference.detect(data, widthPx, heightPx, { minScore: goldenMinScore });
  return {
    recordedBy: reference.name,
    minScore: goldenMinScore,
    detections: detections.map(({ label, score, box: [x, y, width, height] }) => ({
      label,
      score: round(score),
      box: [round(x), round(y), round(width), round(height)],
    })),
  };
}

const round = (value: number): number => Number(value.toFixed(4));
