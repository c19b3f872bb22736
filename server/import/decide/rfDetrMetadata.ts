import * as v from 'valibot';
import { reason } from '../../../protocol/sentences/decisions.ts';
import { HOLE } from '../../../vision/labels/labelList.ts';
import type { Declared } from './hints.ts';

const MAX_COLUMNS = 10_000;
const positive = v.pipe(v.number(), v.gtValue(0));
const three = v.tuple([v.number(), v.number(), v.number()]);
const divisors = v.tuple([positive, positive, positive]);

/** Fields of `rfdetr_inference` (roboflow/rf-detr, src/rfdetr/export/_runtime/metadata.py), of which others follow. */
const Metadata = v.object({
  /** A `backbone` has no boxes, and no classes. */
  task: v.optional(v.string()),
  means: three,
  stds: divisors,
  pixel_scale: v.optional(positive, 1 / 255),
  /** One less than the model has columns. */
  num_classes: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_COLUMNS)),
  /** By column: COCO's ids, or the places in the person's own list. */
  class_id_to_name: v.optional(v.record(v.pipe(v.string(), v.digits()), v.string()), {}),
  class_names: v.optional(v.array(v.string()), []),
});

/** What RF-DETR's exporter writes into its ONNX files: names for the columns, and how pictures are prepared. */
export function readRfDetrMetadata(metadata: ReadonlyMap<string, string>): Declared {
  const found = v.safeParse(v.pipe(v.string(), v.parseJson(), Metadata), metadata.get('rfdetr_inference'));
  if (!found.success) return {};
  const { task, means, stds, pixel_scale, num_classes, class_id_to_name, class_names } = found.output;
  const why = reason('metadata');
  const isMapped = Object.keys(class_id_to_name).length > 0;
  const names = new Map(
    isMapped
      ? Object.entries(class_id_to_name)
      : class_names.map((name, line): [string, string] => [String(line), name]),
  );
  const labels = Array.from({ length: num_classes + 1 }, (_, column) => names.get(String(column)) ?? HOLE);
  const isNamed = labels.some((label) => label !== HOLE);
  return {
    ...(task === 'backbone'
      ? {}
      : {
          task: { value: task === 'segment' ? 'instance-segmentation' : 'object-detection', why },
          ...(isNamed ? { labels: { value: labels, why } } : {}),
        }),
    channels: { value: 'RGB', why },
    scale: { value: pixel_scale, why },
    mean: { value: means, why },
    std: { value: stds, why },
    fit: { value: 'stretch', why },
    resample: { value: 'bilinear', why },
  };
}
