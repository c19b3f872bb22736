import type { ImportReport } from '../../protocol/models.ts';
import { type Sentence, sentenceOf } from '../../protocol/sentence.ts';

/** Something in an import report that seems wrong. */
export type Warning = ImportReport['warnings'][number];

/** @param code the kind of warning; several sentences may have one */
export const warning = (code: Warning['code'], sentence: Sentence): Warning => ({
  code,
  message: sentence.text,
  ...sentenceOf(sentence),
});
