import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { imageFormatOf } from '../../protocol/imageFormat.ts';
import { THINGS_MODEL } from '../../protocol/things.ts';
import type { Box } from '../../vision/geometry.ts';
import { decodeViews, encodeViews } from '../../vision/things/viewBytes.ts';
import { exists, writeFileAtomically } from '../disk/atomic.ts';
import { embedSample, type TeachContext } from './teach.ts';
import { backgroundIn } from './viewFiles.ts';

/** Parts of a photo that show nothing in particular: all of it, its quarters, its ninths, and larger ones that overlap. */
const PARTS: readonly Box[] = [[0, 0, 1, 1], ...gridOf(2, 1 / 2), ...gridOf(3, 1 / 3), ...gridOf(2, 0.7)];

/** Squares of this side, evenly from edge to edge, in 0..1. */
function gridOf(count: number, side: number): Box[] {
  const starts = Array.from({ length: count }, (_, at) => (at * (1 - side)) / (count - 1));
  return starts.flatMap((y) => starts.map((x): Box => [x, y, side, side]));
}

export interface BackgroundOptions {
  readonly modelsDir: string;
  readonly thingsDir: string;
}

/**
 * What a model makes of the average picture, from parts of the photos that the shipped model of things is proven with. It is found once
 * for each version, and kept.
 * @returns undefined where those photos are not there: then less is called unknown
 * @throws see `takeSample`
 */
export async function backgroundOf(
  embedder: string,
  { modelsDir, thingsDir }: BackgroundOptions,
  context: TeachContext,
): Promise<Float32Array | undefined> {
  const { version } = context.models.find(embedder);
  const file = backgroundIn(thingsDir, version);
  if (await exists(file)) {
    const bytes = await readFile(file);
    return decodeViews(bytes, bytes.byteLength / 2)[0];
  }
  const { goldens } = context.models.find(THINGS_MODEL).manifest;
  let mean: Float32Array | undefined;
  let count = 0;
  for (const { image: name } of goldens) {
    const image = await readFile(path.join(modelsDir, THINGS_MODEL, name)).catch(() => undefined);
    const format = image && imageFormatOf(image);
    if (image === undefined || format === undefined) continue;
    for (const box of PARTS) {
      const { maxPicturePixels: maxPixels } = context.limits;
      const picture = { image, format, box, isCut: true, maxPixels };
      const { views } = await embedSample(picture, context, { embedder, views: 1 });
      const [view = new Float32Array()] = views;
      mean ??= new Float32Array(view.length);
      const sum = mean;
      for (const [at, value] of view.entries()) sum[at] = (sum[at] ?? 0) + value;
      count += 1;
    }
  }
  if (mean === undefined) return undefined;
  const found = mean.map((sum) => sum / count);
  await writeFileAtomically(file, encodeViews([found]));
  return found;
}
