import * as v from 'valibot';
import { ModelInfo } from './messages.ts';
import type { PrecisionReport } from './precision.ts';
import type { ProviderReport } from './providers.ts';
import { QuantizationReport } from './quantization.ts';
import type { ModelScore } from './score.ts';
import { WireSentence } from './sentence.ts';
import { Resample, Steps } from './steps.ts';
import { ANCHOR_FAMILIES, DETECTION_HEADS, Fit, Score } from './vocabulary.ts';

/**
 * What crosses HTTP about models: what there is, and how a new one comes in. Changing them, and reading imports, takes
 * proof; docs/access.md says which.
 *
 *   GET    /v1/models                        ModelList
 *   GET    /v1/models/ID/manifest            Manifest of the version that serves
 *   GET    /v1/models/ID/device              DeviceModel of the version that serves: all to run it on a device
 *   GET    /v1/models/ID/files/SHA256        a file that it names, or that a version kept for going back does; ranges
 *   POST   /v1/models/imports?name=FILE      a file's bytes, or {source, options} as JSON; 202 ImportState
 *   GET    /v1/models/imports/ID             ImportState
 *   POST   /v1/models/imports/ID/options     ImportOptions; checks it again; 202 ImportState
 *   POST   /v1/models/imports/ID/accept      the yes, optionally {id}; 202 ImportState, whose phase becomes `live` or
 *                                            `refused`, or `asking` where something else has taken the id
 *   DELETE /v1/models/imports/ID             no, or enough of it
 *   POST   /v1/models/ID/quantize            makes an int8 version of the one that serves; 202 ImportState, whose report
 *                                            is `quantized`; goes on as an import
 *   POST   /v1/models/ID/words               {words}: a version that looks for them, live at once; 202 ImportState, which goes
 *                                            on as an import that was accepted
 *   POST   /v1/models/ID/verify              Verification
 *   POST   /v1/models/ID/rollback            ModelDetails
 *   DELETE /v1/models/ID
 */

/** How one version of a model came to where it is. */
export const ModelVersion = v.object({
  version: v.string(),
  /** ISO 8601; absent for models that ship with the server. */
  addedAt: v.optional(v.string()),
  source: v.string(),
  /** Bits of the weights of an int8 version; absent of others. */
  bits: v.optional(v.number()),
  /** How good it is on pictures whose truth is known, where someone measured it. Not checked: the client package would pay for it. */
  score: v.optional(v.custom<ModelScore>(() => true)),
});
export type ModelVersion = v.InferOutput<typeof ModelVersion>;

/** `trial`: a new version is compared with the one that serves. `unloaded`: it is loaded on the first request for it. */
export const MODEL_STATES = ['live', 'loading', 'trial', 'unloaded', 'broken'] as const;

export const ModelDetails = v.object({
  ...ModelInfo.entries,
  state: v.picklist(MODEL_STATES),
  /** Why a model is `broken`, or why its newest version was refused and the previous one still serves. */
  problem: v.optional(v.string()),
  /** Of `problem`. */
  problemSentence: v.optional(WireSentence),
  /** What is behind `problem`, a line each. */
  problemDetails: v.optional(v.array(v.string())),
  /** The version that was refused, where `problem` is about one that could be read. */
  refused: v.optional(v.string()),
  graphBytes: v.number(),
  /** Median of one run on one core, as measured when it was loaded. */
  inferMs: v.optional(v.number()),
  /** What a worker's memory grew by when it was loaded, bytes. */
  memoryBytes: v.optional(v.number()),
  license: v.string(),
  source: v.string(),
  /** How many goldens it has, who recorded them, and the largest difference that was found when it was loaded. */
  goldens: v.object({
    count: v.number(),
    recordedBy: v.optional(v.string()),
    largestDifference: v.optional(v.number()),
  }),
  /** Its labels are words that can be changed: it has a text tower. */
  looksForWords: v.optional(v.boolean()),
  /** Absent of models without an int8 version. Not checked: the client package would pay for it. */
  precision: v.optional(v.custom<PrecisionReport>(() => true)),
  providers: v.optional(v.custom<ProviderReport[]>(() => true)),
  /** Newest first; the first that is not `version` (or `precision.live`) is what a rollback brings back. */
  versions: v.array(ModelVersion),
});
export type ModelDetails = v.InferOutput<typeof ModelDetails>;

/** The version that someone made live: of a quantised model the other one of both may serve. */
export const liveVersionOf = ({ version, precision }: Pick<ModelDetails, 'version' | 'precision'>): string =>
  precision?.live ?? version;

/** The body of `GET /v1/models`; the first is the one that is used when none is named. */
export const ModelList = v.object({
  models: v.array(ModelDetails),
  /** Whether who asks may change models. */
  mayChange: v.boolean(),
});
export type ModelList = v.InferOutput<typeof ModelList>;

