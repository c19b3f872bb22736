import * as v from 'valibot';
import { PointsLayout } from '../protocol/points.ts';
import { Resample, Steps } from '../protocol/steps.ts';
import { Fit, ModelId, Score, SidePx } from '../protocol/vocabulary.ts';
import { fixedSize, followsPicture } from './steps.ts';
import { TaskName, taskOf } from './tasks/taskOf.ts';

/**
 * The manifest of a model folder, `models/<id>/manifest.json`; models/README.md describes it. Schema 1 is of models
 * with one graph, schema 2 of those whose task needs several.
 *
 * A deployed graph does all per-pixel work itself, so the same file gives the same answers on the server and
 * on a phone. It is one file, weights included. The picture is uint8 RGB pixels, [N, input.height, input.width, 3], for the
 * graph input `input.name`; which graph gets it, and what each gives, stands with its task in tasks/.
 */

/** A file name inside the model's folder; nothing that leaves it. */
const FileName = v.pipe(
  v.string(),
  v.regex(/^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/, 'a path inside the model folder'),
);
const Sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hexadecimal'));

const Numbers3 = v.tuple([v.number(), v.number(), v.number()]);

/** How a picture of any shape becomes the input: `steps`, or in older manifests `fit` with `crop` and `resample`. */
export const ModelInput = v.pipe(
  v.strictObject({
    name: v.string(),
    width: SidePx,
    height: SidePx,
    fit: v.optional(Fit),
    /** With `crop`: how much of the largest part is seen, on each axis. Default 1; 224 of 256 pixels are 0.875. */
    crop: v.optional(v.pipe(v.number(), v.minValue(0.1), v.maxValue(1))),
    /** How pixels are mixed; default `bilinear`. */
    resample: v.optional(Resample),
    /**
     * What is done to a picture, in this order. It ends at `width` x `height`, whatever the picture; where the last step is a
     * resize to `atMost` that, the input has the picture's own size up to it. Only some tasks take such pictures.
     */
    steps: v.optional(Steps),
    /**
     * What is done to the numbers of the pixels after that: (value * scale - mean) / std for each channel, in this order of
     * channels, value 0..255. For a reader: the graph does it itself.
     */
    values: v.optional(
      v.strictObject({
        channels: v.picklist(['RGB', 'BGR']),
        scale: v.number(),
        mean: Numbers3,
        std: Numbers3,
      }),
    ),
  }),
  v.check(
    ({ fit, crop, resample, steps }) =>
      steps === undefined ? fit !== undefined : [fit, crop, resample].every((one) => one === undefined),
    'either `steps`, or `fit` with `crop` and `resample`',
  ),
  v.check(({ width, height, steps }) => {
    if (steps === undefined) return true;
    const last = steps.at(-1);
    const limit = last?.op === 'resize' && 'atMost' in last ? last.atMost : fixedSize(steps);
    return limit?.width === width && limit.height === height;
  }, 'steps that give a picture of any shape the size `width` x `height`, or end with that as their `atMost`'),
);
export type ModelInput = v.InferOutput<typeof ModelInput>;

export const GraphFile = v.strictObject({ file: FileName, sha256: Sha256 });
const GraphName = v.pipe(v.string(), v.regex(/^[a-z][a-zA-Z0-9]{0,31}$/, 'letters and digits; at most 32'));

