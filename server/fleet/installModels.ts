import path from 'node:path';
import { CodedError, messageOf } from '../../protocol/errors.ts';
import { readModelFolder } from '../library/modelFolder.ts';
import type { ModelStore } from '../library/store.ts';
import type { Log } from '../telemetry/log.ts';
import type { FleetLibrary, FleetVersion } from './fleetLibrary.ts';
import { waitUntil } from './waitUntil.ts';

export interface InstallOptions {
  role: 'gateway' | 'worker';
  library: FleetLibrary;
  /** The models folder of this process; a worker has one of its own, whose last model may be removed. */
  modelsDir: string;
  store: ModelStore;
  log: Log;
}

/** The version that stands in the models folder; undefined where there is none that can be read. */
export const versionIn = (modelsDir: string, id: string): Promise<string | undefined> =>
  readModelFolder(path.join(modelsDir, id)).then(
    ({ version }) => version,
    () => undefined,
  );

/**
 * Brings what is live in the fleet into the models folder before a server reads it: it counts, not what stands there. A worker waits
 * for the first model, and has nothing else; a gateway keeps what the fleet does not know. What cannot be fetched is left for
 * `followModels`.
 */
export async function installLive(options: InstallOptions, signal: AbortSignal): Promise<void> {
  const { role, library, modelsDir, store, log } = options;
  const isAnyLive = () => [...library.pointers.values()].some(({ pointer }) => pointer.live) || undefined;
  if (role === 'worker' && !isAnyLive()) {
    log.warn('the fleet has no model yet; waiting for a gateway, which brings its own: "livelens serve"');
    await waitUntil(isAnyLive, { signal, listen: library.onChange });
  }
  for (const [id, { pointer }] of library.pointers) {
    const { live } = pointer;
    if (live === undefined || (await versionIn(modelsDir, id)) === live.version) continue;
    try {
      await withFiles(options, live, signal, (dir) => store.activate(id, dir, { isCopy: true }));
      log.info({ model: id, version: live.version }, 'model of the fleet was installed');
    } catch (error) {
      signal.throwIfAborted();
      log.error(
        { model: id, why: messageOf(error) },
        'model of the fleet could not be installed; trying again later',
      );
    }
  }
  for (const id of await store.ids()) {
    if (!(await isGone(options, id))) continue;
    try {
      await store.remove(id);
      log.info({ model: id }, 'model is not in the fleet any more and was removed here');
    } catch (error) {
      // The last one of a gateway stays: it does not start without.
      if (!(error instanceof CodedError)) throw error;
    }
  }
}

/** Fetches a version into a folder, which is removed after `use`. */
export async function withFiles<T>(
  { library, store }: Pick<InstallOptions, 'library' | 'store'>,
  version: FleetVersion,
  signal: AbortSignal,
  use: (dir: string) => Promise<T>,
): Promise<T> {
  const workspace = await store.stage();
  const dir = path.join(workspace.dir, 'version');
  try {
    await library.download(version, dir, signal);
    return await use(dir);
  } finally {
    await workspace.close();
  }
}

/** Whether a model that stands here was removed from the fleet: not one that was added here since. */
export async function isGone({ role, library, modelsDir }: InstallOptions, id: string): Promise<boolean> {
  if (library.pointers.has(id)) return false;
  if (role === 'worker') return true;
  const removedAtMs = library.removed.get(id);
  if (removedAtMs === undefined) return false;
  const folder = await readModelFolder(path.join(modelsDir, id)).catch(() => undefined);
  const addedAtMs = Date.parse(folder?.manifest.provenance.addedAt ?? '') || 0;
  return addedAtMs < removedAtMs;
}
