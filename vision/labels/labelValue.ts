import type { Sentence } from '../../protocol/sentence.ts';
import { aboutLabels } from '../../protocol/sentences/labels.ts';
import { byNumber, countedFrom, HOLE, LabelsError } from './labelList.ts';
import type { PythonValue } from './pythonLiteral.ts';

/** Keys under which tools write labels, in the order in which they are looked for. */
const KEYS = [
  'labels',
  'names',
  'classes',
  'class_names',
  'classnames',
  'label_names',
  'label_list',
  'id2label',
  'label2id',
  'class_to_idx',
  'class_indices',
  'vocab',
  'categories',
  'label_map',
  'labelmap',
];
const NAME_KEYS = ['display_name', 'displayName', 'name', 'label', 'class', 'title', 'className'];
const NUMBER_KEYS = ['id', 'index', 'class_id', 'classId', 'idx'];
const MAX_DEPTH = 3;

const spelled = (key: string) => key.toLowerCase().replace(/[-\s]/g, '_');
/** Whether tools write labels under this key. */
export const isLabelKey = (key: string): boolean => KEYS.includes(spelled(key));

interface Options {
  /** Numbers are those of the outputs, as in a model's own configuration; else a list without 0 counts from 1. */
  readonly isOutput: boolean;
}

interface Found {
  readonly names: string[];
  readonly form: Sentence;
  readonly warnings: Sentence[];
}

/** Labels in what JSON, YAML or Python gave, in whatever way tools write them. @throws LabelsError */
export function labelsInValue(value: unknown, options: Options = { isOutput: false }): Found {
  const found = findLabels(value, options);
  if (found) return found;
  throw new LabelsError(aboutLabels('no_labels_in_value'));
}

/** The same of what may hold no labels; undefined then. @throws LabelsError where numbers make no sense */
export const findLabels = (value: unknown, options: Options = { isOutput: false }): Found | undefined =>
  find(asObject(value), options, 0);

