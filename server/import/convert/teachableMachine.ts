import * as v from 'valibot';
import { aboutTfjs } from '../../../protocol/sentences/tfjs.ts';
import { ImportError } from '../importError.ts';
import { type OpenedTfjs, pictureOf } from './tfjsFiles.ts';
import { type RawOutput, type TfjsModel, toShape } from './tfjsModel.ts';

/** metadata.json of an image model of Teachable Machine. */
const Metadata = v.object({
  packageName: v.optional(v.string(), '@teachablemachine/image'),
  modelName: v.optional(v.string(), ''),
  labels: v.pipe(v.array(v.pipe(v.string(), v.maxLength(200))), v.minLength(1), v.maxLength(10_000)),
  imageSize: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096))),
  grayscale: v.optional(v.boolean()),
});

/** What metadata.json says of an image model. */
export interface TeachableMachineFacts {
  /** As its maker named it; may be empty. */
  readonly name: string;
  /** One for each entry of the output. */
  readonly labels: readonly string[];
}

/** Whether a metadata.json is of Teachable Machine, of whatever kind of model. */
export function isTeachableMachine(metadata: unknown): boolean {
  const schema = v.object({ packageName: v.pipe(v.string(), v.startsWith('@teachablemachine/')) });
  return v.safeParse(schema, metadata).success;
}

/** What the other kinds of Teachable Machine, and models of the libraries below them, declare. */
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
 * Sound and pose models are TensorFlow.js models like any other: only what lies next to them, and the shape of what they
 * take, shows that they are not made for pictures.
 * @throws ImportError `unsupported_model`
 */
export function refuseOtherKinds(metadata: unknown, { input }: Pick<TfjsModel, 'input'>): void {
  const takes = (sides: readonly number[]) => input.dims.slice(1).join() === sides.join();
  const only = 'Only models of pictures can be imported.';
  if (v.is(SoundMetadata, metadata) || takes(SPECTROGRAM)) {
    throw new ImportError(
      'unsupported_model',
      `The model is made for sound (an audio project of Teachable Machine, or speech-commands). ${only}`,
    );
  }
  if (v.is(PoseMetadata, metadata) || takes(POSE_FEATURES)) {
    throw new ImportError(
      'unsupported_model',
      'The model classifies poses (a pose project of Teachable Machine): it takes what PoseNet finds in a picture, not ' +
        `the picture. ${only}`,
    );
  }
}

/**
 * Reads the metadata.json that Teachable Machine puts next to a model, and compares it with the model.
 *
 * @param outputs of the converted model
 * @throws ImportError
 */
export function readTeachableMachine(
  { model, metadata }: OpenedTfjs,
  outputs: readonly RawOutput[],
): TeachableMachineFacts {
  const picture = pictureOf(model);
  const parsed = v.safeParse(Metadata, metadata);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw new ImportError(
      'malformed_source',
      metadata === undefined
        ? 'no metadata.json next to model.json: it holds the labels, export the model again with all its files'
        : `metadata.json is not of Teachable Machine: ${v.getDotPath(issue)}: ${issue.message}`,
    );
  }
  const { packageName, modelName, labels, imageSize } = parsed.output;
  if (picture === undefined || packageName !== '@teachablemachine/image') {
    throw new ImportError('unsupported_use', aboutTfjs('tm_other', { packageName }));
  }
  const { widthPx: sidePx } = picture;
  if (picture.heightPx !== sidePx || (imageSize ?? sidePx) !== sidePx) {
    throw new ImportError(
      'malformed_source',
      aboutTfjs('tm_size', { declared: imageSize ?? sidePx, side: sidePx, height: picture.heightPx }),
    );
  }
  const [output] = outputs;
  if (
    output === undefined ||
    outputs.length > 1 ||
    output.dims.length !== 2 ||
    output.dims[1] !== labels.length
  ) {
    throw new ImportError(
      'malformed_source',
      aboutTfjs('tm_labels', {
        labels: labels.length,
        shape: output === undefined ? '' : toShape(output.dims),
      }),
    );
  }
  return { name: modelName, labels };
}
