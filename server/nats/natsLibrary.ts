import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { CodedError, messageOf } from '../../protocol/errors.ts';
import { explainUnwritable } from '../disk/atomic.ts';
import { type FileCache, openFileCache } from '../fleet/fileCache.ts';
import type { FleetFile, FleetLibrary } from '../fleet/fleetLibrary.ts';
import type { Log } from '../telemetry/log.ts';
import type { NatsLink } from './link.ts';
import { type NatsFilesOptions, openNatsFiles } from './natsFiles.ts';
import { openNatsPointers } from './natsPointers.ts';

export interface NatsLibraryOptions extends Partial<NatsFilesOptions> {
  /** Folder of this machine for files that were fetched; without one they are fetched each time. */
  cacheDir?: string;
  /** Default: 8 GiB. */
  maxCacheBytes?: number;
  /** Removes files that no pointer named for a day, every few hours. Default: false */
  removesUnnamed?: boolean;
}

const MAX_CACHE_BYTES = 8 * 2 ** 30;
const STALL_MS = 5_000;
const MAX_READS = 8;
const KEEP_MS = 24 * 3_600_000;
const REMOVE_EVERY_MS = 6 * 3_600_000;
const FIRST_REMOVAL_MS = 600_000;

/**
 * The models of a fleet in JetStream, on disk: files in the object store `<name>_FILES` under their hash, pointers in the KV bucket
 * `<name>_MODELS`.
 *
 * Gateways remove a file when no pointer has named it for a day: much later than anything that was about to read it, or to
 * name it.
 * @throws Error that says what to do, where JetStream does not answer
 */
export async function openNatsLibrary(
  link: NatsLink,
  log: Log,
  options: NatsLibraryOptions = {},
): Promise<FleetLibrary> {
  const { cacheDir, maxCacheBytes = MAX_CACHE_BYTES, removesUnnamed = false } = options;
  const { stallMs = STALL_MS, maxReads = MAX_READS, keepMs = KEEP_MS } = options;
  const pointers = await openNatsPointers(link, log);
  const files = await openNatsFiles(link, log, { stallMs, maxReads, keepMs });
  const cache = cacheDir === undefined ? undefined : openFileCache(cacheDir, maxCacheBytes);

  async function fetchFile(file: FleetFile, target: string, signal: AbortSignal | undefined): Promise<void> {
    if (cache === undefined) return files.read(file, target, signal);
    if (await cache.take(file.sha256, target)) return;
    await fetchInto(cache, file, signal);
    if (!(await cache.take(file.sha256, target))) await files.read(file, target, signal);
  }

  async function fetchInto(into: FileCache, file: FleetFile, signal: AbortSignal | undefined): Promise<void> {
    const part = await into.newFile();
    try {
      await files.read(file, part, signal);
      await into.keep(part, file.sha256);
    } finally {
      await into.discard(part);
    }
  }

  function isNamed(sha256: string): boolean {
    for (const { pointer } of pointers.pointers.values()) {
      for (const version of [pointer.live, pointer.staged]) {
        if (version?.files.some((file) => file.sha256 === sha256)) return true;
      }
    }
    return false;
  }

  async function removeUnnamed(): Promise<void> {
    try {
      const count = await files.removeUnnamed(isNamed);
      if (count > 0) log.info({ files: count }, 'files that no model of the fleet needs were removed');
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'files that no model of the fleet needs were not removed');
    }
    removal = setTimeout(removeUnnamed, REMOVE_EVERY_MS).unref();
  }
  let removal = removesUnnamed ? setTimeout(removeUnnamed, FIRST_REMOVAL_MS).unref() : undefined;

  return {
    pointers: pointers.pointers,
    removed: pointers.removed,
    onChange: pointers.onChange,
    point: pointers.point,
    async upload({ version, contents }, signal) {
      for (const file of version.files) {
        const content = contents.get(file.path);
        if (content === undefined) throw new Error(`Nothing is known of ${file.path} of ${version.id}.`);
        await files.put(file, content, signal);
      }
    },
    async download(version, dir, signal) {
      try {
        for (const file of version.files) {
          const target = path.join(dir, file.path);
          await mkdir(path.dirname(target), { recursive: true });
          await fetchFile(file, target, signal);
        }
        await cache?.trim();
      } catch (error) {
        signal?.throwIfAborted();
        if (error instanceof CodedError) throw error;
        const explained = explainUnwritable(error, cacheDir ?? dir);
        if (explained instanceof CodedError) throw explained;
        throw new Error(`Version ${version.version} of "${version.id}": ${messageOf(error)}`, {
          cause: error,
        });
      }
    },
    async close() {
      clearTimeout(removal);
      await pointers.close();
    },
  };
}
