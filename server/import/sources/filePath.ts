import { aboutSource } from '../../../protocol/sentences/sources.ts';
import { ImportError } from '../importError.ts';

/** A model of one file a tensor has some hundreds. */
export const MAX_FILES = 2_000;
const MAX_DEPTH = 8;
const MAX_PATH_CHARS = 200;
/** Names that Windows has for devices, whatever stands behind a dot. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be in a name
const FORBIDDEN = /[<>:"|?*\\\u0000-\u001f\u007f]/;

/**
 * Makes sure that a path out of someone's archive or list names a file inside the folder that it is put in, on any
 * system.
 * @throws ImportError `malformed_source`
 */
export function assertSafePath(name: string): void {
  const parts = name.split('/');
  const isSafe =
    name.length <= MAX_PATH_CHARS &&
    parts.length <= MAX_DEPTH &&
    !FORBIDDEN.test(name) &&
    parts.every(
      (part) => part !== '' && part !== '.' && part !== '..' && !/[. ]$/.test(part) && !DEVICE.test(part),
    );
  if (isSafe) return;
  throw new ImportError(
    'malformed_source',
    aboutSource('bad_path', { name: name.slice(0, 80).replaceAll(/[^\x20-\x7e]/g, '?') }),
  );
}

/** Two paths that are one on some system have the same key. */
export const pathKey = (name: string): string => name.normalize('NFC').toLowerCase();

const MAX_PART_CHARS = 80;

/** Names for folders or files of one folder, valid on every system and each another, as near as can be to what was given. */
export function safeParts(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const cleaned = [...name.normalize('NFC')]
      .slice(0, MAX_PART_CHARS)
      .map((letter) => (letter === '/' || FORBIDDEN.test(letter) ? '_' : letter))
      .join('')
      // A dot in front hides it on some systems.
      .replace(/^[. ]+|[. ]+$/g, '');
    const own = cleaned === '' || DEVICE.test(cleaned) ? `_${cleaned}` : cleaned;
    let part = own;
    for (let count = 2; taken.has(pathKey(part)); count++) part = `${own} ${count}`;
    taken.add(pathKey(part));
    return part;
  });
}
