import type { Log } from '../telemetry/log.ts';

/** Logs pages that were refused for their origin, and what would allow them: once for each origin. */
export type NoteRefusedOrigin = (origin: string | undefined) => void;

/** Maximum number of origins that are logged until the server is started again: they are a stranger's words. */
const MAX_ORIGINS = 20;
const MAX_CHARACTERS = 300;

export function createRefusedOrigins(log: Log, allowedOrigins: readonly string[]): NoteRefusedOrigin {
  const noted = new Set<string>();
  return (origin) => {
    if (origin === undefined || noted.has(origin) || noted.size === MAX_ORIGINS) return;
    // Not an address, or too long for one; and `null`, of pages from files, which only `*` allows.
    if (origin.length > MAX_CHARACTERS || !URL.canParse(origin) || new URL(origin).origin !== origin) return;
    noted.add(origin);
    log.warn(
      { origin, toAllow: `ALLOWED_ORIGINS=${[...allowedOrigins, origin].join(',')}` },
      'a page of another origin was refused',
    );
    if (noted.size === MAX_ORIGINS) log.warn({}, 'further origins that are refused are not noted');
  };
}
