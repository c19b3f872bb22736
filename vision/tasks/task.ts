import type * as v from 'valibot';
import type { Prediction, ServerMessageOf } from '../../protocol/messages.ts';
import type { Text } from '../../protocol/sentence.ts';
import type { Fitted } from '../fit.ts';
import type { Pixels } from '../pixels.ts';
import type { Size } from '../steps.ts';
import type { LineCache } from '../text/lineCache.ts';
import type { Detection, TrackerOptions } from '../tracker.ts';
import type { GoldenComparison } from './comparison.ts';

/** A tensor, as every runtime takes it and gives it: numbers row by row. */
export interface Tensor {
  readonly type: 'uint8' | 'int32' | 'float32';
  readonly data: Uint8Array | Int32Array | Float32Array;
  readonly dims: readonly number[];
}

/** What a graph gave, of any runtime; `dataOf` reads it. */
export interface Output {
  readonly type: string;
  readonly data: unknown;
  readonly dims: readonly number[];
}
export type Outputs = Readonly<Record<string, Output | undefined>>;

/** One picture on its way through a model's graphs. */
export interface ModelRun {
  /** uint8 RGB, [1, height, width, 3] of the manifest's input, or of the picture where `inputSize` is `picture`. */
  readonly picture: Tensor;
  /** The name of the graph input that takes it. */
  readonly inputName: string;
  readonly labels: readonly string[];
  /** Runs one of the graphs that the task names. What it gives may be read until `run` of the task resolves. */
  runGraph(graph: string, inputs: Readonly<Record<string, Tensor>>): Promise<Outputs>;
  /** Embeds parts of the picture in place of the model's own graph, for `thing-embedding`. */
  readonly embedder?: OtherEmbedder | undefined;
  /** What the task keeps from frame to frame of one stream; absent for a single picture. */
  readonly memory?: StreamMemory | undefined;
  /** False when the answer should be given with what there is: a task may leave work to the next frame. Default: always true. */
  hasTime?(): boolean;
}

/** A model of the task `image-embedding` that embeds what another model cut out. */
export interface OtherEmbedder {
  readonly id: string;
  readonly version: string;
  /** Of the pictures that it takes, pixels. */
  readonly size: Size;
  /** @param picture uint8 RGB of that size */
  embed(picture: Uint8Array): Promise<Float32Array>;
}

/** Of one stream, kept where its frames are run; lost whenever another process runs them. A task puts there what it needs. */
export interface StreamMemory {
  lines?: LineCache;
}

/** How an answer is brought from the model's input to the picture. */
export interface ToPicture {
  readonly labels: readonly string[];
  /** Which part of the picture the model saw; undefined for all of it. */
  readonly fitted: Fitted | undefined;
  /** Maximum number of labels. */
  readonly maxLabels: number;
}

/** What a model said of a part of a picture. */
export interface TileView<InPicture> {
  /** In 0..1 of the frame that it saw. */
  readonly answer: InPicture;
  /** Where that frame lies in the picture; undefined where it is all of it. */
  readonly fitted: Fitted | undefined;
  /** Whether it saw it mirrored. */
  readonly isMirrored: boolean;
}

/** Fields of the golden of every task. */
export interface RecordOptions {
  /** What gave the answer, e.g. `onnxruntime-node 1.30.0`. */
  readonly recordedBy: string;
  /** Where a task scores things, only those from this score on are recorded. */
  readonly minScore: number;
}

/**
 * All that one task is, on the server and in the browser: a file each, and `tasks.ts` lists them. Nothing else asks which
 * task a model is of.
 *
 * `Answer` is what the graphs say of the model's input, and what goldens record. `InPicture` is the same of the picture that
 * was sent: what a frame's result carries. Both are structured-clonable, and name their task.
 */
export interface TaskDefinition<
  Answer extends { readonly task: string },
  Golden extends { readonly recordedBy: string },
  InPicture extends { readonly task: Answer['task'] },
