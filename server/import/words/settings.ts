import * as v from 'valibot';
import type { Deployment } from '../deploy/deploy.ts';

/** Inputs of a text tower; all but the first are filled in. */
export const TEXT_INPUTS = ['input_ids', 'attention_mask', 'token_type_ids', 'position_ids'] as const;

const Count = v.pipe(v.number(), v.integer(), v.minValue(0));
const Port = v.object({
  name: v.string(),
  dtype: v.string(),
  shape: v.array(v.union([v.number(), v.string()])),
});

/** How a text tower is asked. */
export const TextSettings = v.object({
  family: v.picklist(['clip', 'siglip', 'owl']),
  inputs: v.array(v.object({ name: v.picklist(TEXT_INPUTS), dtype: v.picklist(['int64', 'int32']) })),
  output: v.string(),
  /** Longest text, tokens. */
  maxTokens: v.pipe(Count, v.minValue(1), v.maxValue(10_000)),
  /** Texts are filled up to `maxTokens`, and not only to the longest one of them. */
  isFixed: v.boolean(),
  padId: Count,
  /** The tower gives vectors of any length, and 1 is wanted. */
  normalises: v.boolean(),
});
export type TextSettings = v.InferOutput<typeof TextSettings>;

/** What a version keeps to be made again with other words. */
export const WordsSettings = v.object({
  text: TextSettings,
  /** Outputs of the picture tower, as they came. */
  outputs: v.array(Port),
  /** With what the graph was deployed. A file of a version, which only the importer writes. */
  deployment: v.custom<Deployment>((value) => typeof value === 'object' && value !== null),
});
export type WordsSettings = v.InferOutput<typeof WordsSettings>;

/** Where a version keeps them. */
export const WORDS_FILES = {
  text: 'words/text.onnx',
  tokenizer: 'words/tokenizer.json',
  tokenizerConfig: 'words/tokenizer_config.json',
  settings: 'words/settings.json',
} as const;
