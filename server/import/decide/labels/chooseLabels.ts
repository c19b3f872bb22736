import type { Sentence, Text } from '../../../../protocol/sentence.ts';
import { reason } from '../../../../protocol/sentences/decisions.ts';
import { aboutLabels } from '../../../../protocol/sentences/labels.ts';
import { isHole } from '../../../../vision/labels/noClass.ts';
import type { LabelSource } from './labelSource.ts';

export interface ChosenLabels {
  readonly labels: readonly string[];
  /** Where they come from, and why these. */
  readonly why: Text;
  readonly warnings: readonly Sentence[];
}

type Shapes = readonly (readonly number[])[];

/**
 * Of several places that name the outputs, the first whose count fits what the model gives; the first of all where no
 * count shows in it. Says which it is, and where others with as many names differ.
 *
 * @param sources the likeliest first
 * @param shapes of the model's outputs, as it gave them
 */
export function chooseLabels(sources: readonly LabelSource[], shapes: Shapes): ChosenLabels | undefined {
  const [first] = sources;
  if (first === undefined) return undefined;
  const ranked = sources.map((source) => ({ source, fit: fitOf(source.labels.length, shapes) }));
  const best = Math.max(...ranked.map(({ fit }) => fit));
  const { source: chosen } = ranked.find(({ fit }) => fit === best) ?? { source: first };
  const passed = sources.slice(0, sources.indexOf(chosen));
  const why =
    passed.length === 0
      ? describe(chosen)
      : reason('labels_passed', {
          chosen: describe(chosen),
          passed: passed.map(({ from, labels }) => reason('has_names', { from, count: labels.length })),
        });
  const warnings = chosen.warnings.map((message) =>
    aboutLabels('labels_in_file', { from: chosen.from, message }),
  );
  for (const other of sources) {
    const at = other === chosen ? -1 : firstDifference(chosen.labels, other.labels);
    if (at < 0) continue;
    warnings.push(
      aboutLabels('labels_differ', {
        first: chosen.from,
        second: other.from,
        at,
        here: chosen.labels[at] ?? '',
        there: other.labels[at] ?? '',
      }),
    );
    break;
  }
  return { labels: chosen.labels, why, warnings };
}

const describe = ({ from, form }: LabelSource): Text =>
  form === 'lines' || form === '' ? from : reason('in_form', { from, form });

/** 2: as many as one output has scores; 1: with boxes or a background among them; 0: nothing shows it. */
function fitOf(count: number, shapes: Shapes): 0 | 1 | 2 {
  let fit: 0 | 1 | 2 = 0;
  for (const shape of shapes) {
    const last = shape.at(-1) ?? 0;
    const isTable = shape.length > 2;
    // Boxes, or rows of detections that were picked: box, score, class, and the picture's number at times.
    if (last === 4 && (isTable || shapes.length > 1)) continue;
    if (isTable && (last === 6 || last === 7)) continue;
    if (last === count) return 2;
    // x, y, width, height, and whether something is there, stand before the scores.
    const columns = isTable ? shape.slice(1).flatMap((side) => [side, side - 4, side - 5]) : [];
    if (last === count + 1 || columns.includes(count)) fit = 1;
  }
  return fit;
}

/** The first output whose names are not the same but for spelling; -1 where there is none, or the counts differ. */
function firstDifference(one: readonly string[], other: readonly string[]): number {
  if (one.length !== other.length) return -1;
  return one.findIndex((label, at) => {
    const second = other[at] ?? '';
    if (isHole(label) || isHole(second)) return false;
    const [a, b] = [spelled(label), spelled(second)];
    // "tench" and "tench, Tinca tinca".
    return a !== b && spelled(label.split(',')[0] ?? '') !== spelled(second.split(',')[0] ?? '');
  });
}

const spelled = (label: string): string =>
  label
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
    .trim();
