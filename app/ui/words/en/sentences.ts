import type { Sentence, WireSentence } from '../../../../protocol/sentence.ts';

export const sentences = {
  sentences: {
    /**
     * What a sentence of the server says, by its code; undefined where it comes as it should be shown, as in English: the
     * English of all codes is in protocol/sentences/, and the server fills it in.
     */
    of: (_sentence: WireSentence | Sentence): string | undefined => undefined,
  },
};
