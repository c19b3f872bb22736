import type { Log } from '../telemetry/log.ts';

/** Tells the operator of pages that were refused for their origin, and what would allow them: once for each origin. */
export type NoteRefusedOrigin = (origin: string | undefined) => void;

/** Origins are a stranger's words: so many are noted, and no more until the server is started again. */
const MOST_ORIGINS = 20;
const MOST_CHARACTERS = 300;

export function createRefusedOrigins(log: Log, allowedOrigins: readonly string[]): NoteRefusedOrigin {
  const noted = new Set<string>();
  return (origin) => {
    if (origin === undefined || noted.has(origin) || noted.size === MOST_ORIGINS) return;
    // Not an address, or too long for one; and `null`, of pages from files, which only `*` allows.
    if (origin.length > MOST_CHARACTERS || !URL.canParse(origin) || new URL(origin).origin !== origin) return;
    noted.add(origin);
    log.warn(
      { origin, toAllow: `ALLOWED_ORIGINS=${[...allowedOrigins, origin].join(',')}` },
      'a page of another origin was refused',
    );
    if (noted.size === MOST_ORIGINS) log.warn({}, 'further origins that are refused are not noted');
  };
}
