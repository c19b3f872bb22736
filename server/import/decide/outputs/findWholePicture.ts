import type { ImportableTask, ImportReport } from '../../../../protocol/models.ts';
import { type Sentence, sentenceOf } from '../../../../protocol/sentence.ts';
import { aboutOutputs } from '../../../../protocol/sentences/outputs.ts';
import type { Head } from '../../deploy/heads/head.ts';
import { ImportError } from '../../importError.ts';
import { describePort, type Inspection } from '../../onnx/inspect.ts';
import type { Arrangement } from '../../onnx/sourceSession.ts';
import { choice, questionOf } from '../../question.ts';
import type { Found, Known, Output } from './found.ts';

/** Outputs of more numbers for a picture than this are pictures themselves. */
const MAX_CLASSES = 100_000;

/** What an output is by its name, or by the op that it ends with. Names are those that frameworks and exporters give. */
const IS_EMBEDDING = /embed|feature|pooler|descriptor|hidden_state|class_?token/i;
/** All tokens of a transformer, or all positions of a convolution: never boxes, whatever the shape. */
const IS_HIDDEN_STATE = /hidden_states?(\.\d+)?$/i;
const IS_COORDINATES = /landmark|key_?point|kps|mesh|joint|contour|iris|bbox|box/i;
const IS_SCORES = /logit|prob|score|softmax|sigmoid|predict|class/i;

/** Of several embeddings in one model the one that its publishers mean: first those after the last projection. */
const PUBLISHED_EMBEDDINGS = [/image_embed/i, /pooler/i, /embed/i, /feature|descriptor/i];

/** Sizes that networks for faces, hands and bodies give: that many points, two or three numbers each. */
const POINTS: Readonly<Record<number, Sentence>> = {
  42: aboutOutputs('points_2d', { points: 21 }),
  63: aboutOutputs('points_3d', { points: 21 }),
  136: aboutOutputs('points_2d', { points: 68 }),
  195: aboutOutputs('points_of_5'),
  196: aboutOutputs('points_2d', { points: 98 }),
  204: aboutOutputs('points_3d', { points: 68 }),
  212: aboutOutputs('points_2d', { points: 106 }),
  213: aboutOutputs('points_3d', { points: 71 }),
  936: aboutOutputs('points_2d', { points: 468 }),
  1404: aboutOutputs('points_3d', { points: 468 }),
  1434: aboutOutputs('points_3d', { points: 478 }),
};
export const pointsOf = (size: number): Sentence | undefined => POINTS[size];

/** An output that is one vector for a picture. */
export interface Vector {
  readonly name: string;
  readonly size: number;
  readonly kind: 'scores' | 'embedding' | 'coordinates' | 'unknown';
}

/** A reading of the outputs as one vector for the whole picture. */
export type WholePicture = Found<Extract<Head, { kind: 'classification' | 'embedding' }>> & {
  task: ImportableTask;
  /** Only its values can show whether it is a classifier. */
  isGuess: boolean;
};

export const isHiddenState = ({ name }: { name: string }): boolean => IS_HIDDEN_STATE.test(name);

/**
 * Reads the outputs as one vector for the whole picture: a classifier's scores, or an embedding. It must be alone, or be
 * named by the person, the labels, the graph or its own name.
 * @throws ImportError `needs_options` where several may be meant, `unsupported_model` for coordinates
 */
export function findWholePicture(
  outputs: readonly Output[],
  arrangement: Arrangement,
  inspection: Inspection,
  { task, labelCount }: Known,
): WholePicture | undefined {
  const vectors = outputs.flatMap((output) => vectorOf(output, outputs, inspection));
  if (task === 'image-embedding') {
    const one = publishedEmbedding(vectors) ?? only(vectors);
    if (one) return embedding(one);
    const tokens = firstToken(outputs, arrangement);
    if (tokens || vectors.length === 0) return tokens;
    throw several(vectors, inspection);
  }
  const fitting = labelCount === undefined ? [] : fittingOf(vectors, labelCount);
  const scores = narrow(
    fitting.length > 0 ? fitting : vectors.filter(({ kind }) => kind === 'scores'),
    inspection,
  );
  const isKnownClassifier = task === 'image-classification' || fitting.length > 0;
  if (scores && (isKnownClassifier || vectors.every((vector) => isExtraOutput(vector, scores)))) {
    return classification(scores, labelCount, false);
  }
  const one = only(vectors);
  if (one && (one.kind === 'unknown' || isKnownClassifier || labelCount !== undefined))
    return classification(one, labelCount, !isKnownClassifier);
  const published = publishedEmbedding(vectors);
  if (published && vectors.every(({ kind }) => kind === 'embedding')) return embedding(published);
  if (vectors.length === 0) return firstToken(outputs.filter(isHiddenState), arrangement);
  if (!vectors.some(({ kind }) => kind === 'scores' || kind === 'embedding')) {
    const points = vectors.find(({ kind, size }) => kind === 'coordinates' || pointsOf(size));
    if (points) throw coordinates(points, inspection);
  }
  throw several(vectors, inspection);
}

