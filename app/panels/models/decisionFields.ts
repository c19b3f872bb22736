import * as v from 'valibot';
import { ImportOptions } from '../../../protocol/models.ts';
import { RESAMPLES } from '../../../protocol/steps.ts';

export type Field = Exclude<keyof ImportOptions, 'labels' | 'steps'>;

interface Choice {
  value: string;
  name: string;
}

/** How a person says a field. */
type Control =
  | { kind: 'choice'; choices: readonly Choice[] }
  | { kind: 'number' }
  /** Three numbers, one for each channel. */
  | { kind: 'numbers' }
  | { kind: 'text' };

const same = (...values: string[]): readonly Choice[] => values.map((value) => ({ value, name: value }));

/** What can be said about a model, in the order in which a picture meets it. */
export const FIELDS: Readonly<Record<Field, { name: string; control: Control }>> = {
  name: { name: 'Name', control: { kind: 'text' } },
  id: { name: 'Id', control: { kind: 'text' } },
  task: {
    name: 'Task',
    control: {
      kind: 'choice',
      choices: [
        { value: 'object-detection', name: 'object detection' },
        { value: 'image-classification', name: 'image classification' },
        { value: 'image-embedding', name: 'image embedding' },
      ],
    },
  },
  output: { name: 'Output', control: { kind: 'text' } },
  width: { name: 'Width, pixels', control: { kind: 'number' } },
  height: { name: 'Height, pixels', control: { kind: 'number' } },
  fit: {
    name: 'Fit',
    control: {
      kind: 'choice',
      choices: [
        { value: 'stretch', name: 'stretch each side' },
        { value: 'crop', name: 'crop the middle' },
        { value: 'letterbox', name: 'letterbox in grey' },
      ],
    },
  },
  crop: { name: 'Crop fraction', control: { kind: 'number' } },
  resample: { name: 'Resampling', control: { kind: 'choice', choices: same(...RESAMPLES) } },
  layout: { name: 'Layout', control: { kind: 'choice', choices: same('NCHW', 'NHWC') } },
  channels: { name: 'Channels', control: { kind: 'choice', choices: same('RGB', 'BGR') } },
  scale: { name: 'Scale', control: { kind: 'number' } },
  mean: { name: 'Mean', control: { kind: 'numbers' } },
  std: { name: 'Standard deviation', control: { kind: 'numbers' } },
  head: {
    name: 'Detection head',
    control: {
      kind: 'choice',
      choices: same('ssd', 'detr', 'yolo-v5', 'yolo-v8', 'yolo-end-to-end', 'boxes-scores-classes'),
    },
  },
  boxOrder: {
    name: 'Numbers of a box',
    control: {
      kind: 'choice',
      choices: [
        { value: 'left-top-right-bottom', name: 'left, top, right, bottom' },
        { value: 'top-left-bottom-right', name: 'top, left, bottom, right' },
        { value: 'centre-width-height', name: 'centre x and y, width, height' },
        { value: 'left-top-width-height', name: 'left, top, width, height' },
      ],
    },
  },
  activation: {
    name: 'Activation',
    control: { kind: 'choice', choices: same('none', 'softmax', 'sigmoid') },
  },
  multiLabel: {
    name: 'Several labels at once',
    control: {
      kind: 'choice',
      choices: [
        { value: 'true', name: 'yes' },
        { value: 'false', name: 'no' },
      ],
    },
  },
  minScore: { name: 'Default confidence', control: { kind: 'number' } },
  license: { name: 'Licence (SPDX)', control: { kind: 'text' } },
};

export const isField = (name: string): name is Field => Object.hasOwn(FIELDS, name);

/** What stands in the control of a field at first: what a person said, else what was decided. */
export function textOf(field: Field, said: ImportOptions, decided: string | undefined): string {
  const value = said[field];
  if (value !== undefined) return Array.isArray(value) ? value.join(', ') : String(value);
  if (decided === undefined) return '';
  const { control } = FIELDS[field];
  switch (control.kind) {
    case 'choice': {
      const words = decided.toLowerCase();
      const exact = control.choices.find((one) =>
        [one.value, one.name].some((name) => name.toLowerCase() === words),
      );
      const near = exact ?? control.choices.find((one) => words.startsWith(one.value.toLowerCase()));
      return near?.value ?? '';
    }
    case 'number':
      return decided.match(NUMBER)?.[0] ?? '';
    case 'numbers':
      return decided.match(new RegExp(NUMBER, 'g'))?.slice(0, 3).join(', ') ?? '';
    case 'text':
      return decided;
    default:
      return control satisfies never;
  }
}

/** A number, or a fraction such as 1/255. */
const NUMBER = /-?\d+(\.\d+)?(e-?\d+)?(\/\d+(\.\d+)?)?/i;

/**
 * What a control's text says of a field.
 * @throws Error in words for a person
 */
export function optionOf(field: Field, text: string): ImportOptions {
  const parsed = v.safeParse(ImportOptions, { [field]: saidValue(field, text.trim()) });
  if (parsed.success) return parsed.output;
  throw new Error(`${FIELDS[field].name}: ${EXPECTED[FIELDS[field].control.kind]}.`);
}

const EXPECTED = {
  choice: 'choose one of the list',
  number: 'a number was expected, within what the field can be',
  numbers: 'three numbers were expected, such as 0.485, 0.456, 0.406',
  text: 'this cannot be used; an id has lower case letters, digits, ".", "_" and "-"',
} as const;

function saidValue(field: Field, text: string): unknown {
  const { control } = FIELDS[field];
  if (field === 'multiLabel') return text === 'true' ? true : text === 'false' ? false : text;
  switch (control.kind) {
    case 'number':
      return readNumber(text);
    case 'numbers': {
      const numbers = text
        .split(/[\s,;[\]()]+/)
        .filter((part) => part !== '')
        .map(readNumber);
      const [one] = numbers;
      // The same for each channel.
      return numbers.length === 1 ? [one, one, one] : numbers;
    }
    default:
      return text;
  }
}

function readNumber(text: string): number {
  const [over = '', under = '1', ...more] = text.replace(',', '.').split('/');
  return over.trim() === '' || more.length > 0 ? Number.NaN : Number(over) / Number(under);
}
