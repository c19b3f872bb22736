import path from 'node:path';
import * as v from 'valibot';

/** What is read of a file with the truth in COCO's format: https://cocodataset.org/#format-data */
const CocoJson = v.object({
  images: v.array(v.object({ id: v.number(), file_name: v.string(), width: v.number(), height: v.number() })),
  categories: v.array(v.object({ id: v.number(), name: v.string() })),
  annotations: v.array(
    v.object({
      image_id: v.number(),
      category_id: v.number(),
      /** Pixels. */
      bbox: v.tuple([v.number(), v.number(), v.number(), v.number()]),
      /** Of the outline, square pixels; some tools leave it out. */
      area: v.optional(v.number()),
      iscrowd: v.optional(v.number(), 0),
    }),
  ),
});

export interface CocoFile {
  readonly pictures: readonly CocoPicture[];
  /** Names of all categories. */
  readonly classes: readonly string[];
}

export interface CocoPicture {
  readonly id: number;
  /** Without folders. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly things: readonly {
    readonly label: string;
    /** Pixels. */
    readonly box: readonly [x: number, y: number, width: number, height: number];
    /** Square pixels. */
    readonly area: number;
    readonly isCrowd: boolean;
  }[];
}

/** @returns undefined where the text is something else than COCO's format */
export function parseCoco(text: string): CocoFile | undefined {
  const json = parseJson(text);
  const parsed = v.safeParse(CocoJson, json);
  if (!parsed.success) return undefined;
  const { images, categories, annotations } = parsed.output;
  const names = new Map(categories.map(({ id, name }) => [id, name]));
  const things = new Map<number, CocoPicture['things'][number][]>(images.map(({ id }) => [id, []]));
  for (const { image_id, category_id, bbox, area = bbox[2] * bbox[3], iscrowd } of annotations) {
    const label = names.get(category_id) ?? `class ${category_id}`;
    things.get(image_id)?.push({ label, box: bbox, area, isCrowd: iscrowd === 1 });
  }
  const pictures = images.map(({ id, file_name, width, height }) => ({
    id,
    name: path.basename(file_name),
    width,
    height,
    things: things.get(id) ?? [],
  }));
  return { pictures, classes: categories.map(({ name }) => name) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