const Numbers3 = v.tuple([v.number(), v.number(), v.number()]);
const Side = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096));

/** Tasks of one graph: a graph of these is made a model here. Others come as a model folder. */
export const ImportableTask = v.picklist([
  'object-detection',
  'keypoint-detection',
  'instance-segmentation',
  'semantic-segmentation',
  'image-classification',
  'image-embedding',
]);
export type ImportableTask = v.InferOutput<typeof ImportableTask>;

/**
 * What a person may say about a model; what is left out is inferred where it can be. Pixels are prepared as
 * (value * scale - mean[channel]) / std[channel], with value 0..255, in the order of `channels`.
 */
export const ImportOptions = v.object({
  /** Name of the model's folder. */
  id: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/))),
  name: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(80))),
  task: v.optional(ImportableTask),
  /** Name of the one output that is read, of a model with several. */
  output: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(500))),
  labels: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(200))), v.maxLength(100_000))),
  layout: v.optional(v.picklist(['NCHW', 'NHWC'])),
  channels: v.optional(v.picklist(['RGB', 'BGR'])),
  scale: v.optional(v.number()),
  mean: v.optional(Numbers3),
  std: v.optional(Numbers3),
  /** Size of the input where the graph leaves it open, pixels. */
  width: v.optional(Side),
  height: v.optional(Side),
  fit: v.optional(Fit),
  crop: v.optional(v.pipe(v.number(), v.minValue(0.1), v.maxValue(1))),
  resample: v.optional(Resample),
  /** What is done to a picture, exactly; takes precedence over `fit`, `crop` and `resample`. */
  steps: v.optional(Steps),
  /** What turns the output of a classifier into scores. */
  activation: v.optional(v.picklist(['none', 'softmax', 'sigmoid'])),
  multiLabel: v.optional(v.boolean()),
  /** How a detector's output is read. */
  head: v.optional(v.picklist(DETECTION_HEADS)),
  /** Whose anchors the boxes of the head `anchors` are relative to. */
  anchors: v.optional(v.picklist(ANCHOR_FAMILIES)),
  /** What the four numbers of a detector's box are, in the order in which they stand. */
  boxOrder: v.optional(
    v.picklist([
      'left-top-right-bottom',
      'top-left-bottom-right',
      'centre-width-height',
      'left-top-width-height',
    ]),
  ),
  minScore: v.optional(Score),
  /** SPDX identifier. */
  license: v.optional(v.pipe(v.string(), v.maxLength(100))),
});
export type ImportOptions = v.InferOutput<typeof ImportOptions>;

/** A field that must be given before a model can be imported, and what it may be. */
export const ImportQuestion = v.object({
  /** Why it is asked, in English. */
  text: v.string(),
  sentence: v.optional(WireSentence),
  field: v.picklist(['output', 'task', 'anchors']),
  choices: v.array(
    v.object({
      /** Of the field in ImportOptions. */
      value: v.string(),
      /** What it means, in English. */
      text: v.string(),
      sentence: v.optional(WireSentence),
    }),
  ),
});
export type ImportQuestion = v.InferOutput<typeof ImportQuestion>;

const Port = v.object({
  name: v.string(),
  dtype: v.string(),
  /** A text side is symbolic: it may be any number. */
  shape: v.array(v.union([v.number(), v.string()])),
});

