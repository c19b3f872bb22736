import * as v from 'valibot';
import { ImportOptions } from '../../../protocol/models.ts';
import { RESAMPLES } from '../../../protocol/steps.ts';
import { ANCHOR_FAMILIES, DETECTION_HEADS } from '../../../protocol/vocabulary.ts';

export type Field = Exclude<keyof ImportOptions, 'labels' | 'steps'>;

/** How a person sets a field. */
type Control =
  | { kind: 'choice'; choices: readonly string[] }
  | { kind: 'number' }
  /** Three numbers, one for each channel. */
  | { kind: 'numbers' }
  | { kind: 'text' };

const choice = (...choices: string[]): Control => ({ kind: 'choice', choices });

/** What can be said about a model, in the order in which a picture meets it. Names are in the catalogue of words. */
export const FIELDS: Readonly<Record<Field, Control>> = {
  name: { kind: 'text' },
  id: { kind: 'text' },
  task: choice(
    'object-detection',
    'instance-segmentation',
    'keypoint-detection',
    'image-classification',
    'semantic-segmentation',
    'image-embedding',
  ),
  output: { kind: 'text' },
  width: { kind: 'number' },
  height: { kind: 'number' },
  fit: choice('stretch', 'crop', 'letterbox'),
  crop: { kind: 'number' },
  resample: choice(...RESAMPLES),
  layout: choice('NCHW', 'NHWC'),
  channels: choice('RGB', 'BGR'),
  scale: { kind: 'number' },
  mean: { kind: 'numbers' },
  std: { kind: 'numbers' },
  head: choice(...DETECTION_HEADS),
  anchors: choice(...ANCHOR_FAMILIES),
  boxOrder: choice(
    'left-top-right-bottom',
    'top-left-bottom-right',
    'centre-width-height',
    'left-top-width-height',
  ),
  activation: choice('none', 'softmax', 'sigmoid'),
  multiLabel: choice('true', 'false'),
  minScore: { kind: 'number' },
  license: { kind: 'text' },
};

export const isField = (name: string): name is Field => Object.hasOwn(FIELDS, name);

/** How the server's report writes what a control calls otherwise. */
const AS_DECIDED: Readonly<Record<string, string>> = { true: 'yes', false: 'no' };

/** The initial text of a field's control: what a person gave, else what was decided. */
export function textOf(field: Field, given: ImportOptions, decided: string | undefined): string {
  const value = given[field];
  if (value !== undefined) return Array.isArray(value) ? value.join(', ') : String(value);
  if (decided === undefined) return '';
  const control = FIELDS[field];
  switch (control.kind) {
    case 'choice': {
      const text = decided.toLowerCase().replaceAll(' ', '-');
      const exact = control.choices.find((one) => (AS_DECIDED[one] ?? one).toLowerCase() === text);
      return exact ?? control.choices.find((one) => text.startsWith(one.toLowerCase())) ?? '';
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

/** What was typed into a field's control cannot be used. */
export class FieldError extends Error {
  override readonly name = 'FieldError';
  constructor(
    readonly field: Field,
    readonly expected: Control['kind'],
  ) {
    super(`The field "${field}" takes another kind of value.`);
  }
}

/**
 * What a control's text says of a field.
 * @throws FieldError
 */
export function optionOf(field: Field, text: string): ImportOptions {
  const parsed = v.safeParse(ImportOptions, { [field]: typedValue(field, text.trim()) });
  if (parsed.success) return parsed.output;
  throw new FieldError(field, FIELDS[field].kind);
}

function typedValue(field: Field, text: string): unknown {
  const control = FIELDS[field];
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
