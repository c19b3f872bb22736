import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import type { ImportOptions } from '../../../protocol/models.ts';
import { reason } from '../../../protocol/sentences/decisions.ts';
import { aboutWords } from '../../../protocol/sentences/words.ts';
import { exists } from '../../disk/atomic.ts';
import type { Declared } from '../decide/hints.ts';
import { ImportError } from '../importError.ts';
import { encodeModel } from '../onnx/onnxBytes.ts';
import { dataTypeName, type ModelProto, readOnnxFile, wholeNumber } from '../onnx/onnxFile.ts';
import type { LoadedModel } from '../run/importGraph.ts';
import { textTowerOf } from '../sources/textTowerOf.ts';
import { type Family, USUAL_WORDS } from './prompts.ts';
import { TEXT_INPUTS, type TextSettings } from './settings.ts';
import { embedWords } from './textTower.ts';
import { openTokenizer, type TextTokenizer, TOKENIZER_CONFIG, TOKENIZER_FILE } from './tokenizer.ts';
import { inputNames, joinTowers, splitJoint, type Towers, withWords } from './towers.ts';

/** What a model with a text tower brings along, to be kept with its version. */
export interface LoadedWords {
  readonly family: Family;
  /** What it looks for: its labels, each once. */
  readonly labels: readonly string[];
  readonly prompts: readonly string[];
  readonly text: TextSettings;
  /** The text tower, as a file. */
  readonly graph: Uint8Array;
  readonly tokenizer: string;
  readonly tokenizerConfig: string;
}

/** What config.json says, as far as it matters here. Fields of other types say nothing. */
const Config = v.object({
  model_type: v.fallback(v.optional(v.string()), undefined),
  logit_scale: v.fallback(v.optional(v.number()), undefined),
  logit_bias: v.fallback(v.optional(v.number()), undefined),
  text_config: v.fallback(
    v.optional(v.object({ max_position_embeddings: v.fallback(v.optional(v.number()), undefined) })),
    undefined,
  ),
});
type Config = v.InferOutput<typeof Config>;

/** CLIP's scale is cut at 100 while it is trained, where all published ones end (Radford et al. 2021, section 2.5). */
const CLIP_SCALE = 100;
/** Texts as long as the models were trained with, where no file says it. */
const USUAL_TOKENS: Readonly<Record<Family, number>> = { clip: 77, siglip: 64, owl: 16 };
/**
 * Their scores are low. OWL-ViT's published code shows those from here on (transformers, models/owlvit/image_processing_owlvit.py); for
 * SigLIP it says none, and its example gives what is right 0.198 and all else 0.0 (transformers, docs of SigLIP).
 */
const LOW_MIN_SCORE = 0.1;

/**
 * A model with a picture tower and a text tower, as one that looks for some words: those that are given as labels, or usual ones.
 * @param entry the graph, relative to `dir`; of two graphs that of pictures
 * @returns undefined where the model reads no words
 * @throws ImportError
 */
export async function loadWords(
  loaded: LoadedModel,
  dir: string,
  entry: string,
  options: ImportOptions,
): Promise<LoadedModel | undefined> {
  const folder = path.join(dir, path.dirname(entry));
  const config = await readConfig(folder);
  const towers = splitJoint(loaded.model) ?? (await besideText(loaded.model, dir, entry, config));
  if (towers === undefined) return undefined;
  const family = familyOf(towers, config);
  const tokenizerText = await readRequired(folder, TOKENIZER_FILE);
  const tokenizerConfig = await readRequired(folder, TOKENIZER_CONFIG);
  const tokenizer = openTokenizer(tokenizerText, tokenizerConfig);
  const text = textSettings(towers, family, tokenizer, config);
  const graph = encodeModel(towers.text);
  const embedded = await embedWords(options.labels ?? USUAL_WORDS, graph, text, tokenizer);
  return {
    ...loaded,
    model: withWords(towers.picture, embedded),
    file: undefined,
    declared: { ...loaded.declared, ...declaredBy(family, embedded.words, options.labels !== undefined) },
    words: {
      family,
      labels: embedded.words,
      prompts: embedded.prompts,
      text,
      graph,
      tokenizer: tokenizerText,
      tokenizerConfig,
    },
  };
}

