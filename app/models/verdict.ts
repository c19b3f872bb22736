import type { ImportReport } from '../../protocol/models.ts';
import { isOutsideReference } from '../../vision/golden.ts';

export interface Verdict {
  readonly isGood: boolean;
  readonly text: string;
}

/** What a person should think of a model that was checked, in a sentence. */
export function verdictOf({ warnings, samples, goldens, task }: ImportReport): Verdict {
  if (warnings.length > 0) {
    const text = warnings.every(({ code }) => code === 'no_labels')
      ? 'It runs, but its answers have no names yet.'
      : `It runs, but ${warnings.length === 1 ? 'something looks' : `${warnings.length} things look`} wrong: read on before you make it live.`;
    return { isGood: false, text };
  }
  const saysNothing = task !== 'image-embedding' && samples.every(({ labels }) => labels.length === 0);
  if (saysNothing)
    return { isGood: false, text: 'It runs, but found nothing in any of the sample pictures.' };
  if (goldens.count > 0 && isOutsideReference(goldens.recordedBy)) {
    return { isGood: true, text: `It gives the same answers here as in ${goldens.recordedBy}.` };
  }
  return task === 'image-embedding'
    ? { isGood: true, text: 'It runs, and nothing looks wrong.' }
    : { isGood: true, text: 'It runs, and nothing looks wrong. See whether its answers are right:' };
}
