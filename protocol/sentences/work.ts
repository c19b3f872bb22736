import { type Sentence, sentencesOf } from '../sentence.ts';

/** What work comes to that ended before it was done, whatever the runtime calls that. */
export const WORK = {
  work_cancelled: 'This was cancelled before it was done. Try again.',
  work_too_slow: 'This took too long and was given up. Try again.',
} as const;

// Written out: the client package has declarations.
export const aboutWork: (code: keyof typeof WORK) => Sentence = sentencesOf(WORK);
