import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { messageOf } from '../../protocol/errors.ts';
import { ImportOptions } from '../../protocol/models.ts';
import { labelsInWords } from '../../vision/labels/labelList.ts';
import { readLabelFile } from '../../vision/labels/readLabels.ts';
import { assertModelId } from '../library/modelId.ts';
import { splitWords } from './splitWords.ts';
import { UsageError } from './usage.ts';

/** Options of `add` that say something about the model, for `parseArgs`. */
export const IMPORT_FLAGS = {
  id: { type: 'string' },
  name: { type: 'string' },
  task: { type: 'string' },
  output: { type: 'string' },
  labels: { type: 'string' },
  words: { type: 'string' },
  layout: { type: 'string' },
  channels: { type: 'string' },
  scale: { type: 'string' },
  mean: { type: 'string' },
  std: { type: 'string' },
  size: { type: 'string' },
  fit: { type: 'string' },
  crop: { type: 'string' },
  resample: { type: 'string' },
  activation: { type: 'string' },
  'multi-label': { type: 'boolean' },
  head: { type: 'string' },
  anchors: { type: 'string' },
  'box-order': { type: 'string' },
  'min-score': { type: 'string' },
  license: { type: 'string' },
} as const;

type Flags = { [Name in keyof typeof IMPORT_FLAGS]?: string | boolean | undefined };

/** The flag of each option. A new option must have one, unless only files say it, as they do the steps. */
const FLAG_OF = {
  id: 'id',
  name: 'name',
  task: 'task',
  output: 'output',
  labels: 'labels',
  layout: 'layout',
  channels: 'channels',
  scale: 'scale',
  mean: 'mean',
  std: 'std',
  fit: 'fit',
  crop: 'crop',
  resample: 'resample',
  activation: 'activation',
  head: 'head',
  anchors: 'anchors',
  license: 'license',
  multiLabel: 'multi-label',
  minScore: 'min-score',
  boxOrder: 'box-order',
  width: 'size',
  height: 'size',
} as const satisfies Record<Exclude<keyof ImportOptions, 'steps'>, keyof typeof IMPORT_FLAGS>;

const flagOf = (field: string): string =>
  Object.hasOwn(FLAG_OF, field) ? FLAG_OF[field as keyof typeof FLAG_OF] : field;

/**
 * @param resolve from a path as it was given to one that can be opened
 * @param say takes what a label file was read as
 * @throws UsageError that names the flag
 */
export async function readImportFlags(
  {
    'multi-label': multiLabel,
    'min-score': minScore,
    'box-order': boxOrder,
    labels,
    words,
    size,
    scale,
    mean,
    std,
    crop,
    ...rest
  }: Flags,
  resolve: (file: string) => string,
  say: (text: string) => void = () => {},
): Promise<ImportOptions> {
  if (labels !== undefined && words !== undefined) {
    throw new UsageError('--words and --labels both name what the model gives. Pass one of them.');
  }
  const given = {
    ...rest,
    multiLabel,
    boxOrder,
    labels:
      typeof words === 'string'
        ? splitWords([words])
        : typeof labels === 'string'
          ? await readLabels(resolve(labels), say)
          : undefined,
    ...readSize(size),
    scale: toNumber('scale', scale),
    mean: toNumbers('mean', mean),
    std: toNumbers('std', std),
    crop: toNumber('crop', crop),
    minScore: toNumber('min-score', minScore),
  };
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const parsed = v.safeParse(ImportOptions, present);
  if (parsed.success) {
    if (parsed.output.id !== undefined) assertIdFlag(parsed.output.id);
    return parsed.output;
  }
  const [issue] = parsed.issues;
  const [field = ''] = v.getDotPath(issue)?.split('.') ?? [];
  const expected = issue.expected?.replaceAll(/[()"]/g, '').replaceAll(' | ', ', ') ?? issue.message;
  throw new UsageError(`--${flagOf(field)}: expected ${expected}, got ${issue.received}.`);
}

function assertIdFlag(id: string): void {
  try {
    assertModelId(id);
  } catch (cause) {
    throw new UsageError(`--id: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** The flags that say what `options` does: what a person can type. */
export function toFlags(options: ImportOptions): string {
  // Steps are said by files, not by a person.
  const { width, height, labels, steps: _, ...rest } = options;
  const flags = Object.entries(rest).map(([field, value]) => {
    const flag = `--${flagOf(field)}`;
    if (value === true) return flag;
    const text = Array.isArray(value) ? value.join(',') : String(value);
    return `${flag} ${/[\s'"]/.test(text) ? JSON.stringify(text) : text}`;
  });
  if (width !== undefined && height !== undefined) flags.push(`--size ${width}x${height}`);
  if (labels !== undefined) flags.push('--labels FILE');
  return flags.join(' ');
}

async function readLabels(file: string, say: (text: string) => void): Promise<string[]> {
  const bytes = await readFile(file).catch((cause) => {
    throw new UsageError(
      `--labels: ${file} cannot be read. A file with the labels was expected; docs/labels.md lists the forms.`,
      {
        cause,
      },
    );
  });
  const name = path.basename(file);
  try {
    const list = await readLabelFile(bytes);
    for (const note of [`${labelsInWords(list)}.`, ...list.warnings]) say(`${name}: ${note}`);
    return [...list.labels];
  } catch (cause) {
    throw new UsageError(`--labels: ${name}: ${messageOf(cause)}`, { cause });
  }
}

function toNumber(flag: string, text: string | boolean | undefined): number | undefined {
  if (typeof text !== 'string') return undefined;
  const [, over, under = '1'] = /^\s*([^/]+?)(?:\/([^/]+))?\s*$/.exec(text) ?? [];
  const value = Number(over) / Number(under);
  if (over === undefined || !Number.isFinite(value)) {
    throw new UsageError(`--${flag}: expected a number, or a fraction such as 1/255, got "${text}".`);
  }
  return value;
}

function toNumbers(flag: string, text: string | boolean | undefined): number[] | undefined {
  if (typeof text !== 'string') return undefined;
  const values = text.split(',').map((part) => toNumber(flag, part) ?? 0);
  // One for all channels.
  if (values.length === 1) return Array.from({ length: 3 }, () => values[0] ?? 0);
  if (values.length === 3) return values;
  throw new UsageError(`--${flag}: expected three numbers separated by commas, got "${text}".`);
}

function readSize(text: string | boolean | undefined): { width?: number; height?: number } {
  if (typeof text !== 'string') return {};
  const [, width, height = width] = /^(\d+)(?:x(\d+))?$/i.exec(text) ?? [];
  if (width === undefined)
    throw new UsageError(`--size: expected WIDTHxHEIGHT, such as 224x224, got "${text}".`);
  return { width: Number(width), height: Number(height) };
}
