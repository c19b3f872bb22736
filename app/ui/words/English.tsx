import type { Sentence, WireSentence } from '../../../protocol/sentence.ts';
import { useSpeech } from './useWords.ts';
import type { Speech } from './words.ts';

export interface EnglishProps {
  text: string;
  /** The code of the text, where it has one: in another language its wording is all that is shown. */
  sentence?: WireSentence | Sentence | undefined;
  /** What the text comes to, where it has no code that this page knows. */
  meaning?: string | undefined;
}

/**
 * A text that comes in English: from the server, a browser or a library. In another language a text without a code that
 * the page knows follows `meaning` as it came, marked as English for screen readers.
 */
export function English({ text, sentence, meaning }: EnglishProps) {
  const { language, words } = useSpeech();
  if (language === 'en') return text;
  const worded = sentence && words.sentences.of(sentence);
  if (worded !== undefined) return worded;
  return (
    <>
      {meaning}
      {meaning && ' '}
      <span lang="en">{text}</span>
    </>
  );
}

/** As `English` shows it, for what is only heard. */
export function englishText({ language, words }: Speech, { text, sentence, meaning }: EnglishProps): string {
  if (language === 'en') return text;
  return (sentence && words.sentences.of(sentence)) ?? [meaning, text].filter(Boolean).join(' ');
}
