import type { ImportOptions } from '../../../protocol/models.ts';
import type { Found, Known, Output } from './found.ts';
import type { DetectionHead } from './heads/head.ts';
import type { Inspection } from './inspect.ts';
import type { Arrangement } from './sourceSession.ts';

/** More rows than a model gives after it has picked the best; fewer than it has anchors. */
const MAX_PICKED = 1_000;

/** Reads the outputs as boxes with classes, by their shapes and names. */
export function findDetection(
  outputs: readonly Output[],
  { width, height }: Arrangement,
  { finalOps }: Inspection,
  { head: wanted, labelCount, task }: Known,
): Found<DetectionHead> | undefined {
  const may = (head: NonNullable<ImportOptions['head']>) => wanted === undefined || wanted === head;
  // Pixels until values tell otherwise.
  const unit = [width, height] as const;
  const kind = 'detection';

  const several = severalOutputs(outputs, unit, labelCount);
  if (several && may(several.head.head)) return several;

  // A softmax over rows is text that was read, letter by letter, or the like; detectors end with none.
  const tables = outputs.filter(
    ({ name, dims, batched }) => dims.length === 2 && batched && finalOps.get(name) !== 'softmax',
  );
  const [table] = tables;
  if (table === undefined || (tables.length > 1 && wanted === undefined && task === undefined))
    return undefined;
  const [rows = 0, columns = 0] = table.dims;
  const output = table.name;
  const isPicked = columns === 6 && rows <= MAX_PICKED && labelCount !== 1;
  if (wanted === 'yolo-end-to-end' || (isPicked && may('yolo-end-to-end'))) {
    if (columns !== 6) return undefined;
    const order = 'left-top-right-bottom';
    const classes = labelCount ?? 0;
    const head = {
      kind,
      head: 'yolo-end-to-end',
      outputs: [output],
      order,
      firstClass: 0,
      batched: true,
      classes,
      unit,
    } as const;
    return { head, why: `output "${output}" of ${rows} rows: corners, score, class` };
  }
  if (may('yolo-v8') && (wanted === 'yolo-v8' || columns > rows) && rows > 4) {
    const head = { kind, head: 'yolo-v8', output, isLogits: false, classes: rows - 4, unit } as const;
    return {
      head,
      why: `output "${output}" [${rows}, ${columns}]: a box and ${rows - 4} scores for each of ${columns} anchors`,
    };
  }
  if (may('yolo-v5') && (wanted === 'yolo-v5' || rows > columns) && columns > 5) {
    const head = { kind, head: 'yolo-v5', output, isLogits: false, classes: columns - 5, unit } as const;
    return {
      head,
      why: `output "${output}" [${rows}, ${columns}]: a box, its score and ${columns - 5} scores for each of ${rows} anchors`,
    };
  }
  return undefined;
}

/** Boxes in an output of their own. */
function severalOutputs(
  outputs: readonly Output[],
  unit: readonly [number, number],
  labelCount: number | undefined,
): Found<DetectionHead> | undefined {
  const kind = 'detection';
  const boxesLike = outputs.filter(({ dims }) => dims.length === 2 && dims[1] === 4);
  const boxes = boxesLike.find(({ name }) => /box|loc|dets/i.test(name)) ?? boxesLike[0];
  if (boxes === undefined || outputs.length < 2) return undefined;
  const [rows = 0] = boxes.dims;
  const order = /^detection_boxes|Postprocessor/.test(boxes.name)
    ? 'top-left-bottom-right'
    : 'left-top-right-bottom';
  const others = outputs.filter((output) => output !== boxes && output.dims[0] === rows);

  const scores = others.find(({ dims }) => dims.length === 2 && (dims[1] ?? 0) >= 1);
  const [, columns = 0] = scores?.dims ?? [];
  const rowsAlone = others.filter(({ dims }) => dims.length === 1);
  if (rowsAlone.length >= 2) {
    const classes =
      rowsAlone.find(({ name }) => /class|label/i.test(name)) ??
      rowsAlone.find(({ name }) => !/score|conf/i.test(name));
    const score =
      rowsAlone.find((output) => output !== classes && /score|conf/i.test(output.name)) ??
      rowsAlone.find((output) => output !== classes);
    if (classes && score) {
      const head = {
        kind,
        head: 'boxes-scores-classes',
        outputs: [boxes.name, score.name, classes.name],
        order,
        // TensorFlow's and torchvision's classes count from 1; 0 is background.
        firstClass: /^detection_classes|^labels$/.test(classes.name) ? 1 : 0,
        batched: boxes.batched,
        classes: labelCount ?? 0,
        unit,
      } as const;
      return { head, why: '' };
    }
  }
  if (scores && boxes.batched) {
    const hasBackground = labelCount !== undefined && columns === labelCount + 1;
    const head = {
      kind,
      head: 'ssd',
      boxes: boxes.name,
      scores: scores.name,
      order,
      anchors: rows,
      classes: hasBackground ? columns - 1 : columns,
      hasBackground,
      activation: 'none',
      unit,
    } as const;
    return {
      head,
      why: `outputs "${boxes.name}" and "${scores.name}": a box and ${columns} scores for each of ${rows} anchors`,
    };
  }
  return undefined;
}
