import sharp, { type Metadata, type Sharp } from 'sharp';
import type { ImageFormat } from '../../protocol/frame.ts';
import type { Resample } from '../../protocol/steps.ts';
import type { Fitted } from '../../vision/fit.ts';
import type { ModelInput } from '../../vision/manifest.ts';
import { cropped, isExact, keptOf, type Pixels, padded, type Rect, resized } from '../../vision/pixels.ts';
import { follow, type Move, type Size, stepsOf } from '../../vision/steps.ts';
import { completeJpeg } from './completeJpeg.ts';
import { decodePlainJpeg } from './jpeg/decodePlainJpeg.ts';
import { isPlainJpeg } from './plainJpeg.ts';

/** Longest side of a picture that is taken, in pixels: what a JPEG's header can state. */
const MAX_SIDE_PX = 65_535;
/** Numbers of a pixel. */
const RGB = 3;
/** A picture that takes longer to decode is given up. */
const DECODE_SECONDS = 3;
/** Steps that would make more of a picture on the way end there: what no input needs, and 200 MB. */
const MAX_STEP_PIXELS = 67_108_864;

// Bytes of strangers meet only the three decoders that the protocol names.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'],
});
// A cache would keep what people showed the camera, and helps no one: no two frames are the same.
sharp.cache(false);

/** Why a picture could not be read. The message names no pixel of it. */
export class UndecodableError extends Error {
  override readonly name = 'UndecodableError';
}

/** How many threads decode one picture. The default of libvips, all cores, costs more than it brings at our sizes. */
export function setDecodeThreads(threads: number): void {
  sharp.concurrency(threads);
}

/** A picture as a model sees it. */
export interface Decoded {
  /** uint8 RGB, [height, width, 3] of the model's input. */
  pixels: Uint8Array;
  /** Of `pixels`: the input's, but where its steps give a size that follows the picture. */
  size: Size;
  /** Which part of the picture the pixels are; undefined where they are all of it. */
  fitted: Fitted | undefined;
}

type Input = Omit<ModelInput, 'name'>;

/**
 * Decodes a picture and does with it what the input's steps say (`vision/steps.ts`).
 * Cameras' orientation tags are honoured; what is transparent is white, as on the page; CMYK becomes RGB as in PIL.
 * @param options.maxPixels a decompression bomb ends here, by its header, before a byte is decoded
 * @param options.isFitted a picture of exactly the input's size was fitted by its sender and is taken as it is
 * @throws UndecodableError
 */
export async function decode(
  image: Uint8Array,
  format: ImageFormat,
  input: Input,
  { maxPixels, isFitted }: { maxPixels: number; isFitted: boolean },
): Promise<Decoded> {
  return asUndecodable(async () => {
    if (isFitted && format === 'jpeg' && isPlainJpeg(image, input)) {
      // A decoder that reads the headers beforehand takes 0.3 ms of processor for it, and another turn of the threads.
      const { data, ...size } = await read(open(image, format, maxPixels));
      if (hasSize(size, input) && data.length === size.width * size.height * RGB) {
        return { pixels: data, size: sizeOf(input), fitted: undefined };
      }
    }
    const { picture, found } = await openPicture(image, format, maxPixels);
    if (isFitted && hasSize(found.autoOrient, input)) {
      const shaped = isUprightRgb(found) ? picture : upright(picture);
      return { pixels: (await read(shaped)).data, size: sizeOf(input), fitted: undefined };
    }
    const { moves, fitted, size } = follow(stepsOf(input), found.autoOrient);
    const { data } = await carryOut(
      moves,
      moves.length === 0 && isUprightRgb(found) ? picture : upright(picture),
    );
    return { pixels: data, size, fitted: isWhole(fitted) ? undefined : fitted };
  });
}

/**
 * Decodes here and now what a page sends: a JPEG of the input's size, with which nothing is left to do. A third of the time of `decode`,
 * and the same pixels.
 * @returns undefined where `decode` has to look at it
 */
export function decodeAsSent(image: Uint8Array, input: Size): Decoded | undefined {
  const pixels = decodePlainJpeg(image, input);
  return pixels && { pixels, size: sizeOf(input), fitted: undefined };
}

/**
 * Decodes a picture to grey, upright, with white where it is transparent: one byte a pixel.
 * @param options.maxSidePx a larger picture is shrunk to this, longer side
 * @throws UndecodableError
 */
export async function decodeGrey(
  image: Uint8Array,
  format: ImageFormat,
  { maxPixels, maxSidePx }: { maxPixels: number; maxSidePx: number },
): Promise<Pixels> {
  return asUndecodable(async () => {
    const { picture } = await openPicture(image, format, maxPixels);
    return read(
      upright(picture)
        .resize(maxSidePx, maxSidePx, { fit: 'inside', withoutEnlargement: true, fastShrinkOnLoad: false })
        .greyscale()
        .toColourspace('b-w'),
    );
  });
}

/** Every failure of a decoder as what it is: a picture that cannot be read. */
export async function asUndecodable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof UndecodableError) throw cause;
    const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : '';
    throw new UndecodableError(why, { cause });
  }
}

/** A picture of which nothing has been read yet. */
function open(image: Uint8Array, format: ImageFormat, maxPixels: number): Sharp {
  const { image: bytes, wasOpen } = format === 'jpeg' ? completeJpeg(image) : { image, wasOpen: false };
  return sharp(bytes, {
    failOn: wasOpen ? 'warning' : 'truncated',
    limitInputPixels: maxPixels,
    sequentialRead: true,
    // As PIL, TensorFlow and OpenCV: models were trained on the numbers that stand in the file.
    ignoreIcc: true,
  });
}

