import { WordedError } from '../../protocol/errors.ts';
import type { Sentence, Text } from '../../protocol/sentence.ts';
import { aboutLabels } from '../../protocol/sentences/labels.ts';
/** Names of a model's outputs, as they stood in a file, in metadata, or were pasted. */
export interface LabelList {
  /** In the order of the outputs. A number without a name is `???` (see noClass.ts). */
  readonly labels: readonly string[];
  /** What the text was, such as "numbered lines"; `lines` is the usual one. */
  readonly form: Text;
  /** What a person should check. */
  readonly warnings: readonly Sentence[];
}

/** What was read, for a person: "3 labels: red, green, blue (numbered lines)". */
export function labelsInWords({ labels, form }: Pick<LabelList, 'labels' | 'form'>): string {
  const some = labels.slice(0, 5).join(', ') + (labels.length > 5 ? ', …' : '');
  const count = labels.length === 1 ? '1 label' : `${labels.length.toLocaleString('en')} labels`;
  return `${count}: ${some}${form === 'lines' ? '' : ` (${form})`}`;
}

/** The text or file holds no labels; the message says what it is and what was expected. */
export class LabelsError extends WordedError {
  override readonly name = 'LabelsError';
}

/** Maximum number of labels, and of characters in one; `ImportOptions` takes no more. */
export const MAX_LABELS = 100_000;
export const MAX_LABEL_LENGTH = 200;
/** Maximum size of a label file, bytes. */
export const MAX_LABEL_BYTES = 10_000_000;

/** Stands for a number that no class has. */
export const HOLE = '???';

/** Cleans what a reader found, and says what is strange about it. @throws LabelsError where it is no list of labels */
export function finishLabels(names: readonly string[], form: Text, warnings: readonly Sentence[] = []) {
  if (names.length > MAX_LABELS) {
    throw new LabelsError(
      aboutLabels('too_many_names', {
        count: names.length.toLocaleString('en'),
        max: MAX_LABELS.toLocaleString('en'),
      }),
    );
  }
  const whole = names.map(toOneLine);
  if (whole.every((label) => label === '' || label === HOLE)) {
    throw new LabelsError(aboutLabels('no_names'));
  }
  const long = whole.findIndex((label) => label.length > MAX_LABEL_LENGTH);
  if (whole.filter((label) => label.length > MAX_LABEL_LENGTH).length > whole.length / 2) {
    throw new LabelsError(aboutLabels('prose'));
  }
  const labels = whole.map((label) => cut(label) || HOLE);
  const all = [...warnings];
  if (long >= 0) {
    all.push(aboutLabels('long_name', { output: long, max: MAX_LABEL_LENGTH }));
  }
  const twice = firstDuplicate(labels);
  if (twice) all.push(aboutLabels('same_name', twice));
  return { labels, form, warnings: all } satisfies LabelList;
}

/** What breaks lines or cannot be seen becomes a space. */
const toOneLine = (label: string): string =>
  label
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\uFEFF]+/gu, ' ')
    .replace(/\p{Cs}/gu, '\uFFFD')
    .trim();

/** No half of a character is left at the end. */
const cut = (label: string): string =>
  label.length <= MAX_LABEL_LENGTH
    ? label
    : label
        .slice(0, MAX_LABEL_LENGTH)
        .replace(/[\uD800-\uDBFF]$/, '')
        .trimEnd();

function firstDuplicate(labels: readonly string[]) {
  const seen = new Map<string, number>();
  for (const [second, label] of labels.entries()) {
    const first = seen.get(label);
    if (first !== undefined) return { label, first, second };
    if (label !== HOLE && !/^n\/a$/i.test(label)) seen.set(label, second);
  }
  return undefined;
}

/**
 * Names by number, as a list from the first output on.
 * @param isOutput the numbers are those of the outputs; else a list without 0 counts from 1
 * @throws LabelsError where numbers repeat or hardly any output has a name
 */
export function byNumber(
  entries: readonly (readonly [number: number, name: string])[],
  { isOutput }: { isOutput: boolean },
): { names: string[]; first: number; warnings: Sentence[] } {
  const numbers = entries.map(([number]) => number);
  const lowest = numbers.reduce((least, number) => Math.min(least, number), Number.POSITIVE_INFINITY);
  const first = isOutput || lowest === 0 ? 0 : 1;
  const count = numbers.reduce((most, number) => Math.max(most, number), -1) + 1 - first;
  const holes = count - new Set(numbers).size;
  if (count > MAX_LABELS || holes > 2 * entries.length + 10) {
    throw new LabelsError(
      aboutLabels('sparse_numbers', {
        highest: count - 1 + first,
        count: entries.length.toLocaleString('en'),
      }),
    );
  }
  const names = Array.from({ length: count }, () => HOLE);
  const named = new Set<number>();
  for (const [number, name] of entries) {
    if (named.has(number)) throw new LabelsError(aboutLabels('number_twice', { number }));
    named.add(number);
    names[number - first] = name;
  }
  const missing = names.flatMap((_, at) => (named.has(at + first) ? [] : [at + first]));
  const some = missing.slice(0, 5).join(', ') + (missing.length > 5 ? ', …' : '');
  const warnings =
    missing.length === 0 ? [] : [aboutLabels('no_name', { count: missing.length, numbers: some })];
  return { names, first, warnings };
}

/** @param first the number that the first name has */
export const countedFrom = (first: number, form: Sentence): Sentence =>
  first === 0 ? form : aboutLabels('form_from_1', { form });
