import * as v from 'valibot';

/** Most words that a model looks for at a time. */
export const MAX_WORDS = 100;
/** Longest word or phrase, characters. */
export const MAX_WORD_LETTERS = 120;

/** The body of `POST /v1/models/ID/words`. How many and how long they may be, the answer says. */
export const WordsRequest = v.object({
  words: v.pipe(v.array(v.pipe(v.string(), v.maxLength(1_000))), v.maxLength(1_000)),
});
