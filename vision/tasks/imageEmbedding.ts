import * as v from 'valibot';
import { cosine, GOLDEN_TOLERANCE, type GoldenComparison, OwnTolerance } from './comparison.ts';
import { dataOf, type TaskDefinition } from './task.ts';

/** A vector of the whole picture, not normalised. */
export interface EmbeddingAnswer {
  readonly task: 'image-embedding';
  readonly embedding: Float32Array;
}

const EmbeddingGolden = v.strictObject({
  recordedBy: v.string(),
  embedding: v.array(v.number()),
  tolerance: v.optional(OwnTolerance),
});
export type EmbeddingGolden = v.InferOutput<typeof EmbeddingGolden>;

/**
 * A vector of the whole picture, for what compares pictures. Output of `main`:
 *   `embedding` float32 [N, D]  as the model gives it, not normalised; no labels
 */
export const imageEmbedding: TaskDefinition<EmbeddingAnswer, EmbeddingGolden, EmbeddingAnswer> = {
  name: 'image-embedding',
  graphs: ['main'],
  golden: EmbeddingGolden,
  inPicture: v.object({ task: v.literal('image-embedding'), embedding: v.instance(Float32Array) }),
  follow: 'none',
  batch: 'pictures',
  async run({ picture, inputName, runGraph }) {
    const outputs = await runGraph('main', { [inputName]: picture });
    return { task: 'image-embedding', embedding: dataOf(outputs, 'embedding', Float32Array) };
  },
  record: ({ embedding }, { recordedBy }) => ({ recordedBy, embedding: Array.from(embedding) }),
  compare: ({ embedding: expected, tolerance = GOLDEN_TOLERANCE }, { embedding: found }) =>
    compareEmbeddings(expected, found, tolerance),
  maxLabels: () => 0,
  toPicture: (answer) => answer,
  labelsOf: () => [],
  inPrediction: ({ embedding }) => ({ embedding: Array.from(embedding) }),
};

function compareEmbeddings(
  expected: readonly number[],
  found: Float32Array,
  tolerance: Pick<OwnTolerance, 'embedding'>,
): GoldenComparison {
  if (expected.length !== found.length) {
    const differences = [
      `an embedding of ${expected.length} numbers recorded, the graph gives ${found.length}`,
    ];
    return { differences, largest: Number.POSITIVE_INFINITY, sameTop: false };
  }
  let largest = 0;
  let longest = Number.MIN_VALUE;
  expected.forEach((value, i) => {
    const other = found[i] ?? Number.NaN;
    longest = Math.max(longest, Math.abs(value));
    largest = Math.max(largest, Math.abs(value - other));
  });
  const similarity = cosine(expected, found);
  const agrees = similarity >= tolerance.embedding;
  const differences = agrees ? [] : [`embedding turned away: cosine ${similarity.toFixed(5)}`];
  return { differences, largest: largest / longest, sameTop: agrees };
}
