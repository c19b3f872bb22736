import type { Task } from '../../../vision/manifest.ts';
import type { Found, Known, Output } from './found.ts';
import type { Head } from './heads/head.ts';
import type { Inspection } from './inspect.ts';

/** Outputs of more numbers for a picture than this are pictures themselves. */
const MAX_CLASSES = 100_000;

/** Reads the outputs as one vector for the whole picture: a classifier's scores, or an embedding. */
export function findWholePicture(
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
