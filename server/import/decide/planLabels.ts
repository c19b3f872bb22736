import type { ImportableTask } from '../../../protocol/models.ts';
import { reason } from '../../../protocol/sentences/decisions.ts';
import { warn } from '../../../protocol/sentences/warnings.ts';
import { beginsWithBackground, isHole } from '../../../vision/labels/noClass.ts';
import { type Warning, warning } from '../warning.ts';
import { COCO_IDS, cocoByIds, cocoClasses, isCoco } from './cocoLabels.ts';
import type { Decisions, Guess } from './decisions.ts';

export function planLabels(
  count: number,
  task: ImportableTask,
  decisions: Decisions,
): { labels: readonly string[]; warnings: Warning[] } {
  const declared = decisions.known('labels');
  // What a detector's list says of the background has no place among its things.
  const isOfThings = task === 'object-detection' || task === 'instance-segmentation';
  const isNamed = isOfThings && declared && declared.length > count && beginsWithBackground(declared);
  const known = isNamed ? declared.slice(1) : declared;
  const numbered = (line: number) => `class ${line}`;
  const hasCocoIds = isOfThings && (count === COCO_IDS || count === COCO_IDS - 1);
  const byIds = (names: readonly string[]) =>
    cocoByIds(names, count).map((label, line) => label ?? numbered(line + COCO_IDS - count));
  if (known === undefined) {
    const isOfCoco = hasCocoIds || (isOfThings && count === cocoClasses.length);
    const names = cocoClasses.map(({ label }) => label);
    const labels = hasCocoIds
      ? byIds(names)
      : isOfCoco
        ? names
        : Array.from({ length: count }, (_, line) => numbered(line));
    decisions.choose('labels', {
      value: labels,
      how: 'assumed',
      why: reason(hasCocoIds ? 'coco_ids' : isOfCoco ? 'usual_labels_coco' : 'no_class_names'),
    });
    const said = warn(isOfCoco ? 'no_labels_coco' : 'no_labels', { classes: count });
    return { labels, warnings: [warning('no_labels', said)] };
  }
  if (hasCocoIds && isCoco(known)) {
    const labels = byIds(known);
    return { labels: decisions.rule('labels', labels, reason('coco_ids')), warnings: [] };
  }
  // A number that no class has is no name to show.
  const cleaned = known.map((label, line) => (isHole(label) ? numbered(line) : cleanLabel(label)));
  if (cleaned.length === count) {
    decisions.choose('labels', labelsGuess(cleaned));
    return { labels: cleaned, warnings: [] };
  }
  decisions.choose('labels', labelsGuess(cleaned));
  const isBackgroundMissing = cleaned.length === count - 1 && count > 2;
  const all = isBackgroundMissing ? ['background', ...cleaned] : cleaned;
  const labels = Array.from({ length: count }, (_, line) => all[line] ?? numbered(line));
  return {
    labels,
    warnings: [
      {
        ...warning(
          'label_count',
          warn(isBackgroundMissing ? 'label_count_background' : 'label_count', {
            classes: count,
            labels: cleaned.length,
          }),
        ),
        ...(isBackgroundMissing ? { suggestion: { labels: [...labels] } } : {}),
      },
    ],
  };
}

const labelsGuess = (value: string[]): Guess<'labels'> => ({ value, how: 'inferred', why: '' });

/** One line of text: what breaks lines, or is no character to be seen, becomes a space. */
const cleanLabel = (label: string): string =>
  label
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, 200);