/** Dicts of Python as objects, their keys as text. */
function asObject(value: unknown): unknown {
  if (!(value instanceof Map)) return value;
  return Object.fromEntries(
    [...(value as Map<PythonValue, PythonValue>)].map(([key, of]) => [String(key), asObject(of)]),
  );
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function find(value: unknown, options: Options, depth: number): Found | undefined {
  if (Array.isArray(value)) return fromList(value, options);
  if (!isObject(value)) return undefined;
  const direct = fromNumbered(value, options) ?? fromNames(value, options);
  if (direct) return direct;
  if (depth >= MAX_DEPTH) return undefined;
  const keys = Object.keys(value);
  let generic: Found | undefined;
  for (const wanted of KEYS) {
    const isOutput = options.isOutput || wanted === 'id2label' || wanted === 'label2id';
    for (const key of keys.filter((one) => spelled(one) === wanted)) {
      const found = find(asObject(value[key]), { isOutput }, depth + 1);
      if (!found) continue;
      const named = {
        ...found,
        names: described(found.names, value),
        form: aboutLabels('form_under_key', { key, form: found.form }),
      };
      if (!isGeneric(named.names)) return named;
      generic ??= named;
    }
  }
  if (generic) return generic;
  for (const key of keys.slice(0, 100)) {
    const below = asObject(value[key]);
    const found = isObject(below) ? findBelowKeys(below, options, depth + 1) : undefined;
    if (found) return found;
  }
  return undefined;
}

/** What transformers writes where the classes were not named. */
export const isGeneric = (names: readonly string[]): boolean =>
  names.every((name) => /^LABEL_\d+$/.test(name));

/** timm's names are ImageNet's numbers, and their descriptions are in a field of their own. */
function described(names: string[], { label_descriptions: texts }: Record<string, unknown>): string[] {
  const byName = asObject(texts);
  if (!isObject(byName)) return names;
  return names.map((name) => {
    const text = Object.hasOwn(byName, name) ? byName[name] : undefined;
    return typeof text === 'string' && text.trim() !== '' ? text : name;
  });
}

/** Not any object with numbers in it: only the value of a key that means labels. */
function findBelowKeys(value: Record<string, unknown>, options: Options, depth: number): Found | undefined {
  return Object.keys(value).some(isLabelKey) && depth < MAX_DEPTH
    ? find(Object.fromEntries(Object.entries(value).filter(([key]) => isLabelKey(key))), options, depth)
    : undefined;
}

function fromList(list: readonly unknown[], options: Options): Found | undefined {
  const plain = list.map((item) => (isObject(asObject(item)) ? undefined : nameOf(item)));
  if (list.length > 0 && plain.every((name) => name !== undefined)) {
    return { names: plain, form: aboutLabels('form_list'), warnings: [] };
  }
  // COCO's categories, and lists of the kind.
  const items = list.map(asObject);
  if (list.length === 0 || !items.every(isObject)) return undefined;
  const names = items.map(nameOf);
  const numbers = items.map((item) =>
    numberIn(NUMBER_KEYS.map((key) => item[key]).find((one) => one !== undefined)),
  );
  if (!names.every((name) => name !== undefined)) return undefined;
  if (!numbers.every((number) => number !== undefined))
    return { names, form: aboutLabels('form_list'), warnings: [] };
  return numberedForm(
    numbers.map((number, at) => [number, names[at] ?? ''] as const),
    aboutLabels('form_numbered_list'),
    options,
  );
}

/** `{"0": "cat"}`, `{"0": ["n02123045", "tabby"]}`, `{"0": {"name": "cat"}}`. */
function fromNumbered(value: Record<string, unknown>, options: Options): Found | undefined {
  const entries = Object.entries(value);
  const numbers = entries.map(([key]) => (/^\d{1,9}$/.test(key) ? Number(key) : undefined));
  const names = entries.map(([, name]) => (typeof name === 'number' ? undefined : nameOf(name)));
  if (entries.length === 0 || !numbers.every((one) => one !== undefined)) return undefined;
  if (!names.every((one) => one !== undefined)) return undefined;
  return numberedForm(
    numbers.map((number, at) => [number, names[at] ?? ''] as const),
    aboutLabels('form_numbers_to_names'),
    options,
  );
}

/** `{"cat": 0, "dog": 1}`, as transformers' label2id and Keras' class_indices have it. */
function fromNames(value: Record<string, unknown>, options: Options): Found | undefined {
  const entries = Object.entries(value).map(([name, number]) => [numberIn(number), name] as const);
  const isEach = entries.every((entry): entry is readonly [number, string] => entry[0] !== undefined);
  if (entries.length === 0 || !isEach) return undefined;
  const numbers = entries.map(([number]) => number);
  // An object of settings has numbers, too; those of classes begin at 0 or 1 and are not twice there.
  if (new Set(numbers).size < numbers.length) return undefined;
  const lowest = numbers.reduce((least, one) => Math.min(least, one), Number.POSITIVE_INFINITY);
  const highest = numbers.reduce((most, one) => Math.max(most, one), 0);
  if (lowest > 1 || highest > 2 * entries.length + 10) return undefined;
  return numberedForm(entries, aboutLabels('form_names_to_numbers'), options);
}

function numberedForm(
  entries: readonly (readonly [number, string])[],
  form: Sentence,
  options: Options,
): Found {
  const { names, first, warnings } = byNumber(entries, options);
  return { names, form: countedFrom(first, form), warnings };
}

const numberIn = (value: unknown): number | undefined => {
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
};

function nameOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null) return HOLE;
  // `["n02123045", "tabby"]`: the name follows ImageNet's number for it.
  if (Array.isArray(value)) {
    const texts = value.filter((one) => typeof one === 'string');
    return texts.length === value.length ? texts.find((one) => !/^n\d{8}$/.test(one)) : undefined;
  }
  const object = asObject(value);
  if (!isObject(object)) return undefined;
  const key = NAME_KEYS.find((one) => typeof object[one] === 'string');
  return key === undefined ? undefined : (object[key] as string);
}
