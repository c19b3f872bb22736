import type { ImportReport } from '../../../protocol/models.ts';
import { isOutsideReference } from '../../../vision/golden.ts';

export interface Verdict {
  readonly isGood: boolean;
  readonly text: string;
}

/** What a person should think of a model that was checked, in a sentence. */
export function verdictOf({ warnings, samples, goldens, task, evidence }: ImportReport): Verdict {
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
  if (evidence?.kind === 'named pictures') {
    const { right = 0, of = 0 } = evidence;
    const isGood = right * 2 > of;
    return {
      isGood,
      text: `It runs, and ${isGood ? '' : 'only '}${right} of ${of} pictures of known labels get theirs.`,
    };
  }
  return task === 'image-embedding'
    ? { isGood: true, text: 'It runs.' }
    : { isGood: true, text: 'It runs. See whether its answers are right:' };
}