/** Why each output of the model that is not `read` is left out. */
export function droppedOutputs(
  read: string,
  outputs: readonly Output[],
  inspection: Inspection,
): NonNullable<ImportReport['dropped']> {
  const size = outputs.find(({ name }) => name === read)?.dims.reduce((a, b) => a * b, 1);
  return inspection.outputs
    .filter(({ name }) => name !== read)
    .map((port) => {
      const output = outputs.find(({ name }) => name === port.name);
      const [vector] = output ? vectorOf(output, outputs, inspection) : [];
      const shape = output ? `[${output.dims.join(', ')}]` : port.dtype;
      const why = isLabel(port.dtype, output)
        ? aboutOutputs('dropped_best_class')
        : aboutOutputs(
            vector === undefined
              ? 'dropped_no_vector'
              : vector.kind === 'embedding'
                ? 'dropped_embedding'
                : vector.size === size
                  ? 'dropped_same_size'
                  : 'dropped_other',
            { shape },
          );
      return { name: port.name, why: why.text, ...sentenceOf(why) };
    });
}

export function coordinates({ name, size }: Pick<Vector, 'name' | 'size'>, inspection: Inspection) {
  const points = pointsOf(size);
  const output = describe(name, inspection);
  return new ImportError(
    'unsupported_model',
    points
      ? aboutOutputs('coordinates_such_as', { output, points, size })
      : aboutOutputs('coordinates', { output, size }),
  );
}

function vectorOf({ name, dims }: Output, outputs: readonly Output[], inspection: Inspection): Vector[] {
  const size = dims.reduce((count, side) => count * side, 1);
  if (size === 0 || size > MAX_CLASSES || dims.filter((side) => side !== 1).length > 1) return [];
  // Numbers of classes are no scores.
  if (/^u?int(16|32|64)$|^bool$/.test(dtypeOf(name, inspection))) return [];
  // A column of a table: a score for each box.
  const isColumn = outputs.some(
    (table) => table.dims.length === 2 && table.dims[0] === size && (table.dims[1] ?? 0) > 1,
  );
  if (size > 1 && isColumn) return [];
  const op = inspection.finalOps.get(name);
  // Sigmoids also keep coordinates in the picture.
  const endsWithScores = op !== undefined && !(op === 'sigmoid' && pointsOf(size));
  const kind = endsWithScores
    ? 'scores'
    : IS_EMBEDDING.test(name)
      ? 'embedding'
      : IS_COORDINATES.test(name)
        ? 'coordinates'
        : IS_SCORES.test(name)
          ? 'scores'
          : 'unknown';
  return [{ name, size, kind }];
}

const dtypeOf = (name: string, { outputs }: Inspection): string =>
  outputs.find((port) => port.name === name)?.dtype ?? '';

/** Libraries for tables, such as scikit-learn, give the best class next to the scores. */
const isLabel = (dtype: string, output: Output | undefined): boolean =>
  dtype === 'string' || (/^u?int/.test(dtype) && output?.dims.every((side) => side === 1) === true);

/** One number separates two labels, and a background may have no label. */
function fittingOf(vectors: readonly Vector[], labels: number): Vector[] {
  const ofSize = (wanted: number) => vectors.filter(({ size }) => size === wanted);
  return (
    [ofSize(labels), labels === 2 ? ofSize(1) : [], ofSize(labels + 1)].find(({ length }) => length > 0) ?? []
  );
}

const only = <T>(all: readonly T[]): T | undefined => (all.length === 1 ? all[0] : undefined);

