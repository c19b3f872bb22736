import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import type { Manifest } from '../../vision/manifest.ts';
import type { GoldenPicture } from '../../vision/runGoldens.ts';
import { Golden } from '../../vision/tasks/taskOf.ts';
import { decode } from './decode.ts';

/** A golden has the size of the model's input. */
const GOLDEN_PICTURE = { maxPixels: 4096 * 4096, isFitted: true };

/**
 * The golden pictures of a model folder, one at a time.
 * @throws Error when a file is missing, is no golden, or cannot be decoded
 */
export async function* readGoldens({
  dir,
  manifest,
}: {
  dir: string;
  manifest: Manifest;
}): AsyncGenerator<GoldenPicture, void> {
  for (const { image, expected } of manifest.goldens) {
    const golden = v.parse(Golden, JSON.parse(await readFile(path.join(dir, expected), 'utf8')));
    const bytes = await readFile(path.join(dir, image));
    const { pixels, size } = await decode(bytes, 'png', manifest.input, GOLDEN_PICTURE);
    yield { picture: image, golden, pixels, size };
  }
}
