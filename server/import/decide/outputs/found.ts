import type { ImportableTask, ImportOptions } from '../../../../protocol/models.ts';
import type { Sentence } from '../../../../protocol/sentence.ts';
import type { Head } from '../../deploy/heads/head.ts';
import type { Inspection, Port } from '../../onnx/inspect.ts';
import type { Outputs } from '../../onnx/sourceSession.ts';

/** What is known before the outputs are read. */
export interface Known {
  readonly task: ImportableTask | undefined;
  readonly head: ImportOptions['head'];
  readonly labels: readonly string[] | undefined;
  readonly labelCount: number | undefined;
  /** `--anchors`. */
  readonly anchors: ImportOptions['anchors'];
  /** `--box-order`. */
  readonly boxOrder: ImportOptions['boxOrder'];
  /** Whether it is known how pixels are scaled. */
  readonly isScaleKnown: boolean;
  /** `architectures` of Hugging Face's config.json. */
  readonly architectures: readonly string[];
  /** The output that the person wants to be read. */
  readonly output: string | undefined;
}

/** An output, without an axis of one picture in front. */
export interface Output {
  readonly name: string;
  readonly dtype: string;
  /** For the sample with the most numbers. */
  readonly dims: readonly number[];
  /** Whether there is an axis of the batch in front of `dims`. */
  readonly batched: boolean;
  /** Whether its count of rows depends on the picture. */
  readonly isOpen: boolean;
  /** Whether the axis in front of `dims` may count rows rather than pictures. */
  readonly isBatchDoubtful: boolean;
  /** The numbers for each sample. */
  readonly samples: readonly Float64Array[];
}

/** A way to read the outputs, and what speaks for it, in words. */
export type Found<H extends Head> = { head: H; why: Sentence };

/** The outputs that the model gave for some samples, at least one. */
export function describeOutputs(
  { inputs, image, outputs }: Inspection,
  samples: readonly Outputs[],
): Output[] {
  const shapes = outputs.flatMap((port) => {
    const found = samples.flatMap((sample) => sample.get(port.name) ?? []);
    const [first] = found;
    return first === undefined ? [] : [{ port, first, found }];
  });
  const openBatch = inputs.find(({ name }) => name === image.name)?.shape[0];
  const lists = shapes.filter(({ first }) => first.dims.length === 1);
  return shapes.map(({ port, first, found }) => {
    const largest = found.reduce((a, b) => (b.data.length > a.data.length ? b : a), first);
    const rows = found.map(({ dims }) => dims[0] ?? 0);
    // A box for each entry of a list next to it: the list says that there is no axis for the batch.
    const followsList =
      first.dims.length === 2 &&
      (first.dims[1] === 4 || first.dims[1] === 5) &&
      lists.some((list) => list.found.every(({ dims }, at) => dims[0] === rows[at]));
    const batched =
      image.rank === 4 &&
      first.dims.length > 1 &&
      rows.every((count) => count === (image.batch ?? 1)) &&
      !followsList;
    const dims = batched ? largest.dims.slice(1) : largest.dims;
    return {
      name: port.name,
      dtype: port.dtype,
      dims,
      batched,
      isBatchDoubtful: batched && first.dims.length === 2 && isOpenAxis(port, 0, openBatch),
      isOpen: rows.some((count) => count !== rows[0]) || isOpenAxis(port, batched ? 1 : 0, openBatch),
      samples: found.map(({ data }) => data),
    };
  });
}

const isOpenAxis = ({ shape }: Port, axis: number, batch: number | string | undefined): boolean =>
  typeof shape[axis] === 'string' && shape[axis] !== batch && shape.length > axis + 1;
