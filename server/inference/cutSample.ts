import type { ImageFormat } from '../../protocol/frame.ts';
import { type Box, WHOLE } from '../../vision/geometry.ts';
import type { Size } from '../../vision/steps.ts';
import { cutThings, THING_SIZE } from '../../vision/things/cutThing.ts';
import { SAMPLE_SIDE_PX, sampleCut } from '../../vision/things/sampleCut.ts';
import { sampleViews } from '../../vision/things/sampleViews.ts';
import { asUndecodable, openPicture, read, toSharp, upright } from './decode.ts';

/** A thing that was cut out of a picture, and its views for the model. */
export interface CutSample {
  /** The thing with what is around it; the same bytes where they were cut before. */
  readonly jpeg: Uint8Array;
  /** Where the thing is in it, in 0..1. */
  readonly box: Box;
  /** PNGs of the size that was asked for, the plain view first. */
  readonly views: readonly Uint8Array[];
}

export interface CutOptions {
  readonly box: Box;
  readonly isCut: boolean;
  readonly maxPixels: number;
  readonly view?: Size | undefined;
}

const JPEG_QUALITY = 88;

/**
 * Cuts a thing out of a picture. The views are of the JPEG that is kept, so that they can be made again.
 * @param options.box where the thing is, in 0..1 of the picture
 * @param options.isCut the picture is that of a sample already
 * @param options.view size of the views; default: that of the shipped embedder
 * @throws UndecodableError
 */
export function cutSample(
  image: Uint8Array,
  format: ImageFormat,
  { box, isCut, maxPixels, view = THING_SIZE }: CutOptions,
): Promise<CutSample> {
  return asUndecodable(async () => {
    const { jpeg, thing } = isCut ? { jpeg: image, thing: box } : await cutOut(image, format, box, maxPixels);
    const { picture } = await openPicture(jpeg, isCut ? format : 'jpeg', maxPixels);
    const pixels = await read(upright(picture));
    const boxes = sampleViews(thing);
    const cut = cutThings(pixels, boxes, view);
    const bytes = view.width * view.height * 3;
    const views = boxes.map((_, at) =>
      toSharp({ data: cut.subarray(at * bytes, (at + 1) * bytes), ...view })
        // Not packed: a worker would have to unpack it.
        .png({ compressionLevel: 0 })
        .toBuffer(),
    );
    return { jpeg, box: thing, views: await Promise.all(views) };
  });
}

async function cutOut(image: Uint8Array, format: ImageFormat, box: Box, maxPixels: number) {
  const { picture, found } = await openPicture(image, format, maxPixels);
  const { rect, thing } = sampleCut(box, found.autoOrient);
  const isAll = box.every((side, at) => side === WHOLE[at]);
  const part = isAll ? upright(picture) : upright(picture).extract(rect);
  const limit = { fit: 'inside', withoutEnlargement: true, fastShrinkOnLoad: false } as const;
  const jpeg = await part
    .resize(SAMPLE_SIDE_PX, SAMPLE_SIDE_PX, limit)
    .jpeg({ quality: JPEG_QUALITY })
    .timeout({ seconds: 3 })
    .toBuffer();
  return { jpeg, thing };
}
