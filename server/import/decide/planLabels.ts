import type { ImportableTask } from '../../../protocol/models.ts';
import { beginsWithBackground, isHole } from '../../../vision/labels/noClass.ts';
import { reason } from '../reasons.ts';
import type { Warning } from '../warning.ts';
import { cocoClasses } from './cocoLabels.ts';
import type { Decisions, Guess } from './decisions.ts';

export function planLabels(
  count: number,
  task: ImportableTask,
  decisions: Decisions,
): { labels: readonly string[]; warnings: Warning[] } {
  const declared = decisions.known('labels');
  // What a detector's list says of the background has no place among its things.
  const isNamed =
    task === 'object-detection' && declared && declared.length > count && beginsWithBackground(declared);
  const known = isNamed ? declared.slice(1) : declared;
  const numbered = (line: number) => `class ${line}`;
  if (known === undefined) {
    const isCoco = task === 'object-detection' && count === cocoClasses.length;
    const labels = isCoco
      ? cocoClasses.map(({ label }) => label)
      : Array.from({ length: count }, (_, line) => numbered(line));
    decisions.choose('labels', {
      value: labels,
      how: 'assumed',
      why: reason(isCoco ? 'usual_labels_coco' : 'no_class_names'),
    });
    const message = isCoco
      ? 'Nothing names the 80 classes; they are assumed to be those of COCO. Give the labels if that is wrong.'
      : `Nothing names the ${count} classes. Give their labels, one per line.`;
    return { labels, warnings: [{ code: 'no_labels', message, values: { classes: count } }] };
  }
  // A number that no class has is no name to show.
  const cleaned = known.map((label, line) => (isHole(label) ? numbered(line) : cleanLabel(label)));
  if (cleaned.length === count) {
    decisions.choose('labels', labelsGuess(cleaned));
    return { labels: cleaned, warnings: [] };
  }
  decisions.choose('labels', labelsGuess(cleaned));
  const isBackgroundMissing = cleaned.length === count - 1;
  const all = isBackgroundMissing && count > 2 ? ['background', ...cleaned] : cleaned;
  const labels = Array.from({ length: count }, (_, line) => all[line] ?? numbered(line));
  return {
    labels,
    warnings: [
      {
        code: 'label_count',
        values: { classes: count, labels: cleaned.length },
        message: `The model has ${count} classes, and there are ${cleaned.length} labels. ${
          isBackgroundMissing && count > 2
            ? 'The first class is treated as "background", as in TensorFlow.'
            : 'Missing labels are numbered, and extra ones are ignored; the names are probably wrong.'
        }`,
        ...(isBackgroundMissing && count > 2 ? { suggestion: { labels: [...labels] } } : {}),
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
