import { readFile, stat } from 'node:fs/promises';
import type { ImageFormat } from '../../../protocol/frame.ts';
import { imageFormatOf } from '../../../protocol/imageFormat.ts';
import type { ModelInput } from '../../../vision/manifest.ts';
import { type Size, stepsOf } from '../../../vision/steps.ts';
import { type Decoded, decode, UndecodableError } from '../../inference/decode.ts';
import { decodeCost } from '../../inference/decodeCost/decodeCost.ts';
import { MAX_PICTURE_DECODE_MS, MAX_STEPS_MS } from '../../inference/decodeCost/limits.ts';
import { stepsCost } from '../../inference/decodeCost/stepsCost.ts';

/** Larger pictures are skipped, as a server refuses them by default: its MAX_PICTURE_PIXELS. */
export const MAX_PIXELS = 60_000_000;
/** The largest file that is read: a PNG of that many pixels. */
export const MAX_BYTES = 4 * MAX_PIXELS;

export interface Picture {
  readonly image: Uint8Array;
  readonly format: ImageFormat;
  /** As its headers say; a camera's orientation tag may turn it. */
  readonly size: Size;
}

/** @throws UndecodableError where it is no picture, or one that the server would refuse; Error where it cannot be read */
export async function readPicture(file: string): Promise<Picture> {
  const { size: bytes } = await stat(file);
  if (bytes > MAX_BYTES) throw new UndecodableError(`At most ${MAX_BYTES} bytes, the file has ${bytes}.`);
  const image = await readFile(file);
  const format = imageFormatOf(image);
  if (format === undefined) throw new UndecodableError('It is no JPEG, PNG or WebP picture.');
  const { pixels, ms, what, size } = decodeCost(image, format);
  if (pixels > MAX_PIXELS) {
    throw new UndecodableError(`At most ${MAX_PIXELS} pixels, the picture has ${pixels}.`);
  }
  if (ms > MAX_PICTURE_DECODE_MS) throw new UndecodableError(`It takes too long to decode: ${what}.`);
  return { image, format, size };
}

/** As the server does it for a picture that is sent to `/v1/predict`. @throws UndecodableError */
export async function decodePicture({ image, format, size }: Picture, input: ModelInput): Promise<Decoded> {
  if (stepsCost(stepsOf(input), size) > MAX_STEPS_MS) {
    throw new UndecodableError('A picture of this shape takes too long to prepare for this model.');
  }
  return decode(image, format, input, { maxPixels: MAX_PIXELS, isFitted: false });
}
