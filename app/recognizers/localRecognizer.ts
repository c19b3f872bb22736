import type { Label, ModelInfo } from '../../protocol/messages.ts';
import type { GrabbedFrame, Recognizer } from './recognizer.ts';

/** Whether this device could answer the next frame. */
export type Readiness =
  /** Nothing was loaded yet. */
  | { readonly kind: 'cold' }
  | { readonly kind: 'preparing' }
  | { readonly kind: 'ready' }
  /** `why` is for a reader: no model here, goldens that do not agree, a browser that cannot. */
  | { readonly kind: 'unusable'; readonly why: string };

/** A recognizer that runs on this device. No frame that it is given leaves it. */
export interface LocalRecognizer extends Recognizer {
  readonly readiness: Readiness;
  onReadiness(listener: (readiness: Readiness) => void): () => void;
  /** Loads runtime and model, so that the first frame is answered at once. Tries again after it was unusable. */
  prepare(): void;
  /** Median from a frame's push to its labels, ms; what was measured when it was opened until frames came. */
  readonly answerMs: number | undefined;
  /**
   * Labels of one picture, which it closes, from `minScore` up; boxes in 0..1 of the picture. Prepares if need be.
   * @throws Error if this device cannot
   */
  predict(
    picture: GrabbedFrame['picture'],
    minScore: number,
  ): Promise<{ model: ModelInfo; labels: readonly Label[] }>;
}