/**
 * Reads the headers, and lets nothing through that is not what `format` says, or too large.
 * @returns `picture` without transparency, and not yet upright
 */
export async function openPicture(
  image: Uint8Array,
  format: ImageFormat,
  maxPixels: number,
): Promise<{ picture: Sharp; found: Metadata }> {
  const opened = open(image, format, maxPixels);
  const found = await opened.metadata();
  if (found.format !== format) {
    throw new UndecodableError(`${format} expected, the bytes are ${found.format}.`);
  }
  if (found.width > MAX_SIDE_PX || found.height > MAX_SIDE_PX) {
    throw new UndecodableError(
      `At most ${MAX_SIDE_PX} pixels a side, the picture has ${found.width}x${found.height}.`,
    );
  }
  const picture = found.space === 'cmyk' ? await toRgb(opened) : opened.flatten({ background: 'white' });
  return { picture, found };
}

/**
 * PIL's conversion, and that of browsers for files without a profile: each of red, green and blue is what its ink leaves,
 * times what black leaves. (libvips would apply a profile of its own, up to 90 of 255 away.) That product is what flattening
 * over black computes, with what black leaves as the opacity.
 */
async function toRgb(cmyk: Sharp): Promise<Sharp> {
  const { data, info } = await cmyk
    .autoOrient()
    .negate({ alpha: true })
    .pipelineColourspace('cmyk')
    .toColourspace('cmyk')
    .timeout({ seconds: DECODE_SECONDS })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  return sharp(data, { raw: { width, height, channels: 4 }, limitInputPixels: false }).flatten({
    background: 'black',
  });
}

const sizeOf = ({ width, height }: Size): Size => ({ width, height });
const hasSize = (found: Size, size: Size) => found.width === size.width && found.height === size.height;

/** What the page sends: nothing is left to do but to decode it. */
const isUprightRgb = (found: Metadata) => found.channels === 3 && (found.orientation ?? 1) === 1;

export const isWhole = ({ part, inputRect }: Fitted) =>
  [part, inputRect].every(([, , width, height]) => width === 1 && height === 1);

export const upright = (picture: Sharp): Sharp => picture.autoOrient().toColourspace('srgb');

export async function read(picture: Sharp): Promise<Pixels> {
  const { data, info } = await picture
    .timeout({ seconds: DECODE_SECONDS })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

export const toSharp = ({ data, width, height }: Pixels): Sharp =>
  sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });

/** @throws UndecodableError where a step would make too much of the picture */
export async function carryOut(moves: readonly Move[], picture: Sharp): Promise<Pixels> {
  let pixels: Pixels | undefined;
  for (const [at, move] of moves.entries()) {
    switch (move.op) {
      case 'resize':
        pixels = await resize(pixels ? toSharp(pixels) : picture, move, keptOf(moves, at, move));
        break;
      case 'crop':
        // A resize before it has computed no more.
        if (moves[at - 1]?.op !== 'resize') pixels = cropped(pixels ?? (await read(picture)), move);
        break;
      case 'pad':
        requireRoom(move);
        pixels = padded(pixels ?? (await read(picture)), move);
        break;
      default:
        move satisfies never;
    }
  }
  return pixels ?? read(picture);
}

function requireRoom({ width, height }: Size): void {
  if (width * height <= MAX_STEP_PIXELS) return;
  throw new UndecodableError(`A picture of this shape would become ${width}x${height} pixels.`);
}

/**
 * What `kept` leaves of the picture in its new size. What gets longer is computed here, as sharp moves it by half a pixel of
 * the result; what gets shorter by sharp only where the exact way would take too long.
 */
async function resize(
  picture: Sharp,
  { from, to, resample }: Extract<Move, { op: 'resize' }>,
  kept: Rect,
): Promise<Pixels> {
  const shrunk = { width: Math.min(from.width, to.width), height: Math.min(from.height, to.height) };
  requireRoom({ width: kept.width, height: Math.max(kept.height, shrunk.height) });
  const isShrunk = resample !== 'nearest' && !isExact(from, resample) && !hasSize(from, shrunk);
  return resized(
    await read(isShrunk ? shrink(picture, from, shrunk, resample) : picture),
    to,
    kept,
    resample,
  );
}

/** Those of sharp that are near Pillow's. */
const KERNELS = { antialiased: 'linear', bicubic: 'cubic', lanczos: 'lanczos3' } as const;

/**
 * Shrinks as the model's training did. `bilinear`: each pixel of its four neighbours, as TensorFlow's ResizeBilinear:
 * scores are within 0.004 of TensorFlow.js on the same photo, where sharp's resize, which averages over more pixels,
 * is off by 0.05 and more with every kernel. The others average, and are within 0.8 of 255 of Pillow in the mean.
 */
function shrink(picture: Sharp, from: Size, to: Size, resample: Exclude<Resample, 'nearest'>): Sharp {
  if (resample === 'bilinear') {
    return picture.affine([to.width / from.width, 0, 0, to.height / from.height], {
      interpolator: 'bilinear',
    });
  }
  return picture.resize(to.width, to.height, {
    fit: 'fill',
    kernel: KERNELS[resample],
    fastShrinkOnLoad: false,
  });
}
