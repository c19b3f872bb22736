import type { Sentence, Text } from '../../../../protocol/sentence.ts';
import type { LabelList } from '../../../../vision/labels/labelList.ts';

/** A place that names a model's outputs. */
export interface LabelSource extends LabelList {
  /** For a reader, such as "labels.txt next to the model". */
  readonly from: Text;
}

/** What the labels' readers found, and what they passed over. */
export interface LabelSources {
  /** The likeliest first. */
  readonly sources: readonly LabelSource[];
  readonly warnings: readonly Sentence[];
}
