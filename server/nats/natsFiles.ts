import { createHash } from 'node:crypto';
import { open as openFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ObjectInfo, type ObjectStore, Objm } from '@nats-io/obj';
import { CodedError, messageOf } from '../../protocol/errors.ts';
import { explainUnwritable } from '../disk/atomic.ts';
import { fileContent } from '../disk/fileContent.ts';
import type { FleetFile } from '../fleet/fleetLibrary.ts';
import type { Log } from '../telemetry/log.ts';
import type { NatsLink } from './link.ts';
import { growReplicas, isWrongRevision, retryNats, within } from './natsErrors.ts';

/** Files by their SHA-256 in an object store on disk. None is ever written over. */
export interface NatsFiles {
  /** Sends a file that is not there yet. @param content a file on this disk, or bytes */
  put(file: FleetFile, content: string | Uint8Array, signal?: AbortSignal): Promise<void>;
  /** Writes the content to a new file. @throws Error where it is missing, another one, or does not come */
  read(file: FleetFile, target: string, signal?: AbortSignal): Promise<void>;
  /** Removes files that are not named, and were not for a long time. @returns their number */
  removeUnnamed(isNamed: (sha256: string) => boolean): Promise<number>;
}

export interface NatsFilesOptions {
  /** Time without a piece after which a read is given up and begun again, ms. */
  stallMs: number;
  /** Number of reads before it is an error. */
  maxReads: number;
  /** A file that no pointer named for this time is removed, ms. */
  keepMs: number;
}

const START_MS = 30_000;
/** Time in which each piece has to be stored, ms. */
const PIECE_TIMEOUT_MS = 10_000;
const PUT_FOR_MS = 60_000;
/** Time from a read that failed to the next one, ms: of a server that is started again. */
const READ_AGAIN_MS = 500;
/** A file that is needed again says so if it did not for this time, so that it is not taken for one that no one names, ms. */
const TOUCH_MS = 3_600_000;

