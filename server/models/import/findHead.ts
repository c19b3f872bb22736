import type { ImportOptions } from '../../../protocol/models.ts';
import type { Task } from '../../../vision/manifest.ts';
import { DEPLOYED_OUTPUTS, type DetectionHead, type Head } from './heads/head.ts';
import { ImportError } from './importError.ts';
import { describePort, type Inspection } from './inspect.ts';
import type { Arrangement, Outputs } from './sourceSession.ts';

/** What is known before the outputs are looked at. */
export interface Known {
  readonly task: Task | undefined;
  readonly head: ImportOptions['head'];
  readonly labelCount: number | undefined;
}

/** An output, without an axis of one picture in front. */
interface Output {
  readonly name: string;
  readonly dims: readonly number[];
  /** Whether there is an axis of the batch in front of `dims`. */
  readonly batched: boolean;
}

/** Outputs of more numbers for a picture than this are pictures themselves. */
const MAX_CLASSES = 100_000;
/** More rows than a model gives after it has picked the best; fewer than it has anchors. */
const MAX_PICKED = 1_000;

/**
 * Which kind of head the outputs are of, by their shapes and names. Values (units, logits) are looked at later.
 * @throws ImportError `unsupported_model`, naming outputs, shapes and the options there are
 */
export function findHead(
  inspection: Inspection,
  arrangement: Arrangement,
  found: Outputs,
  known: Known,
): { task: Task; head: Head; why: string } {
  const { image, metadata } = inspection;
  const outputs = inspection.outputs.flatMap(({ name }): Output[] => {
    const dims = found.get(name)?.dims;
    if (dims === undefined) return [];
    const batched = image.rank === 4 && dims[0] === (image.batch ?? 1) && dims.length > 1;
    return [{ name, dims: batched ? dims.slice(1) : dims, batched }];
  });
  const unsupported = (why: string) =>
    new ImportError(
      'unsupported_model',
      `${why} Its outputs are ${inspection.outputs
        .map((port) => describePort({ ...port, shape: found.get(port.name)?.dims ?? port.shape }))
        .join(
          ', ',
        )}. Known are classifiers and embeddings (one output of C numbers for a picture), and the detection heads ssd, yolo-v5, yolo-v8, yolo-end-to-end and boxes-scores-classes; say which with --task and --head where it is one of them.`,
    );
  const made = metadata.get('task');
  if (made === 'segment' || made === 'pose' || made === 'obb') {
    throw unsupported(`The model was made for the task "${made}", which is not known here.`);
  }
  if (isDeployed(inspection) && known.head === undefined) {
    const head = { kind: 'deployed', classes: known.labelCount ?? 0 } as const;
    return { task: 'object-detection', head, why: 'inputs and outputs are those of a deployed detector' };
  }
  const isDetection = known.task === 'object-detection' || known.head !== undefined;
  if (known.task === undefined || isDetection) {
    const head = detectionHead(outputs, arrangement, inspection, known);
    if (head) {
      const names = 'outputs' in head.head ? head.head.outputs : [];
      const shapes = outputs.filter(({ name }) => names.length === 0 || names.includes(name));
      const why = head.why || `outputs ${shapes.map(({ name, dims }) => `"${name}" [${dims}]`).join(', ')}`;
      return { task: 'object-detection', head: head.head, why };
    }
    if (isDetection) throw unsupported('No detections are found in its outputs.');
  }
  const whole = wholePictureHead(outputs, inspection, known);
  if (whole === undefined) throw unsupported('What the model is for does not show.');
  return whole;
}

function isDeployed({ image, outputs }: Inspection): boolean {
  const names = outputs.map(({ name }) => name).sort();
  return image.dtype === 'uint8' && `${names}` === `${[...DEPLOYED_OUTPUTS].sort()}`;
}

type Found<H extends Head> = { head: H; why: string };

function wholePictureHead(
  outputs: readonly Output[],
  { finalOps }: Inspection,
  { task, labelCount }: Known,
): (Found<Head> & { task: Task }) | undefined {
  const vectors = outputs.flatMap(({ name, dims }) => {
    const size = dims.reduce((count, side) => count * side, 1);
    const isVector = dims.filter((side) => side !== 1).length <= 1 && size <= MAX_CLASSES;
    return isVector ? [{ name, size }] : [];
  });
  const isEmbeddingName = (name: string) => /embed|feature|pooler/i.test(name);
  const best =
    vectors.find(({ size }) => task !== 'image-embedding' && size === labelCount) ??
    vectors.find(({ name }) => (task === 'image-embedding' ? isEmbeddingName(name) : finalOps.has(name))) ??
    vectors.find(({ name }) => /logit|prob|score|class/i.test(name)) ??
    vectors[0];
  if (best === undefined) return undefined;
  const { name, size } = best;
  const isEmbedding =
    task === 'image-embedding' ||
    (task === undefined && labelCount === undefined && !finalOps.has(name) && isEmbeddingName(name));
  if (isEmbedding) {
    const head = { kind: 'embedding', output: name, size } as const;
    return { task: 'image-embedding', head, why: `output "${name}" of ${size} numbers` };
  }
  const isBinary = size === 1 && labelCount !== 1;
  const head = {
    kind: 'classification',
    output: name,
    classes: isBinary ? 2 : size,
    activation: 'none',
    isBinary,
  } as const;
  const why = isBinary ? `output "${name}" of one number: yes or no` : `output "${name}" of ${size} numbers`;
  return { task: 'image-classification', head, why };
}

function detectionHead(
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
