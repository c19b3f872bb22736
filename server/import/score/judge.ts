import type { JudgedPicture, ModelScore, VersionScore } from '../../../protocol/score.ts';
import type { Manifest } from '../../../vision/manifest.ts';
import type { Size } from '../../../vision/steps.ts';
import type { PictureAnswer } from '../../../vision/tasks/taskOf.ts';
import type { PictureFile } from '../pictures/pictureFiles.ts';

/** Compares what one version says with the truth, picture by picture. Another kind of truth is another one of these. */
export interface Judge {
  /** Pictures whose truth is known. */
  readonly pictures: readonly PictureFile[];
  /**
   * @param size of the picture, pixels
   * @returns why it cannot be judged, where its truth cannot be read
   */
  see(picture: PictureFile, answer: PictureAnswer, size: Size): Promise<string | undefined> | undefined;
  /** Of all pictures that were seen. */
  result(): JudgeResult;
}

export type JudgeResult = Omit<VersionScore, 'version' | 'score'> & { score: Unsigned<ModelScore> };

/** Without when, and of which folder: that is the same for all. */
type Unsigned<Score> = Score extends unknown ? Omit<Score, 'at' | 'set'> : never;

/** What is judged. */
export interface JudgedVersion {
  readonly manifest: Manifest;
  readonly labels: readonly string[];
}

/** The worst first, those without a fault not at all. */
export const worstOf = (pictures: readonly JudgedPicture[], most: number): JudgedPicture[] =>
  pictures
    .filter(({ faults }) => faults > 0)
    .toSorted((a, b) => b.faults - a.faults || (a.picture < b.picture ? -1 : 1))
    .slice(0, most);

/** Of those that are numbers. */
export const numbersIn = (values: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => !Number.isNaN(value)));

/** `cat, dog and 3 others` */
export function someOf(names: readonly string[], most = 5): string {
  const others = names.length - most;
  return names.slice(0, most).join(', ') + (others > 0 ? ` and ${others} others` : '');
}