/** What an importer found, decided and measured: what a person reads before accepting it. */
export const ImportReport = v.object({
  /** `onnx`, `tfjs-graph`, `tfjs-layers`, `teachable-machine`, `tflite`; `model-folder`: one as this project writes it. */
  format: v.string(),
  /** In words: where it comes from. */
  source: v.string(),
  id: v.string(),
  /** The id was derived from a name and is that of a model from elsewhere, which is not replaced unasked. */
  conflict: v.optional(
    v.object({
      /** Where the model comes from that has the id. */
      source: v.string(),
      /** What it can be called instead. */
      free: v.object({ id: v.string(), name: v.string() }),
    }),
  ),
  name: v.string(),
  version: v.string(),
  /** As models name it; see vision/tasks. */
  task: v.string(),
  /** Of the model as it came. */
  inputs: v.array(Port),
  outputs: v.array(Port),
  /** Outputs that are not read, and why. Absent where all are. */
  dropped: v.optional(
    v.array(v.object({ name: v.string(), why: v.string(), sentence: v.optional(WireSentence) })),
  ),
  opset: v.optional(v.number()),
  graphBytes: v.number(),
  parameters: v.number(),
  license: v.string(),
  labelCount: v.number(),
  firstLabels: v.array(v.string()),
  /** Of a model that looks for words: what its text tower was given for each label. */
  prompts: v.optional(v.array(v.string())),
  /** All that was decided, in the order in which a picture meets it. */
  decisions: v.array(
    v.object({
      /** A field of ImportOptions. */
      field: v.string(),
      /** For a reader. */
      value: v.string(),
      how: v.picklist(['given', 'said by the model', 'inferred', 'assumed']),
      /** In English; `sentence` where it is no name of a file. */
      why: v.string(),
      sentence: v.optional(WireSentence),
    }),
  ),
  /** What the model says of sample pictures. */
  samples: v.array(
    v.object({
      name: v.string(),
      /** The picture, at most 240 pixels a side, as a data URL. */
      thumbnail: v.optional(v.pipe(v.string(), v.startsWith('data:image/jpeg;base64,'))),
      labels: v.array(
        v.object({
          label: v.string(),
          score: v.number(),
          box: v.optional(v.tuple([v.number(), v.number(), v.number(), v.number()])),
        }),
      ),
    }),
  ),
  /**
   * What proves that pictures are prepared as the model was trained: goldens of another runtime, pictures of known labels
   * (`right` of `of` get theirs), a published file, the first ops of the `graph`; `given`: the person said it; `none`: it
   * is assumed. How sure a model is of its answers proves nothing.
   */
  evidence: v.optional(
    v.object({
      kind: v.picklist(['goldens', 'named pictures', 'published', 'graph', 'given', 'none']),
      right: v.optional(v.number()),
      of: v.optional(v.number()),
    }),
  ),
  /** What seems wrong, and how to correct it. */
  warnings: v.array(
    v.object({
      code: v.picklist([
        'swapped_channels',
        'normalisation',
        /** What files next to the model, or its metadata, say about pictures could not be read, or not be kept. */
        'preprocessing',
        /** The runtime that the model was made for answers otherwise, or cannot be asked. */
        'other_runtime',
        'layout',
        'logits',
        'softmax_twice',
        'label_count',
        'no_labels',
        'labels',
        'flat_answers',
        'output_left_out',
        /** It was made for a part of a picture that another model finds. */
        'expects_crop',
      ]),
      /** In English. */
      message: v.string(),
      sentence: v.optional(WireSentence),
      /** What is behind it, a line each. */
      details: v.optional(v.array(v.string())),
      /** What to say instead. */
      suggestion: v.optional(ImportOptions),
    }),
  ),
  /** On this machine, one core. */
  cost: v.object({ loadMs: v.number(), inferMs: v.number(), memoryBytes: v.number() }),
  goldens: v.object({
    count: v.number(),
    recordedBy: v.optional(v.string()),
    largestDifference: v.optional(v.number()),
    sameTop: v.optional(v.number()),
  }),
});
export type ImportReport = v.InferOutput<typeof ImportReport>;

export const IMPORT_PHASES = [
  'receiving',
  'looking',
  /** Checked; waits to be accepted, or for other options. */
  'asking',
  /** Runs next to the version that serves, on a share of live frames. */
  'trial',
  'live',
  /** The trial ended badly; the version before goes on. */
  'refused',
  /** It cannot be imported as it is. */
  'failed',
] as const;

export const ImportState = v.object({
  id: v.string(),
  phase: v.picklist(IMPORT_PHASES),
  /** What goes on now, in English. */
  message: v.optional(v.string()),
  /** Of `message`. */
  sentence: v.optional(WireSentence),
  /** Bytes received; `of` is absent where the size is not known. */
  received: v.optional(v.object({ bytes: v.number(), of: v.optional(v.number()) })),
  report: v.optional(ImportReport),
  /** Id of the model of which it is to be an int8 version; absent where a model is brought. */
  quantizes: v.optional(v.string()),
  /** Id of the model that is to look for other words; it needs no yes. Absent of other imports. */
  wordsOf: v.optional(v.string()),
  /** In place of `report`, where a version is quantised. It can be accepted if it is faster. */
  quantized: v.optional(QuantizationReport),
  /** Of `refused` and `failed`. */
  error: v.optional(
    v.object({
      code: v.string(),
      message: v.string(),
      sentence: v.optional(WireSentence),
      /** What is behind the message, a line each. */
      details: v.optional(v.array(v.string())),
      /** The options that `needs_options` asks for, where they are few; the answer goes to `options`. */
      question: v.optional(ImportQuestion),
    }),
  ),
});
export type ImportState = v.InferOutput<typeof ImportState>;

/** Goldens compared with what runtimes give, one entry for each runtime. */
export const Verification = v.object({
  model: v.string(),
  runtimes: v.array(
    v.object({
      /** Such as `onnxruntime-node 1.30.0`. */
      runtime: v.string(),
      goldens: v.number(),
      sameTop: v.number(),
      largestDifference: v.number(),
      recordedBy: v.string(),
      /** What `problems` say, in one line; absent without any. */
      summary: v.optional(v.string()),
      /** Of `summary`. */
      sentence: v.optional(WireSentence),
      problems: v.array(v.string()),
    }),
  ),
});
export type Verification = v.InferOutput<typeof Verification>;
