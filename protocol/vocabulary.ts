import * as v from 'valibot';

/** Words that messages, manifests and options share, each once. */

/** What `/v1/predict` takes for a model where codes are asked for: no model of a session, and no folder, has this id. */
export const CODES_MODEL = 'codes';

/** Of a model: name of its folder, and what requests call it. */
export const ModelId = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'lower case letters, digits, ".", "_" or "-"; at most 64'),
);

/** 0..1. */
export const Score = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

/** x, y, width, height in 0..1 of the picture, from its top left. */
export const Box = v.tuple([v.number(), v.number(), v.number(), v.number()]);

export const Point = v.tuple([v.number(), v.number()]);

/**
 * Four corners as [x, y] in 0..1 of the picture, clockwise from the top left of the text or code itself, however it is turned
 * in the picture.
 */
export const Quad = v.tuple([Point, Point, Point, Point]);

/**
 * What a mask encloses: rings, each a flat list x, y, x, y, … in 0..1 of the picture. What lies within an odd number of rings
 * belongs to it.
 */
export const Outline = v.array(v.array(v.number()));

/** How a picture of another shape becomes a model's input, in one word. */
export const Fit = v.picklist([
  /** Each axis on its own. */
  'stretch',
  /** The largest part of the input's shape around the middle, `crop` of it; what lies outside is not seen. */
  'crop',
  /** The whole picture in its own shape, in the middle of grey (114). */
  'letterbox',
]);

/** The side of a model's input, pixels. */
export const SidePx = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096));

/** How the outputs of a detector are read: docs/detectors.md. */
export const DETECTION_HEADS = [
  'ssd',
  'detr',
  'yolo-v5',
  'yolo-v8',
  'yolo-end-to-end',
  'boxes-scores-classes',
  'grid',
  'anchors',
] as const;

/** Detectors whose anchors are known. */
export const ANCHOR_FAMILIES = [
  'efficientdet',
  'retinanet-torchvision',
  'retinanet-keras',
  'ssd300',
  'ssd300-voc',
  'ssdlite320',
  'ssd-tensorflow',
] as const;
