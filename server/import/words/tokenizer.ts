import { Tokenizer } from '@huggingface/tokenizers';
import * as v from 'valibot';
import { messageOf } from '../../../protocol/errors.ts';
import { aboutWords } from '../../../protocol/sentences/words.ts';
import { ImportError } from '../importError.ts';

export const TOKENIZER_FILE = 'tokenizer.json';
export const TOKENIZER_CONFIG = 'tokenizer_config.json';

/** A token as tokenizer_config.json writes it: its text, or an object with it. */
const Token = v.union([
  v.string(),
  v.pipe(
    v.object({ content: v.string() }),
    v.transform(({ content }) => content),
  ),
]);

const Config = v.object({
  pad_token: v.nullish(Token),
  unk_token: v.nullish(Token),
  model_max_length: v.nullish(v.number()),
});

/** Turns text into the numbers that a text tower reads. */
export interface TextTokenizer {
  /** What fills up a text to a length. */
  readonly padId: number;
  /** The longest text, in tokens, where the files say it. */
  readonly maxTokens: number | undefined;
  /** With what begins and ends a text. @throws ImportError where no part of the text is known */
  encode(text: string, word: string): readonly number[];
}

/** "No limit" is written as 1e30. */
const MAX_TOKENS = 10_000;

/**
 * @param file the text of tokenizer.json
 * @param config the text of tokenizer_config.json
 * @throws ImportError `malformed_source`
 */
export function openTokenizer(file: string, config: string): TextTokenizer {
  const settings = v.safeParse(Config, parseJson(config, TOKENIZER_CONFIG));
  if (!settings.success) throw badFile(TOKENIZER_CONFIG, settings.issues[0].message);
  const json = parseJson(file, TOKENIZER_FILE);
  const tokenizer = attempt(TOKENIZER_FILE, () => new Tokenizer(json, parseJson(config, TOKENIZER_CONFIG)));
  const { pad_token, unk_token, model_max_length } = settings.output;
  const idOf = (token: string | null | undefined) =>
    token === null || token === undefined ? undefined : tokenizer.token_to_id(token);
  const unknown = idOf(unk_token);
  const padding = v.safeParse(v.object({ padding: v.object({ pad_id: v.number() }) }), json);
  const encode = (text: string, special: boolean) =>
    attempt(TOKENIZER_FILE, () => tokenizer.encode(text, { add_special_tokens: special }));
  // Of the word alone: what stands around it is known. Pieces that are no letters say nothing.
  const isKnown = (word: string) => {
    const { ids, tokens } = encode(word, false);
    return ids.some((id, at) => id !== unknown && /[\p{L}\p{N}]/u.test(tokens[at] ?? ''));
  };
  return {
    padId: idOf(pad_token) ?? (padding.success ? padding.output.padding.pad_id : 0),
    maxTokens: model_max_length && model_max_length <= MAX_TOKENS ? model_max_length : undefined,
    encode(text, word) {
      if (unknown !== undefined && !isKnown(word)) {
        throw new ImportError('needs_options', aboutWords('words_unknown', { word }));
      }
      const { ids } = encode(text, true);
      const wrong = ids.find((token) => !Number.isSafeInteger(token) || token < 0);
      if (wrong !== undefined)
        throw new ImportError('malformed_source', aboutWords('words_bad_token', { token: wrong, word }));
      return ids;
    },
  };
}

function parseJson(text: string, file: string): object {
  const json: unknown = attempt(file, () => JSON.parse(text));
  if (typeof json === 'object' && json !== null) return json;
  throw badFile(file, 'it holds no object');
}

/** The library throws whatever comes of files that are not in order. */
function attempt<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof ImportError) throw cause;
    throw badFile(file, messageOf(cause), cause);
  }
}

const badFile = (file: string, why: string, cause?: unknown) =>
  new ImportError('malformed_source', aboutWords('words_bad_file', { file, why }), { cause });
