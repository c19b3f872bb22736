/** Lines between points, counted from 0. */
export type Edges = [number, number][];

/** Lines from each point of a row to the next. */
const chain = (...points: number[]): Edges =>
  points.slice(1).map((point, at): [number, number] => [points[at] ?? 0, point]);

/** `POSE_LANDMARKS` of @mediapipe/pose 0.5.1675469404. */
export const POSE_NAMES = [
  ...['nose', 'left_eye_inner', 'left_eye', 'left_eye_outer', 'right_eye_inner', 'right_eye'],
  ...['right_eye_outer', 'left_ear', 'right_ear', 'mouth_left', 'mouth_right'],
  ...['shoulder', 'elbow', 'wrist', 'pinky', 'index', 'thumb', 'hip', 'knee', 'ankle', 'heel']
    .concat('foot_index')
    .flatMap((part) => [`left_${part}`, `right_${part}`]),
];

/** `POSE_CONNECTIONS` there. */
export const POSE_EDGES: Edges = [
  ...chain(8, 6, 5, 4, 0, 1, 2, 3, 7),
  ...chain(9, 10),
  ...chain(11, 12, 24, 23, 11),
  ...[11, 12].flatMap((shoulder) => [
    ...chain(shoulder, shoulder + 2, shoulder + 4, shoulder + 6, shoulder + 8, shoulder + 4, shoulder + 10),
    ...chain(shoulder + 12, shoulder + 14, shoulder + 16, shoulder + 18, shoulder + 20, shoulder + 16),
  ]),
];

/** `FACEMESH_CONTOURS` of @mediapipe/face_mesh 0.4.1657299874: lips, eyes, brows, and the oval of the face. */
export const FACE_EDGES: Edges = [
  ...chain(61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291),
  ...chain(61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291),
  ...chain(78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308),
  ...chain(78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308),
  ...chain(263, 249, 390, 373, 374, 380, 381, 382, 362),
  ...chain(263, 466, 388, 387, 386, 385, 384, 398, 362),
  ...chain(276, 283, 282, 295, 285),
  ...chain(300, 293, 334, 296, 336),
  ...chain(33, 7, 163, 144, 145, 153, 154, 155, 133),
  ...chain(33, 246, 161, 160, 159, 158, 157, 173, 133),
  ...chain(46, 53, 52, 65, 55),
  ...chain(70, 63, 105, 66, 107),
  ...chain(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152),
  ...chain(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109, 10),
];

/** `FACEMESH_LEFT_IRIS` and `FACEMESH_RIGHT_IRIS` there, of models with 478 points. */
export const IRIS_EDGES: Edges = [...chain(474, 475, 476, 477, 474), ...chain(469, 470, 471, 472, 469)];

/** By how many points of a face there are: the six of BlazeFace, and the five of YuNet, SCRFD and RetinaFace. */
export const FACE_NAMES: Readonly<Record<number, readonly string[]>> = {
  5: ['right_eye', 'left_eye', 'nose', 'right_mouth_corner', 'left_mouth_corner'],
  6: ['right_eye', 'left_eye', 'nose', 'mouth', 'right_ear_tragion', 'left_ear_tragion'],
};
