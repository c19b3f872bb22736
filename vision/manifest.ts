import * as v from 'valibot';

/**
 * The manifest of a model folder, `models/<id>/manifest.json`, schema 1.
 *
 * A deployed graph does all per-pixel work itself, so the same file gives the same answers on the server and
 * on a phone. It has one input, `input.name`: uint8 RGB pixels, [N, input.height, input.width, 3].
 *
 * `object-detection` outputs, one row per detection, after non-maximum suppression, best score first within
 * an image:
 *   `images`  int32   [M]     which picture of the batch, 0..N-1
 *   `boxes`   float32 [M, 4]  x, y, width, height in 0..1 of the frame, from its top left
 *   `scores`  float32 [M]     0..1, at least `minScore.floor`
 *   `classes` int32   [M]     line of labels.txt, from 0
 */

const Id = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'lower case letters, digits, ".", "_" or "-"; at most 64'),
);
/** A file name inside the model's folder; nothing that leaves it. */
const FileName = v.pipe(
  v.string(),
  v.regex(/^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/, 'a path inside the model folder'),
);
const Sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hexadecimal'));
const Score = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const SidePx = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096));

export const Manifest = v.strictObject({
  schema: v.literal(1),
  id: Id,
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(80)),
  description: v.pipe(v.string(), v.maxLength(500)),
  task: v.picklist(['object-detection']),
  graph: v.strictObject({ file: FileName, sha256: Sha256 }),
  labels: FileName,
  input: v.strictObject({
    name: v.string(),
    width: SidePx,
    height: SidePx,
    /** How a picture of another shape becomes width x height. `stretch`: each axis on its own. */
    fit: v.picklist(['stretch']),
  }),
  minScore: v.strictObject({
    /** The graph gives nothing below it. */
    floor: Score,
    /** What a session gets that does not ask. */
    default: Score,
  }),
  /** Recorded inputs with their expected outputs; they run before the model serves. */
  goldens: v.array(v.strictObject({ image: FileName, expected: FileName })),
  license: v.strictObject({ spdx: v.string(), file: FileName }),
  provenance: v.strictObject({
    /** Where the weights come from, for a reader. */
    source: v.string(),
    /** The Subresource Integrity string of what was downloaded. */
    integrity: v.optional(v.string()),
    /** How to make the graph again, byte for byte. */
    command: v.string(),
  }),
});
export type Manifest = v.InferOutput<typeof Manifest>;

/** The expected output of one golden picture, as another runtime gave it on the same weights. */
export const Golden = v.strictObject({
  /** What gave these answers, e.g. `tfjs-wasm 4.22.0`. */
  recordedBy: v.string(),
  /** Only detections of at least this score are recorded and compared. */
  minScore: Score,
  detections: v.array(
    v.strictObject({
      label: v.string(),
      score: Score,
      box: v.tuple([v.number(), v.number(), v.number(), v.number()]),
    }),
  ),
});
export type Golden = v.InferOutput<typeof Golden>;
