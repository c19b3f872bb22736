import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../protocol/errors.ts';
import { exists } from '../disk/atomic.ts';
import type { Log } from '../telemetry/log.ts';
import { type ModelFolder, readModelFolder } from './modelFolder.ts';

/** Notices changes in the models directory. */
export interface FolderWatch {
  /** Starts to check the folders at intervals. */
  start(): void;
  /** Checks now for imported versions, at most ten times a second: for a client that asks for the list of models. */
  soon(): void;
  /** Idempotent. */
  close(): void;
}

export interface FolderWatchOptions {
  modelsDir: string;
  /** Last seen signatures of known models, by id; see `signatureOf`. */
  known(): ReadonlyMap<string, string>;
  /** A folder has changed. */
  onChanged(id: string): Promise<unknown>;
  /** Lets a check wait for other changes. */
  runExclusive(check: () => Promise<void>): Promise<void>;
  nowMs: () => number;
  log: Log;
}

/** How often folders are checked. A check reads all of them, 6 ms of processor for three models. */
const WATCH_MS = 2_000;
/** The same while they change, and for a while after. A folder that changes is left alone until it stands still for as long. */
const WATCH_CLOSELY_MS = 500;
const CLOSELY_FOR_MS = 10_000;
const SOON_MS = 100;

export function createFolderWatch(options: FolderWatchOptions): FolderWatch {
  const { modelsDir, known, onChanged, runExclusive, nowMs, log } = options;
  let timer: NodeJS.Timeout | undefined;
  /** Signatures that were seen once and not acted on yet. */
  let fresh = new Map<string, string>();
  let checksInFlight = 0;
  let lastCheckMs = Number.NEGATIVE_INFINITY;
  let lastChangeMs = Number.NEGATIVE_INFINITY;
  let isClosed = false;

  async function checkForChanges(onlyImported: boolean): Promise<void> {
    const signatures = known();
    const seen = new Map<string, string>();
    for (const id of new Set([...signatures.keys(), ...(await modelIds(modelsDir).catch(() => []))])) {
      const signature = await signatureOf(path.join(modelsDir, id));
      if (signature === (signatures.get(id) ?? '')) continue;
      seen.set(id, signature);
      lastChangeMs = nowMs();
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

  function check(onlyImported: boolean): Promise<void> {
    checksInFlight += 1;
    return runExclusive(() => checkForChanges(onlyImported))
      .catch((error: unknown) =>
        log.warn({ error: messageOf(error) }, 'models directory could not be checked'),
      )
      .finally(() => {
        checksInFlight -= 1;
        lastCheckMs = nowMs();
      });
  }

  /** Counted from the end of the last check: two checks in a row would take a half-written file for a complete one. */
  function checkAgain(): void {
    if (isClosed) return;
    const afterMs = nowMs() - lastChangeMs < CLOSELY_FOR_MS ? WATCH_CLOSELY_MS : WATCH_MS;
    timer = setTimeout(() => void check(false).finally(checkAgain), afterMs);
    timer.unref();
  }

  return {
    start: checkAgain,
    soon() {
      if (timer === undefined || isClosed || checksInFlight > 0 || nowMs() - lastCheckMs < SOON_MS) return;
      void check(true);
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
    ids.map(async (id) => ((await exists(path.join(modelsDir, id, MANIFEST))) ? [id] : [])),
  );
  return withManifest.flat().sort();
}

/** Whether the folder keeps no versions, and people write into it as they like. */
export const isUnversioned = ({ dir, manifestFile }: ModelFolder): boolean =>
  path.dirname(manifestFile) === dir;

/** Changes when the manifest, a graph or a label file does; empty where there is no manifest. */
export async function signatureOf(dir: string): Promise<string> {
  const names = await modelFiles(dir);
  if (!names.includes(MANIFEST)) return '';
  const signs = await Promise.all(
    names.map(async (name) => {
      const found = await stat(path.join(dir, name)).catch(() => undefined);
      return found ? `${name} ${found.mtimeMs}/${found.size}/${found.ino}` : '';
    }),
  );
  return signs.join(' ');
}

const MANIFEST = 'manifest.json';
const isGraphOrLabels = (name: string) => /\.(onnx|txt)$/.test(name);

/** The manifest, and all that can be a graph or labels: a manifest may name them as it likes, in folders too. */
async function modelFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const nested = entries
    // Nothing changes in a version.
    .filter((entry) => entry.isDirectory() && entry.name !== 'versions')
    .map(async ({ name }) => {
      const files = await readdir(path.join(dir, name), { recursive: true }).catch((): string[] => []);
      return files.map((file) => path.join(name, file));
    });
  const below = (await Promise.all(nested)).flat().filter(isGraphOrLabels);
  const here = entries.map(({ name }) => name).filter((name) => name === MANIFEST || isGraphOrLabels(name));
  return [...here, ...below].sort();
}
