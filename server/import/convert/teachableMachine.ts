import * as v from 'valibot';
import { ImportError } from '../importError.ts';
import type { OnnxGraph } from '../onnx/onnxGraph.ts';
import { float32 } from '../onnx/tensor.ts';
import { type ModelFiles, openTfjs, pictureOf } from './tfjsFiles.ts';
import { type Front, type RawOutput, type TfjsModel, toShape } from './tfjsModel.ts';

/** metadata.json of an image model of Teachable Machine. */
const Metadata = v.object({
  packageName: v.optional(v.string(), '@teachablemachine/image'),
  modelName: v.optional(v.string(), ''),
  labels: v.pipe(v.array(v.pipe(v.string(), v.maxLength(200))), v.minLength(1), v.maxLength(10_000)),
  imageSize: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096))),
  grayscale: v.optional(v.boolean()),
});

/** An image model of Teachable Machine, ready to serve. */
export interface TeachableMachineImport {
  readonly task: 'image-classification';
  /** As its maker named it; may be empty. */
  readonly name: string;
  /** One for each entry of the output. */
  readonly labels: readonly string[];
  /** Takes `image`, uint8 RGB [N, sidePx, sidePx, 3], and gives `output`. */
  readonly graph: OnnxGraph;
  readonly output: RawOutput;
  readonly sidePx: number;
  /** How a picture of another shape becomes a square, for the same answers as in Teachable Machine. */
  readonly crop: 'centre-square';
  /** For who wants the model without what stands before it. */
  readonly model: TfjsModel;
}

/** Whether a metadata.json is of Teachable Machine, of whatever kind of model. */
export function isTeachableMachine(metadata: unknown): boolean {
  const schema = v.object({ packageName: v.pipe(v.string(), v.startsWith('@teachablemachine/')) });
  return v.safeParse(schema, metadata).success;
}

/** What the other kinds of Teachable Machine, and models of the libraries below them, tell of themselves. */
const SoundMetadata = v.union([
  v.object({ wordLabels: v.array(v.string()) }),
  v.object({ tfjsSpeechCommandsVersion: v.string() }),
  v.object({ packageName: v.pipe(v.string(), v.regex(/speech-commands|@teachablemachine\/audio/)) }),
]);
const PoseMetadata = v.union([
  v.object({ packageName: v.literal('@teachablemachine/pose') }),
  v.object({ modelSettings: v.object({ posenet: v.unknown() }) }),
]);
/** What speech-commands listens to: 43 spectra of 232 frequencies. */
const SPECTROGRAM = [43, 232, 1];
/** What a pose model sees: PoseNet's heatmaps and offsets of 17 points, 17x17 each. */
const POSE_FEATURES = [17 * 17 * 17 * 3];

/**
 * Sound and pose models are TensorFlow.js models like any other: only what lies beside them, and the shape of what they
 * take, tells that they are not made for pictures.
 * @throws ImportError `unsupported_model`
 */
export function refuseOtherKinds(metadata: unknown, { input }: Pick<TfjsModel, 'input'>): void {
  const takes = (sides: readonly number[]) => input.dims.slice(1).join() === sides.join();
  const only = 'Only models that look at pictures can be imported.';
  if (v.is(SoundMetadata, metadata) || takes(SPECTROGRAM)) {
    throw new ImportError(
      'unsupported_model',
      `The model listens to sound (an audio project of Teachable Machine, or speech-commands). ${only}`,
    );
  }
  if (v.is(PoseMetadata, metadata) || takes(POSE_FEATURES)) {
    throw new ImportError(
      'unsupported_model',
      'The model tells poses apart (a pose project of Teachable Machine): it takes what PoseNet finds in a picture, not ' +
        `the picture. ${only}`,
    );
  }
}

/**
 * Imports what Teachable Machine exports as "TensorFlow.js": model.json, weights.bin and metadata.json.
 *
 * @throws ImportError
 */
export function importTeachableMachine(files: ModelFiles): TeachableMachineImport {
  const { model, metadata } = openTfjs(files);
  const picture = pictureOf(model);
  const parsed = v.safeParse(Metadata, metadata);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw new ImportError(
      'malformed_source',
      metadata === undefined
        ? 'no metadata.json beside model.json: it holds the labels, export the model again with all its files'
        : `metadata.json is not of Teachable Machine: ${v.getDotPath(issue)}: ${issue.message}`,
    );
  }
  const { packageName, modelName, labels, imageSize } = parsed.output;
  if (picture === undefined || packageName !== '@teachablemachine/image') {
    throw new ImportError(
      'unsupported_use',
      `a model of ${packageName}; only models that look at pictures can be imported`,
    );
  }
  const { widthPx: sidePx, channels } = picture;
  if (picture.heightPx !== sidePx || (imageSize ?? sidePx) !== sidePx) {
    throw new ImportError(
      'malformed_source',
      `metadata.json tells of pictures of ${imageSize ?? sidePx} pixels, the model takes ${sidePx}x${picture.heightPx}`,
    );
  }
  const { graph, outputs } = model.convert(pixelFront(channels));
  const [output] = outputs;
  if (
    output === undefined ||
    outputs.length > 1 ||
    output.dims.length !== 2 ||
    output.dims[1] !== labels.length
  ) {
    throw new ImportError(
      'malformed_source',
      `metadata.json has ${labels.length} labels, the model gives [${output === undefined ? '' : toShape(output.dims)}]: ` +
        'take all files from the same export',
    );
  }
  return {
    task: 'image-classification',
    name: modelName,
    labels,
    graph,
    output,
    sidePx,
    crop: 'centre-square',
    model,
  };
}

/**
 * What Teachable Machine does to pixels before its network: from 0..255 to -1 and a little above 1, by 127 and not
 * by 127.5, and for a network of grey pictures first the mean of the channels by their brightness.
 *
 * https://github.com/googlecreativelab/teachablemachine-community/blob/master/libraries/image/src/utils/tf.ts
 */
const pixelFront =
  (channels: 1 | 3): Front =>
  (graph, dims) => {
    const image = graph.input({ name: 'image', dtype: 'uint8', shape: toShape([...dims.slice(0, 3), 3]) });
    const pixels = graph.add('Cast', [image], { to: { int: 1 } }, 'image/float32');
    const values = channels === 3 ? pixels : toGrey(graph, pixels);
    const scale = graph.constant(float32([], [127]), 'image/divisor');
    const shift = graph.constant(float32([], [1]), 'image/shift');
    const scaled = graph.add('Div', [values, scale], {}, 'image/scaled');
    return graph.add('Sub', [scaled, shift], {}, 'image/values');
  };

function toGrey(graph: OnnxGraph, pixels: string): string {
  const weights = graph.constant(float32([3], [0.2989, 0.587, 0.114]), 'image/brightness');
  const axis = graph.constant({ dtype: 'int64', shape: [1], data: BigInt64Array.of(3n) }, 'image/channels');
  const weighted = graph.add('Mul', [pixels, weights], {}, 'image/weighted');
  return graph.add('ReduceSum', [weighted, axis], { keepdims: { int: 1 } }, 'image/grey');
}
