import type { ImageFormat } from '../../protocol/frame.ts';
import { type Box, WHOLE } from '../../vision/geometry.ts';
import { cutThings } from '../../vision/things/cutThing.ts';
import { SAMPLE_SIDE_PX, sampleCut } from '../../vision/things/sampleCut.ts';
import { sampleViews } from '../../vision/things/sampleViews.ts';
import { THING_SIDE_PX } from '../../vision/things/thingSide.ts';
import { asUndecodable, openPicture, read, toSharp, upright } from './decode.ts';

/** A thing that was cut out of a picture, and its views for the model. */
export interface CutSample {
  /** The thing with what is around it; the same bytes where they were cut before. */
  readonly jpeg: Uint8Array;
  /** Where the thing is in it, in 0..1. */
  readonly box: Box;
  /** PNGs of 160x160, the plain view first. */
  readonly views: readonly Uint8Array[];
}

const JPEG_QUALITY = 88;

/**
 * Cuts a thing out of a picture. The views are of the JPEG that is kept, so that they can be made again.
 * @param options.box where the thing is, in 0..1 of the picture
 * @param options.isCut the picture is that of a sample already
 * @throws UndecodableError
 */
export function cutSample(
  image: Uint8Array,
  format: ImageFormat,
  { box, isCut, maxPixels }: { box: Box; isCut: boolean; maxPixels: number },
): Promise<CutSample> {
  return asUndecodable(async () => {
    const { jpeg, thing } = isCut ? { jpeg: image, thing: box } : await cutOut(image, format, box, maxPixels);
    const { picture } = await openPicture(jpeg, isCut ? format : 'jpeg', maxPixels);
    const pixels = await read(upright(picture));
    const boxes = sampleViews(thing);
    const cut = cutThings(pixels, boxes);
    const bytes = THING_SIDE_PX ** 2 * 3;
    const views = boxes.map((_, at) =>
      toSharp({
        data: cut.subarray(at * bytes, (at + 1) * bytes),
        width: THING_SIDE_PX,
        height: THING_SIDE_PX,
      })
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
