import type { PointsLayout } from '../../../../../protocol/points.ts';
import { type PythonValue, parsePythonLiteral } from '../../../../../vision/labels/pythonLiteral.ts';
import { LEAST_POINT_SCORE } from '../../../../../vision/points.ts';
import { type Edges, FACE_EDGES, IRIS_EDGES, POSE_EDGES, POSE_NAMES } from './mediaPipeLayouts.ts';

/** COCO's person, `person_keypoints_val2017.json`; its skeleton counts from 1. https://cocodataset.org/#format-data */
const COCO_NAMES = [
  'nose',
  ...['left_eye', 'right_eye', 'left_ear', 'right_ear', 'left_shoulder', 'right_shoulder'],
  ...['left_elbow', 'right_elbow', 'left_wrist', 'right_wrist', 'left_hip', 'right_hip'],
  ...['left_knee', 'right_knee', 'left_ankle', 'right_ankle'],
];
const COCO_EDGES: Edges = [
  ...([
    [15, 13],
    [13, 11],
    [16, 14],
    [14, 12],
    [11, 12],
    [5, 11],
    [6, 12],
    [5, 6],
    [5, 7],
  ] as Edges),
  ...([
    [6, 8],
    [7, 9],
    [8, 10],
    [1, 2],
    [0, 1],
    [0, 2],
    [1, 3],
    [2, 4],
    [3, 5],
    [4, 6],
  ] as Edges),
];

/** MediaPipe's hand: the wrist, then four points for each finger from its root on. Ultralytics' hands have the same. */
const HAND_NAMES = [
  'wrist',
  ...['thumb', 'index', 'middle', 'ring', 'little'].flatMap((finger) =>
    [1, 2, 3, 4].map((joint) => `${finger}_${joint}`),
  ),
];
/** `HAND_CONNECTIONS` of @mediapipe/hands 0.4.1675469240. */
const HAND_EDGES: Edges = [
  ...[0, 1, 2, 3, 4].flatMap((finger): Edges => {
    const root = 1 + 4 * finger;
    return [
      [root, root + 1],
      [root + 1, root + 2],
      [root + 2, root + 3],
    ];
  }),
  ...([
    [0, 1],
    [0, 5],
    [5, 9],
    [9, 13],
    [13, 17],
    [0, 17],
  ] as Edges),
];

/** The seven of MediaPipe's palms: the wrist, the roots of four fingers, and two joints of the thumb. */
export const PALM_NAMES = [0, 5, 9, 13, 17, 1, 2].map((point) => HAND_NAMES[point] ?? '');

/** EfficientPose's 16 of MPII in an order of their own (Groos et al. 2020, arXiv 2004.12186; `utils/helpers.py` there). */
const EFFICIENT_POSE_NAMES = [
  ...['head_top', 'upper_neck', 'right_shoulder', 'right_elbow', 'right_wrist', 'thorax'],
  ...['left_shoulder', 'left_elbow', 'left_wrist', 'pelvis', 'right_hip', 'right_knee', 'right_ankle'],
  ...['left_hip', 'left_knee', 'left_ankle'],
];
const EFFICIENT_POSE_EDGES: Edges = [
  ...([
    [0, 1],
    [1, 5],
    [5, 2],
    [2, 3],
    [3, 4],
    [5, 6],
    [6, 7],
    [7, 8],
    [5, 9],
  ] as Edges),
  ...([
    [9, 10],
    [10, 11],
    [11, 12],
    [9, 13],
    [13, 14],
    [14, 15],
  ] as Edges),
];

/** What is known by the number of points alone. */
interface KnownPoints {
  readonly names?: readonly string[];
  readonly edges: Edges;
  /** What has them; the label of models that find one thing and name none. */
  readonly subject: string;
}
const BY_COUNT: Readonly<Record<number, KnownPoints>> = {
  5: { edges: [], subject: 'face' },
  6: { edges: [], subject: 'face' },
  7: { edges: [], subject: 'palm' },
  16: { edges: [], subject: 'person' },
  17: { names: COCO_NAMES, edges: COCO_EDGES, subject: 'person' },
  21: { names: HAND_NAMES, edges: HAND_EDGES, subject: 'hand' },
  23: { edges: [], subject: 'person' },
  26: { edges: [], subject: 'person' },
  33: { names: POSE_NAMES, edges: POSE_EDGES, subject: 'person' },
  68: { edges: [], subject: 'face' },
  98: { edges: [], subject: 'face' },
  106: { edges: [], subject: 'face' },
  468: { edges: FACE_EDGES, subject: 'face' },
  478: { edges: [...FACE_EDGES, ...IRIS_EDGES], subject: 'face' },
  // COCO-WholeBody: COCO's come first.
  133: { edges: COCO_EDGES, subject: 'person' },
};

/** Whether models with that many points are published. */
export const isPublishedCount = (count: number): boolean => count in BY_COUNT;

export const subjectOf = (count: number): string => BY_COUNT[count]?.subject ?? 'person';

/** @param names of the points, where the model says them; `isEfficientPose`: by the names of its outputs */
export function layoutOf(
  count: number,
  { names, isEfficientPose = false }: { names?: readonly string[] | undefined; isEfficientPose?: boolean },
): PointsLayout {
  const known: Partial<KnownPoints> = isEfficientPose
    ? { names: EFFICIENT_POSE_NAMES, edges: EFFICIENT_POSE_EDGES }
    : (BY_COUNT[count] ?? {});
  const given = names?.length === count ? names : known.names;
  // Other names mean other points, which other lines join.
  const isOther = names?.length === count && known.names !== undefined && !areAlike(names, known.names);
  return {
    count,
    ...(given && { names: [...given] }),
    edges: isOther ? [] : (known.edges ?? []),
    minScore: LEAST_POINT_SCORE,
  };
}

/** By sides and parts: `L_Eye` is `left_eye`. */
const areAlike = (a: readonly string[], b: readonly string[]): boolean =>
  a.every((name, at) => plain(name) === plain(b[at] ?? ''));
const plain = (name: string): string =>
  name
    .toLowerCase()
    .replace(/^l[_\s-]/, 'left_')
    .replace(/^r[_\s-]/, 'right_')
    .replace(/[^a-z]/g, '');

/** What Ultralytics' metadata say: `kpt_shape` [17, 3], and `kpt_names` {0: ['nose', …]}, which newer versions write. */
export function ultralyticsPoints(
  metadata: ReadonlyMap<string, string>,
): { count: number; size: 2 | 3; names?: readonly string[] } | undefined {
  const [count = 0, size = 0] = (metadata.get('kpt_shape')?.match(/\d+/g) ?? []).map(Number);
  if (count < 1 || (size !== 2 && size !== 3)) return undefined;
  const names = namesIn(metadata.get('kpt_names'));
  return { count, size, ...(names && { names }) };
}

function namesIn(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  try {
    const value = parsePythonLiteral(text);
    const list: PythonValue | undefined = value instanceof Map ? [...value.values()][0] : value;
    return Array.isArray(list) && list.every((name) => typeof name === 'string') ? list : undefined;
  } catch {
    return undefined;
  }
}