/** Of outputs with the same numbers, logits and scores, or heads of training, the one that the model is about. */
function narrow(scores: readonly Vector[], { finalOps }: Inspection): Vector | undefined {
  if (new Set(scores.map(({ size }) => size)).size > 1) return undefined;
  const main = scores.filter(({ name }) => !/aux/i.test(name));
  const finished = main.filter(({ name }) => finalOps.has(name));
  const named = main.filter(({ name }) => /prob|softmax|score/i.test(name));
  return only(scores) ?? only(main) ?? only(finished) ?? only(named);
}

/** What stands next to a classifier's scores without a question: the embedding before them, and themselves again. */
const isExtraOutput = ({ kind, size }: Vector, scores: Vector): boolean =>
  size === scores.size || kind === 'embedding';

function publishedEmbedding(vectors: readonly Vector[]): Vector | undefined {
  const embeddings = vectors.filter(({ kind }) => kind === 'embedding');
  for (const pattern of PUBLISHED_EMBEDDINGS) {
    const found = embeddings.filter(({ name }) => pattern.test(name));
    if (found.length > 0) return only(found);
  }
  return only(embeddings);
}

function embedding({ name, size }: Vector): WholePicture {
  const head = { kind: 'embedding', output: name, size, tokens: 1 } as const;
  return { task: 'image-embedding', head, why: aboutOutputs('vector', { name, size }), isGuess: false };
}

function classification(
  { name, size }: Vector,
  labelCount: number | undefined,
  isGuess: boolean,
): WholePicture {
  const isBinary = size === 1 && labelCount !== 1;
  const classes = isBinary ? 2 : size;
  const head = {
    kind: 'classification',
    output: name,
    classes,
    activation: 'none',
    isBinary,
  } as const;
  const why = isBinary ? aboutOutputs('vector_yes_no', { name }) : aboutOutputs('vector', { name, size });
  return { task: 'image-classification', head, why, isGuess };
}

/**
 * Of an output [tokens, D] the class token, which comes first: DINOv2's `pooler_output` is that token of its
 * `last_hidden_state`. A grid of patches without one, as Swin and SigLIP give, has nothing for the whole picture.
 * @throws ImportError `unsupported_model`
 */
function firstToken(outputs: readonly Output[], { width, height }: Arrangement): WholePicture | undefined {
  const found = outputs.filter(({ dims, batched }) => batched && dims.length === 2);
  const output = found.find(({ name }) => /^last_hidden_state$/i.test(name)) ?? only(found);
  if (output === undefined) return undefined;
  const [tokens = 0, size = 0] = output.dims;
  // DINOv2 with registers and DINOv3 have four more tokens that belong to no patch.
  const isGridAnd = (more: number) =>
    Array.from({ length: 64 }, (_, i) => i + 1).some(
      (patch) => Math.floor(width / patch) * Math.floor(height / patch) === tokens - more,
    );
  if (!isGridAnd(1) && !isGridAnd(5)) {
    throw new ImportError(
      'unsupported_model',
      aboutOutputs('vectors_of_parts', { name: output.name, shape: output.dims.join(', ') }),
    );
  }
  const head = { kind: 'embedding', output: output.name, size, tokens } as const;
  const why = aboutOutputs('class_token', { tokens, name: output.name });
  return { task: 'image-embedding', head, why, isGuess: false };
}

function several(vectors: readonly Vector[], inspection: Inspection): ImportError {
  const choices = vectors.map((vector) => choice(vector.name, vectorText(vector)));
  const question = aboutOutputs('which_output', { count: vectors.length });
  const outputs = vectors.map((vector) => `${describe(vector.name, inspection)} (${vectorText(vector)})`);
  return new ImportError('needs_options', aboutOutputs('choose_output', { question, outputs }), {
    question: { ...questionOf(question), field: 'output', choices },
  });
}

function vectorText({ kind, size }: Vector): Sentence {
  const numbers = size === 1 ? aboutOutputs('one_number') : aboutOutputs('numbers', { size });
  if (kind === 'scores') return aboutOutputs('numbers_scores', { numbers });
  if (kind === 'embedding') return aboutOutputs('numbers_embedding', { numbers });
  const points = pointsOf(size);
  if (points) return aboutOutputs('numbers_points', { numbers, points });
  return kind === 'coordinates' ? aboutOutputs('numbers_coordinates', { numbers }) : numbers;
}

const describe = (name: string, { outputs }: Inspection): string => {
  const port = outputs.find((one) => one.name === name);
  return port ? describePort(port) : `"${name}"`;
};
