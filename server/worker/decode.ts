import sharp, { type Metadata, type Sharp } from 'sharp';
import type { ImageFormat } from '../../protocol/frame.ts';
import { type Fitted, fitPicture } from '../../vision/fit.ts';
import type { ModelInput } from '../../vision/manifest.ts';
import { completeJpeg } from './completeJpeg.ts';

/** Longest side of a picture that is taken, in pixels: what a JPEG's header can state. */
const MAX_SIDE_PX = 65_535;
/** A picture that takes longer to decode is given up. */
const DECODE_SECONDS = 3;

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
  /** Which part of the picture the pixels are; undefined where they are all of it. */
  fitted: Fitted | undefined;
}

type Input = Omit<ModelInput, 'name'>;

/**
 * Decodes a picture and fits it to what a model sees.
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
  try {
    const { image: bytes, wasOpen } = format === 'jpeg' ? completeJpeg(image) : { image, wasOpen: false };
    const opened = sharp(bytes, {
      failOn: wasOpen ? 'warning' : 'truncated',
      limitInputPixels: maxPixels,
      sequentialRead: true,
      // As PIL, TensorFlow and OpenCV: models were trained on the numbers that stand in the file.
      ignoreIcc: true,
    });
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
    const isWhole = input.fit === 'stretch' || (isFitted && hasSize(found, input));
    const fitted = isWhole ? undefined : fitPicture(found.autoOrient, input);
    const shaped =
      isWhole && isPlain(found, input)
        ? picture
        : toInput(picture, found.autoOrient, input, fitted).toColourspace('srgb');
    const pixels = await shaped.timeout({ seconds: DECODE_SECONDS }).raw().toBuffer();
    return { pixels, fitted };
  } catch (cause) {
    if (cause instanceof UndecodableError) throw cause;
    const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : '';
    throw new UndecodableError(why, { cause });
  }
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

interface SizePx {
  width: number;
  height: number;
}

const hasSize = (found: SizePx, size: SizePx) => found.width === size.width && found.height === size.height;

/** What the page sends: nothing is left to do but to decode it. */
function isPlain(found: Metadata, size: SizePx): boolean {
  return hasSize(found, size) && found.channels === 3 && (found.orientation ?? 1) === 1;
}

/** Grey, as what surrounds a letterboxed picture was in training. */
const LETTERBOX = { r: 114, g: 114, b: 114 };

function toInput(picture: Sharp, size: SizePx, input: Input, fitted: Fitted | undefined): Sharp {
  const upright = picture.autoOrient();
  if (fitted === undefined) return scale(upright, size, input, input.resample);
  const part = boxPx(fitted.part, size);
  const place = boxPx(fitted.place, input);
  const scaled = scale(upright.extract(part), part, place, input.resample);
  return scaled.extend({
    left: place.left,
    top: place.top,
    right: input.width - place.left - place.width,
    bottom: input.height - place.top - place.height,
    background: LETTERBOX,
  });
}

/** Whole pixels; both edges are rounded, so that the middle stays in the middle. */
function boxPx([x, y, width, height]: Fitted['part'], size: SizePx) {
  const left = Math.round(x * size.width);
  const top = Math.round(y * size.height);
  return {
    left,
    top,
    width: Math.max(1, Math.round((x + width) * size.width) - left),
    height: Math.max(1, Math.round((y + height) * size.height) - top),
  };
}

/**
 * Scales as the model's training did. `bilinear`: each pixel of its four neighbours, as TensorFlow's ResizeBilinear:
 * scores are within 0.004 of TensorFlow.js on the same photo, where sharp's resize, which averages over more pixels,
 * is off by 0.05 and more with every kernel. `antialiased`: that average, as PIL and torchvision compute it.
 */
function scale(picture: Sharp, from: SizePx, to: SizePx, resample: Input['resample']): Sharp {
  // An affine transform fades the last row and column to black when it enlarges.
  if (resample === 'antialiased' || from.width < to.width || from.height < to.height) {
    return picture.resize(to.width, to.height, { fit: 'fill', kernel: 'linear', fastShrinkOnLoad: false });
  }
  return picture.affine([to.width / from.width, 0, 0, to.height / from.height], { interpolator: 'bilinear' });
}
