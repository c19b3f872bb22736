import { type Box, WHOLE } from '../../vision/geometry.ts';
import { isOfMiddle, middleSquare } from '../../vision/things/planRegions.ts';
import { sampleCut } from '../../vision/things/sampleCut.ts';
import { canvasToBlob } from '../capture/canvasToBlob.ts';
import { canvasToPng } from '../capture/canvasToPng.ts';
import { cropPicture } from '../capture/cropPicture.ts';
import { drawSample } from '../capture/drawSample.ts';
import { shownSize } from '../capture/shownSize.ts';
import type { Lock } from './lockOn.ts';

const JPEG_QUALITY = 0.92;

/** A picture of a thing with something around it, and where the thing is in it, in 0..1. */
export interface Sample {
  readonly picture: Blob;
  readonly box: Box;
}

/** Why there is no sample. */
export class NoSampleError extends Error {
  override readonly name = 'NoSampleError';
  constructor(
    readonly code: 'out_of_sight' | 'nothing_shown',
    message: string,
  ) {
    super(message);
  }
}

/**
 * What is shown of a thing, for teaching it.
 * @param lock the thing that a person tapped; undefined: what is held up in the middle of what is in view
 * @param options.boxes what is seen: of a thing in the middle that has a box, all of it is learned, as that is what is seen again
 * @param options.part what is in view, in 0..1 of the picture
 * @param options.isTrue whether the browser encodes what is drawn on a canvas
 * @throws NoSampleError; Error if the browser cannot draw or encode it
 */
export async function sampleOf(
  shown: HTMLVideoElement | HTMLImageElement,
  lock: Lock | undefined,
  {
    boxes = [],
    part = WHOLE,
    isTrue = true,
  }: { boxes?: readonly Box[]; part?: Box | undefined; isTrue?: boolean } = {},
): Promise<Sample> {
  const { width, height } = shownSize(shown);
  if (width === 0) throw new NoSampleError('nothing_shown', 'There is no picture to learn from.');
  if (lock && !lock.isInSight) throw new NoSampleError('out_of_sight', 'The thing is out of sight.');
  const middle = middleSquare({ width: part[2] * width, height: part[3] * height });
  const box = lock?.box ?? heldUp(boxOfPart(middle, part), boxes);
  const { rect, thing } = sampleCut(box, { width, height });
  const { left, top } = rect;
  const cut = cropPicture(shown, [left / width, top / height, rect.width / width, rect.height / height], 0);
  const bitmap = await createImageBitmap(cut);
  const canvas = drawSample(bitmap);
  bitmap.close();
  try {
    const picture = isTrue
      ? await canvasToBlob(canvas, 'image/jpeg', JPEG_QUALITY)
      : await canvasToPng(canvas, false);
    return { picture, box: thing };
  } finally {
    canvas.width = 0;
    cut.width = 0;
  }
}

/** The largest box of what is in the middle; the middle itself where there is none. */
function heldUp(middle: Box, boxes: readonly Box[]): Box {
  const area = ([, , width, height]: Box) => width * height;
  const [largest] = boxes.filter((box) => isOfMiddle(box, middle)).toSorted((a, b) => area(b) - area(a));
  return largest ?? middle;
}

/** A box of a part of the picture, in 0..1 of all of it. */
const boxOfPart = ([x, y, width, height]: Box, part: Box): Box => [
  part[0] + x * part[2],
  part[1] + y * part[3],
  width * part[2],
  height * part[3],
];