/** Of a model in two files: the text tower lies next to that of pictures. */
async function besideText(
  model: ModelProto,
  dir: string,
  entry: string,
  config: Config,
): Promise<Towers | undefined> {
  const textEntry = textTowerOf(entry);
  if (textEntry === undefined || !(await exists(path.join(dir, textEntry)))) return undefined;
  const { model: text } = await readOnnxFile(dir, textEntry);
  const { logit_scale, logit_bias, model_type = '' } = config;
  if (/siglip/i.test(model_type)) {
    if (logit_scale === undefined || logit_bias === undefined) {
      throw new ImportError('unsupported_model', aboutWords('words_no_scale'));
    }
    return joinTowers(model, text, { scale: Math.exp(logit_scale), bias: logit_bias });
  }
  const scale = logit_scale === undefined ? CLIP_SCALE : Math.min(Math.exp(logit_scale), CLIP_SCALE);
  return joinTowers(model, text, { scale, bias: 0 });
}

function familyOf({ kind }: Towers, { model_type = '' }: Config): Family {
  if (kind === 'boxes') return 'owl';
  return /siglip/i.test(model_type) ? 'siglip' : 'clip';
}

function textSettings(
  { text, textOutput, normalises }: Towers,
  family: Family,
  tokenizer: TextTokenizer,
  config: Config,
): TextSettings {
  const names = inputNames(text);
  const ports = (text.graph?.input ?? []).filter(({ name }) => names.includes(name ?? ''));
  const inputs = ports.map(({ name, type }) => {
    const input = TEXT_INPUTS.find((one) => one === name);
    const dtype = dataTypeName(type?.tensorType?.elemType);
    if (input === undefined || (dtype !== 'int64' && dtype !== 'int32')) {
      throw new ImportError(
        'unsupported_model',
        aboutWords('words_unknown_input', { input: `${name} ${dtype}` }),
      );
    }
    return { name: input, dtype } as const;
  });
  const length = ports.find(({ name }) => name === 'input_ids')?.type?.tensorType?.shape?.dim?.[1]?.dimValue;
  const fixed = wholeNumber(length) || undefined;
  const said = [config.text_config?.max_position_embeddings, tokenizer.maxTokens].filter(
    (tokens) => tokens !== undefined && tokens > 0,
  );
  return {
    family,
    inputs,
    output: textOutput,
    maxTokens: fixed ?? (said.length > 0 ? Math.min(...said.map(Number)) : USUAL_TOKENS[family]),
    // SigLIP was trained with full texts, and reads the last token; OWL-ViT has no other. Nor has MobileCLIP, which takes no mask.
    isFixed:
      fixed !== undefined || family !== 'clip' || !inputs.some(({ name }) => name === 'attention_mask'),
    padId: tokenizer.padId,
    normalises,
  };
}

function declaredBy(family: Family, words: readonly string[], areGiven: boolean): Declared {
  const why = reason(`words_${family}`);
  return {
    labels: { value: [...words], why: reason('usual_words'), ...(!areGiven && { how: 'assumed' as const }) },
    ...(family === 'owl'
      ? {
          task: { value: 'object-detection', why },
          head: { value: 'detr', why },
          boxOrder: { value: 'centre-width-height', why },
          minScore: { value: LOW_MIN_SCORE, why },
        }
      : {
          task: { value: 'image-classification', why },
          activation: { value: family === 'clip' ? 'softmax' : 'sigmoid', why },
          multiLabel: { value: family === 'siglip', why },
          ...(family === 'siglip' && { minScore: { value: LOW_MIN_SCORE, why } }),
        }),
  };
}

async function readConfig(folder: string): Promise<Config> {
  const text = await readFile(path.join(folder, 'config.json'), 'utf8').catch(() => '{}');
  try {
    const parsed = v.safeParse(Config, JSON.parse(text));
    return parsed.success ? parsed.output : v.parse(Config, {});
  } catch {
    // What is wrong with it is said where labels are read.
    return v.parse(Config, {});
  }
}

async function readRequired(folder: string, file: string): Promise<string> {
  return readFile(path.join(folder, file), 'utf8').catch((cause: unknown) => {
    throw new ImportError('malformed_source', aboutWords('words_no_tokenizer', { file }), { cause });
  });
}
