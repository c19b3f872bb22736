import path from 'node:path';
import { openModel } from '../../server/inference/model.ts';
import { readModelFolder } from '../../server/library/modelFolder.ts';
import type { Box } from '../../vision/geometry.ts';
import { cropped, type Pixels } from '../../vision/pixels.ts';
import { squared } from '../../vision/things/cutThing.ts';
import { sampleViews } from '../../vision/things/sampleViews.ts';
import { THING_SIDE_PX } from '../../vision/things/thingSide.ts';
import { tilePx } from '../../vision/tiles/tilePx.ts';
import type { Views } from './trial.ts';

/** Embeds the thing in a box of a picture, 0..1 of it, as a sample of it is. */
export type Embed = (picture: Pixels, box: Box) => Promise<Views>;

/** The shipped model, on one thread of this process. */
export async function openEmbedder(): Promise<Embed> {
  const model = await openModel(await readModelFolder(path.resolve('models/things')), 1);
  return async (picture, box) => {
    const views: Float32Array[] = [];
    for (const view of sampleViews(box)) {
      const { data, ...size } = squared(cropped(picture, tilePx(view, picture)), THING_SIDE_PX);
      const answer = await model.run(new Uint8Array(data), size);
      const embedding = answer.task === 'thing-embedding' ? answer.regions.at(-1)?.embedding : undefined;
      if (embedding === undefined) throw new Error('The model does not embed things.');
      views.push(embedding);
    }
    return views;
  };
}
