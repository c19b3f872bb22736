import type { Label } from '../../protocol/messages.ts';
import type { PointsLayout } from '../../protocol/points.ts';
import { areaOfOutline, boxOfOutline, mapOutline } from '../../vision/masks/outline.ts';
import { LEAST_POINT_SCORE, mapPoints, POINT_SIZE, type Points } from '../../vision/points.ts';

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
    readonly keypoints?: readonly string[];
    /** Pairs of points, counted from 1. */
    readonly skeleton?: readonly (readonly [number, number])[];
  }[];
}

interface CocoAnnotation {
  readonly id: number;
  readonly image_id: number;
  readonly category_id: number;
  /** x, y, width, height in pixels of the picture. */
  readonly bbox: readonly [number, number, number, number];
  readonly area: number;
  /** Polygons as x, y, x, y, …: the corners of a text or a code, or the rings of a mask. Empty: only the box is known. */
  readonly segmentation: readonly (readonly number[])[];
  readonly iscrowd: 0;
  readonly score: number;
  /** What was read. Not a part of COCO, which allows more fields. */
  readonly text?: string;
  /** Key points as x, y and 2, one after the other; 0, 0, 0 for one that is not found. */
  readonly keypoints?: readonly number[];
  readonly num_keypoints?: number;
}

const IMAGE_ID = 1;
/** Texts and codes differ in what they say, not in what they are. */
const READ = 'text';

/**
 * The labels of one picture in COCO's format: what names the whole picture is left out, as COCO has no place for it.
 * @param layout what the key points of the model's labels are
 * @param names the model's labels in their order, so that ids of categories are the same for each picture; others follow
 */
export function toCoco(
  labels: readonly Label[],
  picture: { width: number; height: number; fileName: string; takenAt: Date },
  names: readonly string[],
  layout?: PointsLayout,
): Coco {
  const { width, height, fileName, takenAt } = picture;
  const categories = new Map(names.map((name, index) => [name, index + 1]));
  const annotations = labels.flatMap((label): CocoAnnotation[] => {
    const rings = label.quad ? [label.quad.flat()] : (label.outline ?? []);
    const polygons = mapOutline(rings, (x, y) => [x * width, y * height]);
    const box = label.quad ? undefined : label.box;
    const rect = box ? inPixels(box, width, height) : boxOfOutline(polygons);
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
        area: round(polygons.length > 0 ? areaOfOutline(polygons) : boxWidth * boxHeight),
        segmentation: polygons.map((ring) => ring.map(round)),
        iscrowd: 0,
        score: label.score,
        ...(label.text === undefined ? {} : { text: label.text }),
        ...(label.points && keypoints(label.points, layout, width, height)),
      },
    ];
  });
  const date = takenAt.toISOString();
  return {
    info: { description: 'Labels of one picture, by Livelens', date_created: date },
    licenses: [],
    images: [{ id: IMAGE_ID, width, height, file_name: fileName, date_captured: date }],
    annotations: annotations.map((annotation, index) => ({ ...annotation, id: index + 1 })),
    categories: [...categories].map(([name, id]) => ({
      ...{ id, name, supercategory: '' },
      ...(layout && names.includes(name) && skeleton(layout)),
    })),
  };
}

function keypoints(points: Points, layout: PointsLayout | undefined, width: number, height: number) {
  const minScore = layout?.minScore ?? LEAST_POINT_SCORE;
  const found = mapPoints(points, (x, y, score) =>
    score >= minScore ? [round(x * width), round(y * height), 2] : [0, 0, 0],
  );
  return {
    keypoints: found,
    num_keypoints: found.filter((_, at) => at % POINT_SIZE === 2 && found[at] === 2).length,
  };
}

const skeleton = ({ names, edges }: PointsLayout) => ({
  ...(names && { keypoints: names }),
  skeleton: edges.map(([from, to]) => [from + 1, to + 1] as const),
});

const inPixels = (box: readonly [number, number, number, number], width: number, height: number) =>
  [box[0] * width, box[1] * height, box[2] * width, box[3] * height] as const;

const round = (value: number) => Math.round(value * 100) / 100;
