import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../protocol/errors.ts';
import type { Log } from '../telemetry/log.ts';
import { type ModelFolder, readModelFolder } from './modelFolder.ts';

/** Sees when somebody changes the models directory. */
export interface FolderWatch {
  /** Begins to look, again and again. */
  start(): void;
  /** Looks right now for imported versions, at most ten times a second: for whoever asks what there is. */
  soon(): void;
  /** Idempotent. */
  close(): void;
}

export interface FolderWatchOptions {
  modelsDir: string;
  /** How the folders of known models looked last, by id; see `signatureOf`. */
  known(): ReadonlyMap<string, string>;
  /** A folder has changed. */
  onChanged(id: string): Promise<unknown>;
  /** Lets a look wait for other changes. */
  inTurn(look: () => Promise<void>): Promise<void>;
  nowMs: () => number;
  log: Log;
}

/** How often folders are checked. A folder that changes is left alone until it stands still for as long. */
const WATCH_MS = 500;
const SOON_MS = 100;

export function createFolderWatch(options: FolderWatchOptions): FolderWatch {
  const { modelsDir, known, onChanged, inTurn, nowMs, log } = options;
  let timer: NodeJS.Timeout | undefined;
  /** Signatures that were seen once and not acted on yet. */
  let fresh = new Map<string, string>();
  let looksInFlight = 0;
  let lastLookMs = Number.NEGATIVE_INFINITY;
  let isClosed = false;

  async function lookForChanges(onlyImported: boolean): Promise<void> {
    const signatures = known();
    const seen = new Map<string, string>();
    for (const id of new Set([...signatures.keys(), ...(await modelIds(modelsDir).catch(() => []))])) {
      const signature = await signatureOf(path.join(modelsDir, id));
      if (signature === (signatures.get(id) ?? '')) continue;
      seen.set(id, signature);
      // Read only when it stands still, as a file may be half written; an imported version never is.
      const isWhole = (!onlyImported && fresh.get(id) === signature) || (await isImported(id));
      if (isWhole && !isClosed) await onChanged(id);
    }
    if (!onlyImported) fresh = seen;
  }

  const isImported = (id: string) =>
    readModelFolder(path.join(modelsDir, id)).then(
      (folder) => !isUnversioned(folder),
      () => false,
    );

  function look(onlyImported: boolean): Promise<void> {
    looksInFlight += 1;
    return inTurn(() => lookForChanges(onlyImported))
      .catch((error: unknown) => log.warn({ error: messageOf(error) }, 'models could not be looked at'))
      .finally(() => {
        looksInFlight -= 1;
        lastLookMs = nowMs();
      });
  }

  /** Counted from the end of the last look: two looks right after each other would take a half-written file for one that stands. */
  function lookAgain(): void {
    if (isClosed) return;
    timer = setTimeout(() => void look(false).finally(lookAgain), WATCH_MS);
    timer.unref();
  }

  return {
    start: lookAgain,
    soon() {
      if (timer === undefined || isClosed || looksInFlight > 0 || nowMs() - lastLookMs < SOON_MS) return;
      void look(true);
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}

/** Names of the folders that hold a manifest. */
export async function modelIds(modelsDir: string): Promise<string[]> {
  const entries = await readdir(modelsDir, { withFileTypes: true });
  const ids = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name);
  const withManifest = await Promise.all(
    ids.map(async (id) => ((await signatureOf(path.join(modelsDir, id))) === '' ? [] : [id])),
  );
  return withManifest.flat().sort();
}

/** Whether the folder keeps no versions, and people write into it as they like. */
export const isUnversioned = ({ dir, manifestFile }: ModelFolder): boolean =>
  path.dirname(manifestFile) === dir;

/** Changes when the files of a model do; empty where there is no manifest. */
export async function signatureOf(dir: string): Promise<string> {
  const signs = await Promise.all(
    ['manifest.json', 'labels.txt', 'model.onnx'].map(async (name) => {
      const found = await stat(path.join(dir, name)).catch(() => undefined);
      return found ? `${found.mtimeMs}/${found.size}/${found.ino}` : '';
    }),
  );
  return signs[0] === '' ? '' : signs.join(' ');
}
