import type { Label } from '../../protocol/messages.ts';
import { boxOfQuad, type Quad, scaledQuad } from '../../vision/quad.ts';

/** The part of COCO's format for object detection that is written here. https://cocodataset.org/#format-data */
export interface Coco {
  readonly info: { readonly description: string; readonly date_created: string };
  readonly licenses: readonly never[];
  readonly images: readonly {
    readonly id: number;
    readonly width: number;
    readonly height: number;
    readonly file_name: string;
    readonly date_captured: string;
  }[];
  readonly annotations: readonly CocoAnnotation[];
  readonly categories: readonly {
    readonly id: number;
    readonly name: string;
    readonly supercategory: string;
  }[];
}

interface CocoAnnotation {
  readonly id: number;
  readonly image_id: number;
  readonly category_id: number;
  /** x, y, width, height in pixels of the picture. */
  readonly bbox: readonly [number, number, number, number];
  readonly area: number;
  /** Polygons as x, y, x, y, …: the corners of a text or a code. Empty: only the box is known. */
  readonly segmentation: readonly (readonly number[])[];
  readonly iscrowd: 0;
  readonly score: number;
  /** What was read. Not a part of COCO, which allows more fields. */
  readonly text?: string;
}

const IMAGE_ID = 1;
/** Texts and codes differ in what they say, not in what they are. */
const READ = 'text';

/**
 * The labels of one picture in COCO's format: what names the whole picture is left out, as COCO has no place for it.
 * @param names the model's labels in their order, so that ids of categories are the same for each picture; others follow
 */
export function toCoco(
  labels: readonly Label[],
  picture: { width: number; height: number; fileName: string; takenAt: Date },
  names: readonly string[],
): Coco {
  const { width, height, fileName, takenAt } = picture;
  const categories = new Map(names.map((name, index) => [name, index + 1]));
  const annotations = labels.flatMap((label): CocoAnnotation[] => {
    const corners = label.quad && scaledQuad(label.quad, width, height);
    const rect = corners ? boxOfQuad(corners) : label.box && inPixels(label.box, width, height);
    if (rect === undefined) return [];
    const name = label.text === undefined ? label.label : (label.format ?? READ);
    const category = categories.get(name) ?? categories.size + 1;
    categories.set(name, category);
    const [x, y, boxWidth, boxHeight] = rect.map(round) as [number, number, number, number];
    return [
      {
        id: 0,
        image_id: IMAGE_ID,
        category_id: category,
        bbox: [x, y, boxWidth, boxHeight],
        area: round(corners ? areaOf(corners) : boxWidth * boxHeight),
        segmentation: corners ? [corners.flat().map(round)] : [],
        iscrowd: 0,
        score: label.score,
        ...(label.text === undefined ? {} : { text: label.text }),
      },
    ];
  });
  const date = takenAt.toISOString();
  return {
    info: { description: 'Labels of one picture, by Livelens', date_created: date },
    licenses: [],
    images: [{ id: IMAGE_ID, width, height, file_name: fileName, date_captured: date }],
    annotations: annotations.map((annotation, index) => ({ ...annotation, id: index + 1 })),
    categories: [...categories].map(([name, id]) => ({ id, name, supercategory: '' })),
  };
}

const inPixels = (box: readonly [number, number, number, number], width: number, height: number) =>
  [box[0] * width, box[1] * height, box[2] * width, box[3] * height] as const;

/** Of a polygon, by the shoelace formula. */
function areaOf(corners: Quad): number {
  let double = 0;
  corners.forEach(([x, y], index) => {
    const [nextX, nextY] = corners[(index + 1) % corners.length] ?? [x, y];
    double += x * nextY - nextX * y;
  });
  return Math.abs(double) / 2;
}

const round = (value: number) => Math.round(value * 100) / 100;