> {
  /** On the wire and in manifests. */
  readonly name: Answer['task'];
  /** The graphs that a model has. A manifest of schema 1 has one, `main`. */
  readonly graphs: readonly [string, ...string[]];
  /** The expected answer of a golden picture, as its file holds it. */
  readonly golden: v.GenericSchema<unknown, Golden> & {
    readonly entries: Readonly<Record<string, v.GenericSchema>>;
  };
  /** What a frame's result carries, where it crosses to another process and is parsed. */
  readonly inPicture: v.GenericSchema<unknown, InPicture>;
  /**
   * How answers become labels from frame to frame: `things` are followed by their boxes (tracker.ts), `names` of the whole
   * picture are smoothed (names.ts); with `none` there are no labels.
   */
  readonly follow: 'things' | 'names' | 'none';
  /**
   * What answers are compared with where the truth of pictures is known (`models score`): boxes of things, the name of the whole
   * picture, or, by `pixelLabels`, the class of each pixel. Absent where nothing of it is compared.
   */
  readonly truth?: 'boxes' | 'names' | 'pixels';
  /** Maximum number of names that a stream shows with `names`, where not as usual: of names that hold for parts of a picture more fit than of those that exclude each other. */
  readonly maxNames?: number;
  /** Where it is not as usual for `things`. */
  readonly tracking?: Partial<Omit<TrackerOptions, 'minScore'>>;
  /** `picture`: the input has the size of each picture, up to the manifest's; graphs take any. Default `fixed`. */
  readonly inputSize?: 'fixed' | 'picture';
  /**
   * How the outputs of `main` tell pictures apart where its input takes several at once: each output has a row for each picture, or
   * `images` says of each row which picture it is of. Absent where the task takes one at a time.
   */
  readonly batch?: 'pictures' | 'rows';
  /** `taught`: no model of this task says what anything is, only what a person taught does (vision/things/). Default `model`. */
  readonly namedBy?: 'model' | 'taught';
  /** What the labels file lists. `characters` of which texts are made, are no names, and clients are not told them. Default `names`. */
  readonly labelsFile?: 'names' | 'characters';

  /**
   * Runs the graphs on one picture.
   * @throws Error when an output is missing, or of another type or size than the task and the labels say
   */
  run(model: ModelRun): Promise<Answer>;
  record(answer: Answer, options: RecordOptions): Golden;
  compare(golden: Golden, answer: Answer): GoldenComparison;
  /** The largest difference in a few words, such as `cat 0.93 recorded, 0.41 here`. */
  worstDifference?(golden: Golden, answer: Answer, labels: readonly string[]): Text | undefined;
  /** `use`: workers load its models when someone asks for one, as few do and they take much memory. Default `start`. */
  readonly loadAt?: 'start' | 'use';
  /** Maximum number of labels of a picture where neither its manifest nor the request says. */
  maxLabels(model: { readonly multiLabel?: boolean | undefined }): number;
  /** Best first, text in reading order. What lies outside the picture, such as in the grey around a letterboxed one, or is not a number is left out. */
  toPicture(answer: Answer, options: ToPicture): InPicture;
  /**
   * What a picture shows, by its tiles as well. Absent where a picture makes sense only as a whole.
   * @param views the whole picture first
   */
  mergeTiles?(views: readonly TileView<InPicture>[], options: { readonly maxLabels: number }): InPicture;
  /** What is shown of it, or followed, in the same order. */
  labelsOf(answer: InPicture): readonly Detection[];
  /**
   * With `truth: 'pixels'`: which label each pixel has, in a picture of this size, row by row.
   * @returns lines of `labels`, from 0; -1 for none
   */
  pixelLabels?(answer: InPicture, size: Size, labels: readonly string[]): Int16Array;
  /** What `/v1/predict` gives in addition to labels. */
  inPrediction?(answer: InPicture): Pick<Prediction, 'embedding' | 'answer'>;
  /** What a `labels` message of the stream has in addition to labels. */
  inStream?(answer: InPicture): Pick<ServerMessageOf<'labels'>, 'answer'>;
}

/** @throws Error when the output is missing, or of another type */
export function dataOf<T extends Float32Array | Int32Array | Uint8Array>(
  outputs: Outputs,
  name: string,
  kind: abstract new (...args: never[]) => T,
): T {
  const output = outputs[name];
  if (output?.data instanceof kind) return output.data;
  throw new Error(`Output "${name}" of the graph: ${kind.name} expected, got ${output?.type ?? 'nothing'}.`);
}

/** @throws Error where it is no picture of one */
export function toPixels({ data, dims }: Tensor): Pixels {
  const [, height = 0, width = 0] = dims;
  if (!(data instanceof Uint8Array)) throw new Error('A picture of uint8 pixels expected.');
  return { data, width, height };
}

export const toTensor = ({ data, width, height }: Pixels): Tensor => ({
  type: 'uint8',
  data,
  dims: [1, height, width, 3],
});
