import { MAX_POINTS } from '../../../../../protocol/points.ts';
import { aboutOutputs } from '../../../../../protocol/sentences/outputs.ts';
import type { PointMaps } from '../../../deploy/heads/keypointHead.ts';
import { areScores, columnOf, type Evidence, unitOf } from '../evidence.ts';
import type { Output } from '../found.ts';
import type { KeypointReading } from './keypointReading.ts';
import { isPublishedCount, layoutOf, subjectOf } from './pointLayouts.ts';

const IS_POINTS = /key_?point|landmark|pose|joint/i;
const IS_MAPS = /heat_?map|key_?point|pose|joint|landmark|(^|_)confs/i;
/** EfficientPose's last layer. */
const IS_EFFICIENT_POSE = /^upscaled_confs/;
/** ViTPose of Hugging Face's transformers; trained with unbiased data processing. */
const IS_ALIGNED = /^vitpose/i;
/** A map of a point is nearly everywhere far below this. */
const LOW = 0.1;
/** A map ends at 1 at its highest, and rounds or rings a little past it. */
const MAP_RANGE = [-0.6, 1.7] as const;
const STRIDES = [1, 2, 4, 8, 16];

/** Reads the points of one thing: MoveNet's [1, 1, 17, 3], y, x and score in 0..1; others with x first. */
export function readOnePose({ outputs, arrangement, known, labels }: Evidence): KeypointReading | undefined {
  const isAsked = known.task === 'keypoint-detection';
  const found = outputs.find(({ name, dims }) => {
    const [count = 0, size, ...more] = dims.filter((side) => side !== 1);
    const isNamed = IS_POINTS.test(name) || isAsked || isPublishedCount(count);
    return size === 3 && more.length === 0 && count > 3 && count <= MAX_POINTS && isNamed;
  });
  if (found === undefined || outputs.some(({ dims }) => dims.at(-1) === 4)) return undefined;
  const output: Output = { ...found, dims: found.dims.filter((side) => side !== 1) };
  const [count = 0] = output.dims;
  const places = [...columnOf(output, 0), ...columnOf(output, 1)];
  const scores = columnOf(output, 2);
  const unit = unitOf(places, arrangement, [1, 1]);
  const areInPicture = places.every((place) => Math.abs(place) <= 2 * Math.max(...unit));
  if (!isAsked && !(areInPicture && areScores(scores))) return undefined;
  const layout = layoutOf(count, { names: pointNames(known.labels, count) });
  return {
    head: {
      kind: 'keypoints',
      classes: 1,
      boxes: undefined,
      points: {
        form: 'numbers',
        output: found.name,
        batched: found.batched,
        size: 3,
        // TensorFlow writes rows before columns.
        order: arrangement.layout === 'NHWC' ? 'yx' : 'xy',
        score: 2,
        scores: undefined,
        activation: areScores(scores) ? 'none' : 'sigmoid',
        unit,
      },
      layout,
    },
    why: aboutOutputs('pose_points', { name: found.name, shape: found.dims.join(', '), points: count }),
    ...subject(labels.count, count),
  };
}

/**
 * Reads a map for each point of one thing that fills the picture: ViTPose, HRNet and SimpleBaseline [N, K, h, w] of a quarter of
 * the input (mmpose's `TopdownHeatmap…Head`, transformers' `VitPoseForPoseEstimation`), EfficientPose [N, h, w, K].
 */
export function readPoseMaps({ outputs, arrangement, known, labels }: Evidence): KeypointReading | undefined {
  const isAsked = known.task === 'keypoint-detection';
  const [architecture = ''] = known.architectures;
  const isArchitecture = /pose/i.test(architecture);
  for (const output of outputs) {
    const maps = mapsOf(output, arrangement, isAsked || isArchitecture);
    if (maps === undefined) continue;
    const { count, ...sides } = maps;
    const isNamed = IS_MAPS.test(output.name) || isArchitecture;
    const isEfficientPose = IS_EFFICIENT_POSE.test(output.name) && count === 16;
    const isOfMany = !isEfficientPose && outputs.some((other) => joinsPoints(other, count, arrangement));
    if (!isAsked && !(!isOfMany && areMaps(output, maps) && (isNamed || isPublishedCount(count)))) continue;
    return {
      head: {
        kind: 'keypoints',
        classes: 1,
        boxes: undefined,
        points: {
          ...sides,
          form: 'maps',
          output: output.name,
          isAligned: IS_ALIGNED.test(architecture),
          activation: 'none',
        },
        layout: layoutOf(count, { names: pointNames(known.labels, count), isEfficientPose }),
      },
      why: aboutOutputs('pose_maps', { name: output.name, shape: output.dims.join(', '), points: count }),
      ...subject(labels.count, count),
    };
  }
  return undefined;
}

type Maps = Pick<PointMaps, 'width' | 'height' | 'channelsLast'> & { readonly count: number };

/** The axes of an output that has maps of the picture. */
function mapsOf(
  { dims, batched }: Output,
  { width, height, layout }: Evidence['arrangement'],
  isSure: boolean,
): Maps | undefined {
  if (dims.length !== 3 || !batched) return undefined;
  const [a = 0, b = 0, c = 0] = dims;
  const readings: Maps[] = [
    { count: a, height: b, width: c, channelsLast: false },
    { count: c, height: a, width: b, channelsLast: true },
  ];
  if (layout === 'NHWC') readings.reverse();
  return readings.find(
    ({ count, ...map }) =>
      count <= MAX_POINTS &&
      count > (isSure ? 0 : 3) &&
      STRIDES.some(
        (stride) => Math.ceil(width / stride) === map.width && Math.ceil(height / stride) === map.height,
      ),
  );
}

/** Maps of another number join the points of several people (OpenPose), or give sizes to centres (CenterNet). */
function joinsPoints(output: Output, count: number, arrangement: Evidence['arrangement']): boolean {
  const maps = mapsOf(output, arrangement, true);
  return maps !== undefined && maps.count !== count;
}

/**
 * Whether values are those of maps of points: each low nearly everywhere, and none a class of each pixel, which other models
 * give: probabilities sum to 1 there, and logits leave the range.
 */
function areMaps({ samples }: Output, { count, width, height, channelsLast }: Maps): boolean {
  const cells = width * height;
  return samples.every((data) => {
    let low = 0;
    for (const value of data) {
      if (value < MAP_RANGE[0] || value > MAP_RANGE[1]) return false;
      if (Math.abs(value) < LOW) low += 1;
    }
    let sum = 0;
    for (let cell = 0; cell < cells; cell++) {
      for (let point = 0; point < count; point++) {
        sum += data[channelsLast ? cell * count + point : point * cells + cell] ?? 0;
      }
    }
    return low > 0.6 * data.length && sum < 0.9 * cells;
  });
}

/** Labels may name the points, as `id2label` of ViTPose does. */
const pointNames = (labels: readonly string[] | undefined, count: number): readonly string[] | undefined =>
  labels?.length === count && count > 1 ? labels : undefined;

/** One label names the thing; none, or those of the points, do not. */
const subject = (labels: number | undefined, count: number): { subject?: string } =>
  labels === 1 ? {} : { subject: subjectOf(count) };
