import { UsageError } from './usage.ts';

/** What commands take in addition to names and files. All throw UsageError. */

export function readBits(text: string | undefined): 7 | 8 | undefined {
  if (text === undefined) return undefined;
  if (text === '7' || text === '8') return text === '7' ? 7 : 8;
  throw new UsageError(`--bits: expected 7 or 8, got "${text}".`);
}

/** `ID@VERSION`, or versions by their flag: two at most. */
export function readVersions(text: string, flags: readonly string[]): { id: string; versions: string[] } {
  const [id = '', ...at] = text.split('@');
  const versions = [...at, ...flags];
  if (versions.length > 2 || versions.includes('')) {
    throw new UsageError('Name one version or two, as in ID@VERSION --version OTHER.');
  }
  return { id, versions };
}

const MAX_COUNT = 10_000;

export function readCount(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (/^\d+$/.test(text) && count <= MAX_COUNT) return count;
  throw new UsageError(`${flag}: expected a number from 0 to ${MAX_COUNT}, got "${text}".`);
}
