import type { LabelList } from '../../../../vision/labels/labelList.ts';

/** A place that names a model's outputs. */
export interface LabelSource extends LabelList {
  /** For a reader, such as "labels.txt next to the model". */
  readonly from: string;
}

/** What the labels' readers found, and what they passed over: a sentence each. */
export interface LabelSources {
  /** The likeliest first. */
  readonly sources: readonly LabelSource[];
  readonly warnings: readonly string[];
}
