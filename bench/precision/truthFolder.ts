import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import type { TruthBox } from './averagePrecision.ts';

/** Names the folder: `images/`, and `instances.json` in COCO's format. No picture of it may lie in the repository. */
export const TRUTH_VARIABLE = 'LIVELENS_COCO';

const Instances = v.object({
  images: v.array(v.object({ id: v.number(), file_name: v.string(), width: v.number(), height: v.number() })),
  categories: v.array(v.object({ id: v.number(), name: v.string() })),
  annotations: v.array(
    v.object({
      image_id: v.number(),
      category_id: v.number(),
      bbox: v.tuple([v.number(), v.number(), v.number(), v.number()]),
      area: v.number(),
      iscrowd: v.number(),
    }),
  ),
});

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
  const text = await readFile(path.join(dir, 'instances.json'), 'utf8');
  const { images, categories, annotations } = v.parse(Instances, JSON.parse(text));
  const names = new Map(categories.map(({ id, name }) => [id, name]));
  return {
    pictures: images.map(({ id, file_name, width, height }) => ({
      id,
      file: path.join(dir, 'images', file_name),
      width,
      height,
    })),
    truth: annotations.map(({ image_id, category_id, bbox, area, iscrowd }) => ({
      image: image_id,
      label: names.get(category_id) ?? `class ${category_id}`,
      box: bbox,
      area,
      isCrowd: iscrowd === 1,
    })),
  };
}
