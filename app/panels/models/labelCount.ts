import type { Words } from '../../ui/words/en.ts';

export interface LabelCount {
  readonly isRight: boolean;
  /** For a person, with what to do. */
  readonly text: string;
}

/** Compares the number of names that a person gave with the number of outputs that need one. */
export function labelCount({ labelNames }: Words, names: number, outputs: number): LabelCount {
  if (names === outputs) return { isRight: true, text: labelNames.right(names, outputs) };
  if (names > outputs) return { isRight: false, text: labelNames.tooMany(names, outputs) };
  const isBackground = outputs - names === 1 && outputs > 2;
  return { isRight: false, text: labelNames.missing(names, outputs, isBackground) };
}
