import type { KeypointHead } from '../../../deploy/heads/keypointHead.ts';
import type { Inspection } from '../../../onnx/inspect.ts';
import type { Arrangement, Outputs } from '../../../onnx/sourceSession.ts';
import type { Evidence } from '../evidence.ts';
import type { Known, Output } from '../found.ts';
import { labelFacts } from '../labelFacts.ts';
import { refineHead } from '../refineHead.ts';
import { readGridPoints } from './gridPoints.ts';
import type { KeypointReading } from './keypointReading.ts';
import { readLandmarks } from './landmarks.ts';
import { readMultiPose } from './multiPose.ts';
import { readOnePose, readPoseMaps } from './onePose.ts';
import { readPosesOfBoxes } from './posesOfBoxes.ts';
import { readPickedPoses, readPoseTable } from './poseTable.ts';

/** The surest evidence first. */
const READERS = [
  readPosesOfBoxes,
  readGridPoints,
  readLandmarks,
  readMultiPose,
  readPickedPoses,
  readPoseTable,
  readOnePose,
  readPoseMaps,
];

/** Reads the outputs as things with key points, where a reading holds on all samples. */
export function findKeypoints(
  outputs: readonly Output[],
  arrangement: Arrangement,
  inspection: Inspection,
  known: Known,
): KeypointReading | undefined {
  const evidence: Evidence = { outputs, arrangement, inspection, known, labels: labelFacts(known.labels) };
  for (const read of READERS) {
    const reading = read(evidence);
    if (reading) return reading;
  }
  return undefined;
}

/** Settles what only values show, on pictures that are prepared as the model wants them: the unit of boxes and points. */
export function refineKeypoints(
  head: KeypointHead,
  samples: readonly Outputs[],
  arrangement: Pick<Arrangement, 'width' | 'height'>,
): KeypointHead {
  if (head.boxes === undefined) return head;
  const boxes = refineHead(head.boxes, samples, arrangement) as typeof head.boxes;
  const points = head.points.form === 'numbers' ? { ...head.points, unit: boxes.unit } : head.points;
  return { ...head, boxes, points };
}
