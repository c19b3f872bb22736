import { type Box, clip, grow } from '../../vision/geometry.ts';
import { SAMPLE_MARGIN } from '../../vision/things/sampleViews.ts';
import { canvasToBlob } from '../capture/canvasToBlob.ts';
import { canvasToPng } from '../capture/canvasToPng.ts';
import { cropPicture } from '../capture/cropPicture.ts';
import { shrinkCanvas } from '../capture/shrinkCanvas.ts';

/** A thing is learned from 160 pixels a side: more is for who looks at it, or trains with it elsewhere. Longer side, pixels. */
const SAMPLE_SIDE_PX = 480;
const JPEG_QUALITY = 0.92;

/** A picture of a thing with a margin around it, and where the thing is in it, in 0..1. */
export interface Sample {
  readonly picture: Blob;
  readonly box: Box;
}

/**
 * What is shown of a thing, for teaching it.
 * @param box in 0..1 of the picture
 * @param isTrue whether the browser encodes what is drawn on a canvas
 * @throws Error if nothing is shown, or the browser cannot draw or encode it
 */
export async function sampleOf(
  shown: HTMLVideoElement | HTMLImageElement,
  box: Box,
  isTrue: boolean,
): Promise<Sample> {
  const canvas = shrinkCanvas(cropPicture(shown, box, SAMPLE_MARGIN), SAMPLE_SIDE_PX);
  try {
    const picture = isTrue
      ? await canvasToBlob(canvas, 'image/jpeg', JPEG_QUALITY)
      : await canvasToPng(canvas, false);
    return { picture, box: boxInPart(box, clip(grow(box, SAMPLE_MARGIN))) };
  } finally {
    canvas.width = 0;
  }
}

/** A box of the whole in 0..1 of a part of it. */
export function boxInPart(box: Box, part: Box): Box {
  const [x, y, width, height] = clip(box);
  return clip([(x - part[0]) / part[2], (y - part[1]) / part[3], width / part[2], height / part[3]]);
}
