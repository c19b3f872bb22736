import type { ImportReport, ModelDetails } from '../../protocol/models.ts';
import { isOutsideReference } from '../../vision/golden.ts';

const TASKS: Readonly<Record<string, { name: string; short: string }>> = {
  'object-detection': { name: 'Object detection', short: 'objects' },
  'image-classification': { name: 'Image classification', short: 'whole picture' },
  'image-embedding': { name: 'Embedding', short: 'for /v1/predict' },
};

export const taskName = (task: string): string => TASKS[task]?.name ?? task;
/** A few letters for below a name. */
export const taskInShort = (task: string): string => TASKS[task]?.short ?? task;

export const stateName = (state: ModelDetails['state']): string => STATES[state];
const STATES = {
  live: 'Live',
  loading: 'Loading',
  trial: 'On trial',
  unloaded: 'Unloaded',
  broken: 'Broken',
} as const satisfies Record<ModelDetails['state'], string>;

/** `13.6 MB`, decimal as systems show it. */
export function bytesInWords(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} kB`;
  if (bytes < 1_000_000_000) return `${rounded(bytes / 1_000_000)} MB`;
  return `${rounded(bytes / 1_000_000_000)} GB`;
}

export const msInWords = (ms: number): string => `${rounded(ms)} ms`;

/** `3.5 M` */
export function countInWords(count: number): string {
  if (count < 10_000) return count.toLocaleString('en');
  if (count < 1_000_000) return `${rounded(count / 1_000)} k`;
  return `${rounded(count / 1_000_000)} M`;
}

const rounded = (value: number) =>
  value < 10 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value).toString();

/** What is known of a model's answers: whether it gives here what it gave where it was trained. */
export function agreement({ count, recordedBy, largestDifference }: ImportReport['goldens']): string {
  if (count === 0) return 'No reference images to check against.';
  if (recordedBy === undefined) return `${inNumber(count, 'reference image')}, not run yet.`;
  if (!isOutsideReference(recordedBy)) return NO_REFERENCE;
  if (largestDifference === undefined) {
    return `${inNumber(count, 'reference image')} of ${recordedBy}, not run yet.`;
  }
  return largestDifference === 0
    ? `Agrees with ${recordedBy} to the digit.`
    : `Agrees with ${recordedBy} to ${difference(largestDifference)}.`;
}

/** Of a model that is compared with nothing but itself, as it was when it was imported. */
export const NO_REFERENCE = 'No reference from where it was trained; checked for consistency only.';

/** A bound of one digit, such as `1e-5`: never less than what was found. */
export function difference(value: number): string {
  if (value === 0) return '0';
  // What floating point adds to a round number does not make it the next one.
  const exponent = Math.floor(Math.log10(value) + 1e-9);
  const digit = Math.ceil(value / 10 ** exponent - 1e-9);
  const [digits, power] = digit === 10 ? [1, exponent + 1] : [digit, exponent];
  return power >= -3 ? String(Number((digits * 10 ** power).toFixed(3))) : `${digits}e${power}`;
}

/** `1 label`, `3 labels`, `1,000 labels` */
export const inNumber = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;

/** A version is a hash; its beginning tells two apart. */
export const shortVersion = (version: string): string => version.slice(0, 8);

export function dateInWords(iso: string | undefined): string {
  const date = new Date(iso ?? Number.NaN);
  if (Number.isNaN(date.getTime())) return 'came with the server';
  return date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}
