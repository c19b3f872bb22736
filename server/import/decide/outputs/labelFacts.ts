import { beginsWithBackground } from '../../../../vision/labels/noClass.ts';

/** What a list of labels says about the columns and numbers of a detector. */
export interface LabelFacts {
  /** Names of things, without one for the background in front; undefined where nothing names the classes. */
  readonly count: number | undefined;
  /** The list's first line names the background: its lines are the numbers of the classes. */
  readonly hasBackground: boolean;
}

export function labelFacts(labels: readonly string[] | undefined): LabelFacts {
  const hasBackground = labels !== undefined && beginsWithBackground(labels);
  return { count: labels && labels.length - (hasBackground ? 1 : 0), hasBackground };
}
