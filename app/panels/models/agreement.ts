import type { ImportReport } from '../../../protocol/models.ts';
import { isOutsideReference } from '../../../vision/golden.ts';
import { difference } from '../../ui/values.ts';
import type { Words } from '../../ui/words/en.ts';

/** What is known of a model's answers: whether it gives here what it gave where it was trained. */
export function agreementText(
  { agreement }: Pick<Words, 'agreement'>,
  { count, recordedBy, largestDifference }: ImportReport['goldens'],
): string {
  if (count === 0) return agreement.none;
  if (recordedBy === undefined) return agreement.notRun(count);
  if (!isOutsideReference(recordedBy)) return agreement.noReference;
  if (largestDifference === undefined) return agreement.notRunOf(count, recordedBy);
  return largestDifference === 0
    ? agreement.exact(recordedBy)
    : agreement.within(recordedBy, difference(largestDifference));
}
