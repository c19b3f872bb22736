import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseCoco } from '../../server/import/truth/cocoTruth.ts';
import type { TruthBox } from '../../vision/averagePrecision.ts';

/** Names the folder: `images/`, and `instances.json` in COCO's format. No picture of it may lie in the repository. */
export const TRUTH_VARIABLE = 'LIVELENS_COCO';

export interface TruthFolder {
  readonly pictures: readonly {
    readonly id: number;
    readonly file: string;
    readonly width: number;
    readonly height: number;
  }[];
  readonly truth: readonly TruthBox[];
}

/** Pictures in which every thing of the classes is boxed; undefined where the variable names none. */
export async function readTruthFolder(
  dir: string | undefined = process.env[TRUTH_VARIABLE],
): Promise<TruthFolder | undefined> {
  if (dir === undefined) return undefined;
  const file = path.join(dir, 'instances.json');
  const found = parseCoco(await readFile(file, 'utf8'))?.pictures;
  if (found === undefined) throw new Error(`${file} is not in COCO's format.`);
  return {
    pictures: found.map(({ id, name, width, height }) => ({
      id,
      file: path.join(dir, 'images', name),
      width,
      height,
    })),
    truth: found.flatMap(({ id, things }) => things.map((thing) => ({ ...thing, image: id }))),
  };
}