// Fields in their order in the file: a manifest that is parsed and written again stays the same to the byte.
const head = {
  id: ModelId,
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(80)),
  description: v.pipe(v.string(), v.maxLength(500)),
  task: TaskName,
  /** `image-classification` only: several labels may apply at a time, each score is independent. Default false. */
  multiLabel: v.optional(v.boolean()),
  /** How many labels one picture gets at most; see maxLabels.ts for what holds without. */
  maxLabels: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000))),
  /** `keypoint-detection` only: what its points are. */
  points: v.optional(PointsLayout),
};
const rest = {
  /** One label a line. Absent where there are none: `image-embedding`, `thing-embedding`. */
  labels: v.optional(FileName),
  input: ModelInput,
  minScore: v.strictObject({
    /** The graph gives nothing below it. */
    floor: Score,
    /** What a session gets that does not ask. */
    default: Score,
  }),
  /** Recorded inputs with their expected outputs; they run before the model serves. */
  goldens: v.array(v.strictObject({ image: FileName, expected: FileName })),
  /** `spdx` is `NOASSERTION` where it is not known; then there may be no file. */
  license: v.strictObject({ spdx: v.string(), file: v.optional(FileName) }),
  /** Of a model whose labels are words that a person chose: what makes a version with other words. The server that serves never opens it. */
  words: v.optional(
    v.strictObject({
      /** The text tower. */
      text: GraphFile,
      tokenizer: FileName,
      tokenizerConfig: FileName,
      settings: FileName,
    }),
  ),
  provenance: v.strictObject({
    /** Where the weights come from, for a reader. */
    source: v.string(),
    /** The Subresource Integrity string of what was downloaded. */
    integrity: v.optional(v.string()),
    /** How to make the graph again, byte for byte, where there is such a way. */
    command: v.optional(v.string()),
    /** Of an int8 version: the float32 version that it was made of, and how. */
    quantized: v.optional(
      v.strictObject({
        from: v.string(),
        /** Of weights. */
        bits: v.picklist([7, 8]),
        /** Convolutions in int8, of all. */
        layers: v.number(),
        of: v.number(),
        /** Number of pictures that it was calibrated with. */
        pictures: v.number(),
      }),
    ),
    /** When it came into this folder, ISO 8601. */
    addedAt: v.optional(v.pipe(v.string(), v.isoTimestamp())),
    /** When the first version of the model came, ISO 8601; absent for models that ship, and for their updates. */
    since: v.optional(v.pipe(v.string(), v.isoTimestamp())),
  }),
};

export const Manifest = v.pipe(
  v.variant('schema', [
    v.strictObject({ schema: v.literal(1), ...head, graph: GraphFile, ...rest }),
    v.strictObject({
      schema: v.literal(2),
      ...head,
      /** By the names that the task has for them. */
      graphs: v.record(GraphName, GraphFile),
      ...rest,
    }),
  ]),
  v.forward(
    v.check(
      (manifest) => {
        const named = Object.keys(graphsOf(manifest));
        const { graphs } = taskOf(manifest.task);
        return named.length === graphs.length && graphs.every((graph) => named.includes(graph));
      },
      ({ input }) => {
        const { schema, task } = input;
        return `the task "${task}" needs the graphs ${taskOf(task).graphs.join(', ')}; schema ${schema} of the manifest names others`;
      },
    ),
    ['task'],
  ),
  v.forward(
    v.check(
      ({ task, input }) => followsPicture(input) === (taskOf(task).inputSize === 'picture'),
      'steps that end with a resize to `atMost` for a task that reads pictures of any size, and for no other',
    ),
    ['input'],
  ),
);
export type Manifest = v.InferOutput<typeof Manifest>;
/** Of a model with one graph. */
export type SingleGraphManifest = Extract<Manifest, { schema: 1 }>;
export type GraphFile = v.InferOutput<typeof GraphFile>;

/** The graph of a manifest of schema 1, by the name that its task has for it. */
export const MAIN_GRAPH = 'main';

/** The graphs of a model by their names, in the order of its manifest. */
export const graphsOf = (
  manifest: { readonly graph: GraphFile } | { readonly graphs: Readonly<Record<string, GraphFile>> },
): Readonly<Record<string, GraphFile>> =>
  'graph' in manifest ? { [MAIN_GRAPH]: manifest.graph } : manifest.graphs;

/** The manifest with other files for its graphs. */
export function withGraphs(manifest: Manifest, change: (graph: GraphFile) => GraphFile): Manifest {
  if (manifest.schema === 1) return { ...manifest, graph: change(manifest.graph) };
  const graphs = Object.entries(manifest.graphs).map(([name, graph]) => [name, change(graph)] as const);
  return { ...manifest, graphs: Object.fromEntries(graphs) };
}