export async function openNatsFiles(link: NatsLink, log: Log, options: NatsFilesOptions): Promise<NatsFiles> {
  const { manager, name } = link;
  const { stallMs, maxReads, keepMs } = options;
  const bucket = `${name}_FILES`;
  const stream = `OBJ_${bucket}`;
  const objm = new Objm(manager.jetstream());
  const open = (): Promise<ObjectStore> => link.withReplicas((replicas) => objm.create(bucket, { replicas }));
  await retryNats(open, { what: 'open the store of model files', forMs: START_MS });

  await growReplicas(link, stream).catch((error: unknown) => {
    log.warn({ stream, error: messageOf(error) }, 'NATS could not make more copies of a stream');
  });

  /** Undefined where it is not there, or was removed. */
  async function find(store: ObjectStore, sha256: string): Promise<{ info?: ObjectInfo; revision: number }> {
    const info = await store.info(sha256);
    if (info === null) return { revision: 0 };
    return { ...(!info.deleted && { info }), revision: info.revision };
  }

  async function putOnce(file: FleetFile, content: string | Uint8Array, signal?: AbortSignal): Promise<void> {
    const { sha256 } = file;
    const store = await open();
    const { info, revision } = await find(store, sha256);
    if (info) {
      if (Date.now() - lastNeededMs(info) > TOUCH_MS)
        await store.update(sha256, { description: new Date().toISOString() });
      return;
    }
    const pieces = typeof content === 'string' ? fileContent(content) : onePiece(content);
    const stored = await store
      .put({ name: sha256 }, streamOf(pieces, signal), {
        timeout: PIECE_TIMEOUT_MS,
        previousRevision: revision,
      })
      .catch((error: unknown) => {
        // Another member was faster, with the same content.
        if (isWrongRevision(error)) return undefined;
        throw error;
      })
      .finally(() => pieces.return());
    if (stored === undefined || stored.digest === digestOf(sha256)) return;
    await store.delete(sha256);
    throw new CodedError('conflict', `${file.path} changed while it was sent to the fleet. Try again.`);
  }

  async function readOnce(file: FleetFile, target: string, signal?: AbortSignal): Promise<void> {
    const { sha256, bytes } = file;
    const silence = 'NATS sent nothing of it';
    const store = await within(open(), stallMs, silence, signal);
    const found = await within(store.get(sha256), stallMs, silence, signal);
    if (found === null) throw new MissingFile('the fleet has no such file');
    const reader = found.data.getReader();
    const handle = await openFile(target, 'w');
    const hash = createHash('sha256');
    let received = 0;
    try {
      for (;;) {
        const { value, done } = await within(reader.read(), stallMs, silence, signal);
        if (done) break;
        received += value.length;
        if (received > bytes) throw new Error(`it has more than the ${bytes} bytes that it should have`);
        hash.update(value);
        await handle.writeFile(value);
      }
    } finally {
      // The reader, not the end of what NATS still sends.
      reader.cancel().catch(() => {});
      found.error.catch(() => {});
      await handle.close();
    }
    if (received < bytes || hash.digest('hex') !== sha256) {
      throw new Error('its content is not what its hash says');
    }
  }

  return {
    put: (file, content, signal) =>
      retryNats(() => putOnce(file, content, signal), {
        what: `store ${file.path} of a model`,
        forMs: PUT_FOR_MS,
        signal,
      }),

    async read(file, target, signal) {
      for (let reads = 1; ; reads++) {
        try {
          return await readOnce(file, target, signal);
        } catch (error) {
          signal?.throwIfAborted();
          const explained = explainUnwritable(error, path.dirname(target));
          if (explained instanceof CodedError) throw explained;
          if (reads >= maxReads || error instanceof MissingFile) {
            const tries = reads > 1 ? `, ${reads} times` : '';
            throw new Error(
              `${file.path} (SHA-256 ${file.sha256}) could not be fetched from NATS: ${messageOf(error)}${tries}.`,
              { cause: error },
            );
          }
          await sleep(READ_AGAIN_MS, undefined, { ...(signal && { signal }) }).catch(() => {});
        }
      }
    },

    async removeUnnamed(isNamed) {
      const store = await open();
      const isOld = (sinceMs: number) => Date.now() - sinceMs > keepMs;
      const all = await within(store.list(), START_MS, 'NATS did not list the files');
      let removed = 0;
      for (const info of all) {
        if (info.deleted || isNamed(info.name) || !isOld(lastNeededMs(info))) continue;
        await store.delete(info.name);
        removed += 1;
      }
      // Pieces without a file: of a process that was killed while it sent them.
      const prefix = `$O.${bucket}.C.`;
      const whole = new Set(all.map(({ nuid }) => prefix + nuid));
      const { state } = await manager.streams.info(stream, { subjects_filter: `${prefix}>` });
      for (const subject of Object.keys(state.subjects ?? {})) {
        if (whole.has(subject)) continue;
        const last = await manager.streams.getMessage(stream, { last_by_subj: subject });
        if (last === null || !isOld(last.time.getTime())) continue;
        await manager.streams.purge(stream, { filter: subject });
        removed += 1;
      }
      return removed;
    },
  };
}

/** Reading again does not help. */
class MissingFile extends Error {}

async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}

/** Read as it is asked for: a graph may have a gigabyte. */
function streamOf(pieces: AsyncGenerator<Uint8Array, void>, signal: AbortSignal | undefined) {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      signal?.throwIfAborted();
      const { value, done } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

/** When a pointer that names it was last made. */
const lastNeededMs = ({ mtime, description }: ObjectInfo): number =>
  Math.max(Date.parse(mtime), Date.parse(description ?? '') || 0);

const digestOf = (sha256: string) =>
  `SHA-256=${Buffer.from(sha256, 'hex').toString('base64').replaceAll('+', '-').replaceAll('/', '_')}`;
