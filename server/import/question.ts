import type { ImportQuestion } from '../../protocol/models.ts';
import { sentenceOf, type Text } from '../../protocol/sentence.ts';

/** Why a field must be given, and what it may be: see ImportQuestion. */
export const questionOf = (text: Text): Pick<ImportQuestion, 'text' | 'sentence'> => ({
  text: String(text),
  ...sentenceOf(text),
});

/** @param text what the value means */
export const choice = (value: string, text: Text): ImportQuestion['choices'][number] => ({
  value,
  text: String(text),
  ...sentenceOf(text),
});
