import type { ImportReport } from '../../../protocol/models.ts';
import { isOutsideReference } from '../../../vision/golden.ts';
import { givesLabels } from '../../../vision/tasks/taskOf.ts';
import type { Words } from '../../ui/words/en.ts';

export interface Verdict {
  readonly isGood: boolean;
  readonly text: string;
}

/** What a person should think of a model that was checked, in a sentence. */
export function verdictOf(
  { verdicts }: Words,
  { warnings, samples, goldens, task, evidence }: ImportReport,
): Verdict {
  if (warnings.length > 0) {
    const isUnnamed = warnings.every(({ code }) => code === 'no_labels');
    const wrong = warnings.length === 1 ? verdicts.oneWrong : verdicts.moreWrong(warnings.length);
    return { isGood: false, text: isUnnamed ? verdicts.noNames : wrong };
  }
  const saysNothing = givesLabels(task) && samples.every(({ labels }) => labels.length === 0);
  if (saysNothing) return { isGood: false, text: verdicts.saysNothing };
  // Another runtime that got the pictures as they are prepared here proves the network alone: that is no evidence.
  if (evidence?.kind === 'goldens' && isOutsideReference(goldens.recordedBy)) {
    return { isGood: true, text: verdicts.sameAs(goldens.recordedBy) };
  }
  if (evidence?.kind === 'named pictures') {
    const { right = 0, of = 0 } = evidence;
    const isGood = right * 2 > of;
    return { isGood, text: isGood ? verdicts.namedRight(right, of) : verdicts.namedWrong(right, of) };
  }
  return { isGood: true, text: givesLabels(task) ? verdicts.seeSamples : verdicts.runs };
}
