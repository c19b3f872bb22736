import { CodedError } from '../../protocol/errors.ts';
import { aboutThings } from '../../protocol/sentences/things.ts';
import type { Box } from '../../vision/geometry.ts';
import { withoutAlpha } from '../../vision/pixels.ts';
import type { PictureAnswer } from '../../vision/tasks/taskOf.ts';
import { cutThings } from '../../vision/things/cutThing.ts';
import { sampleViews } from '../../vision/things/sampleViews.ts';
import { THING_SIDE_PX } from '../../vision/things/thingSide.ts';
import { drawSample } from '../capture/drawSample.ts';

/** What a sample looks like to the model. */
export interface EmbeddedSample {
  /** Embeddings of its views, the plain one first. */
  readonly views: readonly Float32Array[];
  /** Of the model. */
  readonly version: string;
}

/** @param box where the thing is in the picture, in 0..1 */
export type EmbedSample = (picture: Blob, box: Box) => Promise<EmbeddedSample>;

/**
 * Embeds samples on this device, by the code that cuts and the graph that embeds on a server.
 * @param run runs the model of taught things, and closes the picture
 */
export const embedSamplesBy =
  (run: (picture: ImageBitmap) => Promise<{ answer: PictureAnswer; version: string }>): EmbedSample =>
  async (picture, box) => {
    const boxes = sampleViews(box);
    const cut = cutThings(await pixelsOf(picture), boxes);
    const views: Float32Array[] = [];
    const versions = new Set<string>();
    for (const at of boxes.keys()) {
      const { answer, version } = await run(await createImageBitmap(viewAt(cut, at)));
      const whole = answer.task === 'thing-embedding' ? answer.regions.at(-1) : undefined;
      if (whole === undefined) throw new Error('The model on this device is none of taught things.');
      views.push(whole.embedding);
      versions.add(version);
    }
    const [version = '', ...others] = versions;
    if (others.length > 0) throw new CodedError('stale', aboutThings('things_changed'));
    return { views, version };
  };

async function pixelsOf(picture: Blob) {
  const bitmap = await createImageBitmap(picture, { colorSpaceConversion: 'none' });
  const canvas = drawSample(bitmap);
  bitmap.close();
  const { width, height } = canvas;
  const data = canvas.getContext('2d')?.getImageData(0, 0, width, height).data;
  canvas.width = 0;
  if (data === undefined) throw new Error('This browser has no 2D canvas.');
  return { data: withoutAlpha(data, new Uint8Array(width * height * 3)), width, height };
}

/** One of the squares that were cut, for the browser. */
function viewAt(cut: Uint8Array, at: number): ImageData {
  const view = new ImageData(THING_SIDE_PX, THING_SIDE_PX);
  let from = at * THING_SIDE_PX ** 2 * 3;
  for (let to = 0; to < view.data.length; to += 4, from += 3) {
    view.data[to] = cut[from] ?? 0;
    view.data[to + 1] = cut[from + 1] ?? 0;
    view.data[to + 2] = cut[from + 2] ?? 0;
    view.data[to + 3] = 255;
  }
  return view;
}
