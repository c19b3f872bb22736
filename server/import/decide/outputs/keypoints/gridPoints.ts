import { aboutOutputs } from '../../../../../protocol/sentences/outputs.ts';
import type { Columns, GridHead } from '../../../deploy/heads/gridHead.ts';
import type { Evidence } from '../evidence.ts';
import { readGrids } from '../grids.ts';
import type { KeypointReading } from './keypointReading.ts';
import { FACE_NAMES } from './mediaPipeLayouts.ts';
import { layoutOf, PALM_NAMES, subjectOf } from './pointLayouts.ts';

/** YuNet and SCRFD give x and y of five points of a face. */
const FIVE_POINTS = 10;

/**
 * Reads the key points of detectors whose boxes stand in grids, as each of their authors decodes them (sources: ../grids.ts):
 * MediaPipe's faces and palms, whose points stand behind their boxes, and YuNet and SCRFD, with outputs of their own.
 */
export function readGridPoints(evidence: Evidence): KeypointReading | undefined {
  const reading = readGrids(evidence);
  if (reading === undefined) return undefined;
  const { head } = reading;
  const columns = head.family === 'mediapipe' ? behindBoxes(head.boxes) : ofFive(head, evidence);
  if (columns === undefined) return undefined;
  const count = (columns.to - columns.from) / 2;
  const names = count === PALM_NAMES.length ? PALM_NAMES : FACE_NAMES[count];
  return {
    head: {
      kind: 'keypoints',
      classes: head.classes,
      boxes: head,
      points: {
        form: 'grid',
        columns,
        cells: head.cells,
        batched: head.batched,
        per: head.family === 'mediapipe' ? 'pixel' : 'cell',
        unit: head.unit,
      },
      layout: layoutOf(count, { names }),
    },
    why: aboutOutputs('pose_grid', { found: reading.why, points: count }),
    ...(evidence.labels.count === undefined && { subject: subjectOf(count) }),
  };
}

/** The four of MediaPipe's detector of poses say where to cut a person out; they are no parts of one. */
const LEAST_POINTS = 5;

function behindBoxes({ outputs, count, to }: Columns): Columns | undefined {
  return (count - to) / 2 < LEAST_POINTS ? undefined : { outputs, count, from: to, to: count };
}

/** Those of each grid, where each has them: ten numbers that are not the scores of ten classes. */
function ofFive({ cells, boxes, outputs: read }: GridHead, { outputs }: Evidence): Columns | undefined {
  if (boxes.outputs.length !== cells.grids.length) return undefined;
  const others = outputs.filter(({ name }) => !read.includes(name));
  const found = boxes.outputs.map((name) => {
    const of = outputs.find((output) => output.name === name);
    return others.find(({ dims }) => dims[0] === of?.dims[0] && dims[1] === FIVE_POINTS)?.name;
  });
  const names = found.filter((name) => name !== undefined);
  return names.length === found.length
    ? { outputs: names, count: FIVE_POINTS, from: 0, to: FIVE_POINTS }
    : undefined;
}
