/** Names of a model's outputs, as they stood in a file, in metadata, or were pasted. */
export interface LabelList {
  /** In the order of the outputs. A number without a name is `???` (see noClass.ts). */
  readonly labels: readonly string[];
  /** What the text was, for a reader, such as "numbered lines". */
  readonly form: string;
  /** What a person should check: a sentence each. */
  readonly warnings: readonly string[];
}

/** What was read, for a person: "3 labels: red, green, blue (numbered lines)". */
export function labelsInWords({ labels, form }: Pick<LabelList, 'labels' | 'form'>): string {
  const some = labels.slice(0, 5).join(', ') + (labels.length > 5 ? ', …' : '');
  const count = labels.length === 1 ? '1 label' : `${labels.length.toLocaleString('en')} labels`;
  return `${count}: ${some}${form === 'lines' ? '' : ` (${form})`}`;
}

/** The text or file holds no labels; the message says what it is and what was expected. */
export class LabelsError extends Error {
  override readonly name = 'LabelsError';
}

/** Maximum number of labels, and of characters in one; `ImportOptions` takes no more. */
export const MAX_LABELS = 100_000;
export const MAX_LABEL_LENGTH = 200;
/** Maximum size of a label file, bytes. */
export const MAX_LABEL_BYTES = 10_000_000;

/** Stands for a number that no class has. */
export const HOLE = '???';

const EXPECTED = 'One name on each line was expected, in the order of the outputs.';

/** Cleans what a reader found, and says what is strange about it. @throws LabelsError where it is no list of labels */
export function finishLabels(names: readonly string[], form: string, warnings: readonly string[] = []) {
  if (names.length > MAX_LABELS) {
    throw new LabelsError(
      `These are ${names.length.toLocaleString('en')} names; at most ${MAX_LABELS.toLocaleString('en')} are taken.`,
    );
  }
  const whole = names.map(toOneLine);
  if (whole.every((label) => label === '' || label === HOLE)) {
    throw new LabelsError(`There are no names here. ${EXPECTED}`);
  }
  const long = whole.findIndex((label) => label.length > MAX_LABEL_LENGTH);
  if (whole.filter((label) => label.length > MAX_LABEL_LENGTH).length > whole.length / 2) {
    throw new LabelsError(`This is a text, not a list of labels. ${EXPECTED}`);
  }
  const labels = whole.map((label) => cut(label) || HOLE);
  const said = [...warnings];
  if (long >= 0) {
    said.push(
      `The name of output ${long} has more than ${MAX_LABEL_LENGTH} characters; the rest is left out.`,
    );
  }
  const twice = firstDuplicate(labels);
  if (twice) {
    said.push(
      `Outputs ${twice.first} and ${twice.second} are both called "${twice.label}"; ` +
        'answers do not distinguish them. Rename one if they differ.',
    );
  }
  return { labels, form, warnings: said } satisfies LabelList;
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
): { names: string[]; first: number; warnings: string[] } {
  const numbers = entries.map(([number]) => number);
  const lowest = numbers.reduce((least, number) => Math.min(least, number), Number.POSITIVE_INFINITY);
  const first = isOutput || lowest === 0 ? 0 : 1;
  const count = numbers.reduce((most, number) => Math.max(most, number), -1) + 1 - first;
  const holes = count - new Set(numbers).size;
  if (count > MAX_LABELS || holes > 2 * entries.length + 10) {
    throw new LabelsError(
      `The numbers go up to ${count - 1 + first}, and only ${entries.length.toLocaleString('en')} have a name. ` +
        'Each output needs one, from 0 up.',
    );
  }
  const names = Array.from({ length: count }, () => HOLE);
  const named = new Set<number>();
  for (const [number, name] of entries) {
    if (named.has(number)) throw new LabelsError(`Number ${number} has two names. Leave one of them.`);
    named.add(number);
    names[number - first] = name;
  }
  const missing = names.flatMap((_, at) => (named.has(at + first) ? [] : [at + first]));
  const some = missing.slice(0, 5).join(', ') + (missing.length > 5 ? ', …' : '');
  const warnings =
    missing.length === 0
      ? []
      : [`No name is given for ${missing.length === 1 ? 'number' : 'numbers'} ${some}.`];
  return { names, first, warnings };
}
