import { messageOf } from '../../../protocol/errors.ts';
import { aboutWords } from '../../../protocol/sentences/words.ts';
import { halfToNumber, numberToHalf } from '../../../vision/half.ts';
import { type InferenceSession, openSession, Tensor } from '../../inference/runtime.ts';
import { ImportError } from '../importError.ts';
import type { TensorProto } from '../onnx/onnxFile.ts';
import { onnx } from '../onnx/onnxProto/onnx.js';
import { asTrained, checkWords, promptOf } from './prompts.ts';
import type { TextSettings } from './settings.ts';
import type { TextTokenizer } from './tokenizer.ts';

const { DataType } = onnx.TensorProto;

/** Words as a picture tower is compared with them. */
export interface EmbeddedWords {
  readonly words: readonly string[];
  /** What the text tower was given for each. */
  readonly prompts: readonly string[];
  /** A vector for each word, in the type that the tower has. */
  readonly embeddings: Values;
  /** The numbers of the words, and which are no filling: some graphs read them next to the vectors. */
  readonly tokens: Values;
  readonly mask: Values;
}

type Values = Required<Pick<TensorProto, 'dataType' | 'dims' | 'rawData'>>;

/**
 * Has a text tower read words.
 * @param graph the tower, its bytes or a file
 * @throws ImportError `needs_options` that names the word that is wrong
 */
export async function embedWords(
  given: readonly string[],
  graph: string | Uint8Array,
  settings: TextSettings,
  tokenizer: TextTokenizer,
): Promise<EmbeddedWords> {
  const { family, maxTokens, isFixed, padId } = settings;
  const words = checkWords(given, family);
  const prompts = words.map((word) => promptOf(word, family));
  const rows = words.map((word, at) => {
    const prompt = prompts[at] ?? word;
    const tokens = tokenizer.encode(asTrained(prompt, family), word);
    if (tokens.length <= maxTokens) return tokens;
    throw new ImportError(
      'needs_options',
      aboutWords('words_too_long', { word, prompt, tokens: tokens.length, max: maxTokens }),
    );
  });
  const length = isFixed ? maxTokens : Math.max(...rows.map((row) => row.length));
  const fill = (value: (row: readonly number[], at: number) => number) =>
    rows.flatMap((row) => Array.from({ length }, (_, at) => value(row, at)));
  const inputs = {
    input_ids: fill((row, at) => row[at] ?? padId),
    // SigLIP was trained without a mask: it reads what fills up a text as well.
    attention_mask: fill((row, at) => (at < row.length || family === 'siglip' ? 1 : 0)),
    token_type_ids: fill(() => 0),
    position_ids: fill((_, at) => at),
  };
  const session = await openSession(graph, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  }).catch(textFailed);
  try {
    const typeOf = (name: string) => settings.inputs.find((one) => one.name === name)?.dtype ?? 'int64';
    const feeds = Object.fromEntries(
      settings.inputs.map(({ name }) => [name, tensorOf(typeOf(name), inputs[name], [rows.length, length])]),
    );
    const embeddings = await run(session, feeds, settings, rows.length);
    const kept = (name: 'input_ids' | 'attention_mask') =>
      valuesOf(tensorOf(typeOf(name), inputs[name], [rows.length, length]));
    return { words, prompts, embeddings, tokens: kept('input_ids'), mask: kept('attention_mask') };
  } finally {
    await session.release();
  }
}

async function run(
  session: InferenceSession,
  feeds: Readonly<Record<string, Tensor>>,
  { output, normalises }: TextSettings,
  count: number,
): Promise<Values> {
  const found = await session.run(feeds).catch(textFailed);
  const tensor = found[output];
  const [rows, size, ...others] = tensor?.dims ?? [];
  if (tensor === undefined || rows !== count || !size || others.length > 0) {
    const shape = `[${tensor?.dims.join(', ') ?? ''}]`;
    throw new ImportError('unsupported_model', aboutWords('words_text_shape', { shape, count }));
  }
  return valuesOf(normalises ? normalised(tensor, size) : tensor);
}

/** Vectors of length 1. */
function normalised(tensor: Tensor, size: number): Tensor {
  const isHalf = tensor.type === 'float16';
  const bits = tensor.data;
  const numbers =
    isHalf && bits instanceof Uint16Array
      ? Float32Array.from(bits, halfToNumber)
      : Float32Array.from(bits as ArrayLike<number>);
  for (let from = 0; from < numbers.length; from += size) {
    const row = numbers.subarray(from, from + size);
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)) || 1;
    for (const [at, value] of row.entries()) row[at] = value / length;
  }
  return isHalf
    ? new Tensor('float16', Uint16Array.from(numbers, numberToHalf), tensor.dims)
    : new Tensor('float32', numbers, tensor.dims);
}

function tensorOf(dtype: 'int64' | 'int32', values: readonly number[], dims: readonly number[]): Tensor {
  return dtype === 'int64'
    ? new Tensor('int64', BigInt64Array.from(values, BigInt), dims)
    : new Tensor('int32', Int32Array.from(values), dims);
}

const TYPES: Readonly<Record<string, number>> = {
  float32: DataType.FLOAT,
  float16: DataType.FLOAT16,
  int64: DataType.INT64,
  int32: DataType.INT32,
};

function valuesOf({ type, data, dims }: Tensor): Values {
  const dataType = TYPES[type];
  if (dataType === undefined || Array.isArray(data)) {
    throw new ImportError(
      'unsupported_model',
      aboutWords('words_text_shape', { shape: type, count: dims[0] ?? 0 }),
    );
  }
  const { buffer, byteOffset, byteLength } = data as Uint8Array;
  // A copy: the runtime's own memory is let go.
  const rawData = new Uint8Array(buffer, byteOffset, byteLength).slice();
  return { dataType, dims: [...dims], rawData };
}

function textFailed(cause: unknown): never {
  throw new ImportError('unrunnable', aboutWords('words_text_failed', { why: messageOf(cause) }), { cause });
}
