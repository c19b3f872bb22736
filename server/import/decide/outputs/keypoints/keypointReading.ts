import type { Sentence } from '../../../../../protocol/sentence.ts';
import type { KeypointHead } from '../../../deploy/heads/keypointHead.ts';

/** How outputs are read as things with key points, and what speaks for it. */
export interface KeypointReading {
  readonly head: KeypointHead;
  readonly why: Sentence;
  /** The label of the one thing that the model finds; absent where its labels name what it finds. */
  readonly subject?: string;
  /** The model was made for a part of a picture that another model finds, with values of 0..1. */
  readonly expectsCrop?: boolean;
}
