import { aboutOutputs } from '../../../../../protocol/sentences/outputs.ts';
import type { PointNumbers } from '../../../deploy/heads/keypointHead.ts';
import { areScores, type Evidence, numbersOf } from '../evidence.ts';
import type { Output } from '../found.ts';
import type { KeypointReading } from './keypointReading.ts';
import { layoutOf, subjectOf } from './pointLayouts.ts';

/**
 * MediaPipe's models of landmarks, by how many numbers they give: x, y and z of each point in pixels of the input (modules
 * hand_landmark and face_landmark of google-ai-edge/mediapipe); for poses 39 points of x, y, z, visibility and presence, both
 * before their sigmoid, of which the first 33 are a person's (module pose_landmark).
 */
const FORMS: Readonly<Record<number, { count: number; size: number; score?: number }>> = {
  63: { count: 21, size: 3 },
  195: { count: 33, size: 5, score: 3 },
  1404: { count: 468, size: 3 },
  1434: { count: 478, size: 3 },
};

/** What lies as far outside of the input, in its sides, is no landmark: of a hand that is not there some points lie outside. */
const MAX_OUTSIDE = 1.5;

/** Numbers before a softmax do not reach as far, in sides of the input. */
const LEAST_REACH = 0.25;
/** Places in metres are around the middle of the hand or the hips. */
const IN_METRES = 4;

/** Reads the landmarks of one thing, with a number that says whether it is there. */
export function readLandmarks({ outputs, arrangement, labels }: Evidence): KeypointReading | undefined {
  const found = outputs.filter((one) => FORMS[sizeOf(one)] !== undefined && isVector(one));
  // The same points in metres stand next to those in pixels.
  const output = found.find((one) => numbersOf(one).some((value) => value > IN_METRES)) ?? found[0];
  const presence = outputs.find((one) => sizeOf(one) === 1);
  if (output === undefined || presence === undefined) return undefined;
  const form = FORMS[sizeOf(output)];
  if (form === undefined) return undefined;
  const { count, size, score } = form;
  const columns = sizeOf(output);
  const places = output.samples.flatMap((data) =>
    Array.from({ length: 2 * count }, (_, at) => data[Math.floor(at / 2) * size + (at % 2)] ?? 0),
  );
  const unit = [arrangement.width, arrangement.height] as const;
  const isInside = (place: number, at: number) => {
    const side = unit[at % 2] ?? 1;
    return place >= -MAX_OUTSIDE * side && place <= (1 + MAX_OUTSIDE) * side;
  };
  const isFar = (place: number, at: number) => place >= LEAST_REACH * (unit[at % 2] ?? 1);
  const isNamed = labels.count === columns;
  if (isNamed || !places.every(isInside) || !places.some(isFar)) return undefined;
  const points: PointNumbers = {
    form: 'numbers',
    output: output.name,
    table: { first: 0, columns, anchorsFirst: true },
    batched: output.batched,
    size,
    order: 'xy',
    score,
    scores: undefined,
    activation: score === undefined ? 'none' : 'sigmoid',
    unit,
  };
  return {
    head: {
      kind: 'keypoints',
      classes: 1,
      boxes: undefined,
      points,
      presence: { output: presence.name, activation: areScores(numbersOf(presence)) ? 'none' : 'sigmoid' },
      layout: layoutOf(count, {}),
    },
    why: aboutOutputs('pose_landmarks', {
      ...{ name: output.name, size: columns, points: count, presence: presence.name },
    }),
    expectsCrop: true,
    ...(labels.count === 1 ? {} : { subject: subjectOf(count) }),
  };
}

const sizeOf = ({ dims }: Output): number => dims.reduce((product, side) => product * side, 1);
const isVector = ({ dims }: Output): boolean => dims.filter((side) => side !== 1).length === 1;
