import { aboutSource } from '../../../protocol/sentences/sources.ts';
import { DEVICE, FORBIDDEN } from '../../../vision/zip/safeParts.ts';
import { ImportError } from '../importError.ts';

/** A model of one file a tensor has some hundreds. */
export const MAX_FILES = 2_000;
const MAX_DEPTH = 8;
const MAX_PATH_CHARS = 200;
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
