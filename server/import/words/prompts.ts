import { aboutWords } from '../../../protocol/sentences/words.ts';
import { MAX_WORD_LETTERS, MAX_WORDS } from '../../../protocol/words.ts';
import { ImportError } from '../importError.ts';

/** Families of models with a text tower; they differ in what is said around a word, and in how scores come about. */
export type Family = 'clip' | 'siglip' | 'owl';

/**
 * What stands before a word, as published: CLIP's and OWL-ViT's examples say "a photo of a cat" (openai/CLIP README, google/owlvit-base-patch32),
 * SigLIP's "This is a photo of cat." (the template of transformers' zero-shot pipeline, which google/siglip names).
 */
const TEMPLATES: Readonly<Record<Family, (thing: string, isNoun: boolean) => string>> = {
  clip: (thing, isNoun) => `a photo of ${isNoun ? 'a ' : ''}${thing}`,
  owl: (thing, isNoun) => `a photo of ${isNoun ? 'a ' : ''}${thing}`,
  siglip: (thing) => `This is a photo of ${thing}.`,
};

/** "a cat", "two cats", "my mug": it needs no article. */
const HAS_ARTICLE = /^(an?|the|this|that|my|your|some|no|one|two|three|four|many|\d+)\s/i;
/** "photo of …", "a drawing of …": it says what it is a picture of. */
const IS_CAPTION = /\b(photo|picture|image|drawing|painting|sketch|screenshot|close-?up)\b/i;
/** "person riding a bike": more than the name of a thing. */
const MAX_NAME_WORDS = 3;

/**
 * What the text tower is given for a word: names of things get the words around them that the model was published with, phrases stay as
 * they are.
 */
export function promptOf(word: string, family: Family): string {
  const isLatin = /^[\p{Script=Latin}\p{N}\p{P}\s]+$/u.test(word);
  if (!isLatin || IS_CAPTION.test(word) || /[.!?]$/.test(word)) return word;
  const hasArticle = HAS_ARTICLE.test(word);
  const words = word.split(/\s+/).length;
  if (words > MAX_NAME_WORDS + (hasArticle ? 1 : 0)) return word;
  return TEMPLATES[family](word, !hasArticle);
}

/**
 * A prompt as the family was trained to read it. SigLIP: in small letters, without punctuation (google-research/big_vision,
 * `canonicalize_text`). SigLIP's tokenizer.json does the same; that of SigLIP 2, which is Gemma's, does not (huggingface/transformers,
 * pull request 43101; NVlabs/RADIO, pull request 142).
 */
export const asTrained = (prompt: string, family: Family): string =>
  family === 'siglip'
    ? prompt
        .toLowerCase()
        .replace(/[!-/:-@[-`{-~]/g, '')
        .replace(/\s+/g, ' ')
        .trim()
    : prompt;

/**
 * The words as labels: trimmed, each once.
 * @throws ImportError `needs_options`, which names the word
 */
export function checkWords(given: readonly string[], family: Family): string[] {
  const refuse = (text: ReturnType<typeof aboutWords>) => new ImportError('needs_options', text);
  const count = given.length;
  if (count === 0) throw refuse(aboutWords('words_none'));
  if (count > MAX_WORDS) throw refuse(aboutWords('words_too_many', { count, max: MAX_WORDS }));
  const words = given.map((word) =>
    word
      .normalize('NFC')
      .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
      .trim(),
  );
  for (const [at, word] of words.entries()) {
    if (word === '') throw refuse(aboutWords('words_empty', { number: at + 1, count }));
    const { length } = [...word];
    if (length > MAX_WORD_LETTERS) {
      throw refuse(aboutWords('words_too_many_letters', { number: at + 1, length, max: MAX_WORD_LETTERS }));
    }
  }
  const once = [...new Set(words)];
  const [word = ''] = once;
  if (family === 'clip' && once.length === 1) throw refuse(aboutWords('words_one_alone', { word }));
  return once;
}

/** What a model looks for until someone says words: things that stand in front of many cameras. */
export const USUAL_WORDS: readonly string[] = [
  'person',
  'cat',
  'dog',
  'mug',
  'bottle',
  'book',
  'phone',
  'keyboard',
  'plant',
  'chair',
  'an empty room',
];
