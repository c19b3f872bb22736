import { messageOf } from '../../protocol/errors.ts';
import { createFileHashes, type HashedFile } from '../library/hashedFiles.ts';
import { type ModelFolder, modelRef } from '../library/modelFolder.ts';
import { type ModelRef, versionKey } from '../library/modelRef.ts';
import type { Snapshots } from '../library/snapshots.ts';
import type { Log } from '../telemetry/log.ts';

/** By the names of the graphs. */
export type HashedGraphs = Readonly<Record<string, HashedFile>>;

/**
 * The graphs of versions with float16 weights, which devices download: half of the bytes, and the same answers as far as goldens tell.
 * They are made once in the life of the server, when the first device asks.
 */
export interface HalfGraphs {
  /** Those graphs that are smaller so; empty where goldens do not agree with them, or they could not be made. Never rejects. */
  of(folder: ModelFolder): Promise<HashedGraphs>;
  /** The same, or empty where that takes too long for someone who waits. */
  soon(folder: ModelFolder): Promise<HashedGraphs>;
  /** A graph of any version of that model, as far as they were made: of a version that was replaced while a device loads it. */
  find(id: string, sha256: string): Promise<HashedFile | undefined>;
  /** Gives up what is being made. Idempotent. */
  close(): void;
}

/** With 20 Mbit/s, the other half of the shipped model takes as long. */
const WAIT_MS = 4_000;
/** Each takes room on the disk: the one that was not asked for longest goes first. */
const MAX_VERSIONS = 50;
const NONE: HashedGraphs = {};

interface Made {
  readonly id: string;
  readonly dir: Promise<string>;
  /** Never rejects. */
  readonly graphs: Promise<HashedGraphs>;
}

export function createHalfGraphs({
  snapshots,
  log,
  make,
}: {
  snapshots: Pick<Snapshots, 'newFolder' | 'removeFolder'>;
  log: Log;
  /** Writes the graphs into an empty folder. Gives their paths by their names; throws an Error that says why there are none. */
  make(job: { model: ModelRef; dir: string }, signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
}): HalfGraphs {
  const stop = new AbortController();
  const hashOf = createFileHashes();
  /** Those that were asked for last come last. */
  const made = new Map<string, Made>();

  async function makeNow(folder: ModelFolder, dir: Promise<string>): Promise<HashedGraphs> {
    const { id } = folder.manifest;
    try {
      const files = await make({ model: modelRef(folder), dir: await dir }, stop.signal);
      const hashed = Object.entries(files).map(async ([name, file]) => [name, await hashOf(file)] as const);
      const graphs = Object.fromEntries(await Promise.all(hashed));
      if (hashed.length === 0) await remove(dir);
      log.debug({ model: id, version: folder.version }, 'graphs with float16 weights made for devices');
      return graphs;
    } catch (error) {
      // What was written before it failed would stay as long as the server runs.
      await remove(dir);
      if (!stop.signal.aborted) {
        const why = messageOf(error);
        log.info({ model: id, version: folder.version, why }, 'devices get the graphs with float32 weights');
      }
      return NONE;
    }
  }

  async function of(folder: ModelFolder): Promise<HashedGraphs> {
    const key = versionKey(modelRef(folder));
    const known = made.get(key);
    if (known === undefined) return start(folder, key);
    made.delete(key);
    made.set(key, known);
    const graphs = await known.graphs;
    if (await areThere(graphs)) return graphs;
    if (made.get(key) === known) {
      made.delete(key);
      void remove(known.dir);
    }
    return of(folder);
  }

  /** Systems remove files from the folder for temporary ones that no one has read for days. */
  async function areThere(graphs: HashedGraphs): Promise<boolean> {
    const found = await Promise.all(
      Object.values(graphs).map(({ file }) => hashOf(file).catch(() => undefined)),
    );
    return Object.values(graphs).every(({ sha256 }, at) => found[at]?.sha256 === sha256);
  }

  function start(folder: ModelFolder, key: string): Promise<HashedGraphs> {
    const dir = snapshots.newFolder();
    const graphs = makeNow(folder, dir);
    made.set(key, { id: folder.manifest.id, dir, graphs });
    const [oldest] = made;
    if (made.size > MAX_VERSIONS && oldest) {
      made.delete(oldest[0]);
      void oldest[1].graphs.then(() => remove(oldest[1].dir));
    }
    return graphs;
  }

  /** Where the disk is full, there may be none. */
  const remove = (dir: Promise<string>) => dir.then(snapshots.removeFolder, () => {});

  return {
    of,
    soon(folder) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const limit = new Promise<HashedGraphs>((resolve) => {
        timer = setTimeout(() => resolve(NONE), WAIT_MS);
      });
      return Promise.race([of(folder), limit]).finally(() => clearTimeout(timer));
    },
    async find(id, sha256) {
      for (const entry of [...made.values()].filter((one) => one.id === id)) {
        const found = Object.values(await entry.graphs).find((one) => one.sha256 === sha256);
        if (found) return found;
      }
      return undefined;
    },
    close: () => stop.abort(new Error('The server stops.')),
  };
}
