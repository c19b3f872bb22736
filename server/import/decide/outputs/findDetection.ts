import { aboutOutputs } from '../../../../protocol/sentences/outputs.ts';
import { type DetectionHead, outputsOf } from '../../deploy/heads/head.ts';
import type { Inspection } from '../../onnx/inspect.ts';
import type { Arrangement } from '../../onnx/sourceSession.ts';
import { readAnchored } from './anchored.ts';
import { readAnchorTable } from './anchorTable.ts';
import { type Evidence, looksLike, type Reading } from './evidence.ts';
import type { Found, Known, Output } from './found.ts';
import { readGrids } from './grids.ts';
import { labelFacts } from './labelFacts.ts';
import { readPickedOutputs } from './pickedOutputs.ts';
import { readPickedTable } from './pickedTable.ts';
import { readScoredBoxes } from './scoredBoxes.ts';
import { refuseSeparateGrids } from './separateGrids.ts';

/** The surest evidence first. What has no heads only refuses, and not where a person says which head it is. */
const READERS: readonly {
  readonly heads: readonly DetectionHead['head'][];
  read(evidence: Evidence): Reading | undefined;
}[] = [
  { heads: ['boxes-scores-classes'], read: readPickedOutputs },
  { heads: ['grid'], read: readGrids },
  { heads: ['anchors'], read: readAnchored },
  { heads: [], read: refuseSeparateGrids },
  { heads: ['ssd', 'detr'], read: readScoredBoxes },
  { heads: ['yolo-end-to-end'], read: readPickedTable },
  { heads: ['yolo-v5', 'yolo-v8', 'detr'], read: readAnchorTable },
];

/**
 * Reads the outputs as boxes with classes, where one reading explains all of them and holds on all samples.
 * @throws ImportError that names the family of detectors that they look like, and what to do
 */
export function findDetection(
  outputs: readonly Output[],
  arrangement: Arrangement,
  inspection: Inspection,
  known: Known,
): Found<DetectionHead> | undefined {
  const evidence: Evidence = { outputs, arrangement, inspection, known, labels: labelFacts(known.labels) };
  for (const { heads, read } of READERS) {
    if (known.head !== undefined && !heads.includes(known.head)) continue;
    const reading = read(evidence);
    if (reading === undefined) continue;
    if (known.head === undefined) requireAllExplained(reading, outputs, inspection);
    return { head: reading.head, why: reading.why };
  }
  return undefined;
}

function requireAllExplained(
  { head, explains }: Reading,
  outputs: readonly Output[],
  { madeOf }: Inspection,
): void {
  const read = outputsOf(head);
  // What boxes are computed from says no more than they do.
  const explained = new Set([...read, ...explains, ...read.flatMap((name) => madeOf.get(name) ?? [])]);
  // A single number for each picture counts what was found.
  const rest = outputs.filter(({ name, dims }) => !explained.has(name) && dims.some((side) => side !== 1));
  const [first] = rest;
  if (first === undefined) return;
  throw looksLike(
    first.dims.length === 3
      ? aboutOutputs('family_segmentation')
      : aboutOutputs('family_more', { head: head.head }),
    aboutOutputs('advice_unexplained', {
      outputs: rest.map(({ name, dims }) => `"${name}" [${dims}]`),
      head: head.head,
      read: read.map((name) => `"${name}"`),
    }),
  );
}
