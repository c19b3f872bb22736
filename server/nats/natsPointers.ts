import { Kvm } from '@nats-io/kv';
import * as v from 'valibot';
import { CodedError, messageOf } from '../../protocol/errors.ts';
import { type FleetLibrary, Pointer, type StoredPointer } from '../fleet/fleetLibrary.ts';
import type { Log } from '../telemetry/log.ts';
import type { NatsLink } from './link.ts';
import { growReplicas, isWrongRevision, retryNats } from './natsErrors.ts';

export type NatsPointers = Pick<FleetLibrary, 'pointers' | 'removed' | 'onChange' | 'point' | 'close'>;

/** Changes are heard at once; this is for those that were missed, ms. */
const READ_AGAIN_MS = 5_000;
/** Time in which NATS has to answer at the start: in a cluster that has just been started it elects its leaders first. */
const START_MS = 30_000;
const CHANGE_MS = 15_000;
/** Of a message, besides its content. */
const HEADER_BYTES = 1_024;

/** A key may have no dot at each place where an id may; an id has no `=`. */
const keyOf = (id: string) => id.replaceAll('.', '=');
const idOf = (key: string) => key.replaceAll('=', '.');

/**
 * The pointers, in a KV bucket on disk. No consumer follows it, since those are gone for many seconds after NATS was started again:
 * the stream sends each change on to a plain subject, which says that it is time to read.
 * @throws Error where NATS does not answer in time
 */
export async function openNatsPointers(link: NatsLink, log: Log): Promise<NatsPointers> {
  const { connection, manager, name } = link;
  const bucket = `${name}_MODELS`;
  const stream = `KV_${bucket}`;
  const changedSubject = `${name}.pointer`;
  const kvm = new Kvm(manager.jetstream());
  const pointers = new Map<string, StoredPointer>();
  const removed = new Map<string, number>();
  const listeners = new Set<(id: string) => void>();
  const broken = new Set<string>();
  let isClosed = false;
  let hasNews = false;
  let reading: Promise<void> | undefined;
  /** Of the stream, when all was read last. */
  let readState = '';

  const open = () =>
    link.withReplicas((replicas) =>
      kvm.create(bucket, {
        replicas,
        // From the server that has the last word.
        allow_direct: false,
        republish: { src: `$KV.${bucket}.>`, dest: `${changedSubject}.>` },
      }),
    );
  let kv = await retryNats(open, {
    what: 'read the models of the fleet',
    forMs: START_MS,
    onRetry: once((error) =>
      log.warn({ error: messageOf(error) }, 'NATS does not answer yet; waiting for it'),
    ),
  });

  await growReplicas(link, stream).catch((error: unknown) => {
    log.warn({ stream, error: messageOf(error) }, 'NATS could not make more copies of a stream');
  });

  function set(id: string, next: StoredPointer | undefined): void {
    const before = pointers.get(id);
    if (before?.revision === next?.revision) return;
    if (next) pointers.set(id, next);
    else pointers.delete(id);
    if (next) removed.delete(id);
    for (const listener of listeners) {
      try {
        listener(id);
      } catch (error) {
        log.error({ model: id, error: messageOf(error) }, 'a listener of changes in the fleet failed');
      }
    }
  }

  async function readAll(): Promise<void> {
    // Made again, where NATS came back without its disk.
    kv = await open();
    const info = await manager.streams.info(stream, { subjects_filter: `$KV.${bucket}.>` });
    const state = `${info.created} ${info.state.last_seq}`;
    if (state === readState) return;
    const keys = Object.keys(info.state.subjects ?? {}).map((subject) =>
      subject.slice(`$KV.${bucket}.`.length),
    );
    const isSameStream = readState.startsWith(`${info.created} `);
    const entries = await Promise.all(keys.map((key) => kv.get(key)));
    for (const entry of entries) {
      if (entry === null) continue;
      const id = idOf(entry.key);
      const known = pointers.get(id);
      // A change of this process that came after what was read.
      if (known && isSameStream && known.revision > entry.revision) continue;
      if (entry.operation !== 'PUT') {
        removed.set(id, entry.created.getTime());
        set(id, undefined);
        continue;
      }
      const pointer = parse(id, entry.value);
      if (pointer) set(id, { pointer, revision: entry.revision });
    }
    for (const [id, { pointer, revision }] of pointers) {
      // One that this process has made since is not lost; taken for lost it would come back after its removal.
      const isNewer = isSameStream && revision > info.state.last_seq;
      if (revision > 0 && !isNewer && !keys.includes(keyOf(id))) set(id, { pointer, revision: 0 });
    }
    readState = state;
  }

  function parse(id: string, value: Uint8Array): Pointer | undefined {
    try {
      const pointer = v.parse(Pointer, JSON.parse(new TextDecoder().decode(value)));
      if ([pointer.live, pointer.staged].every((one) => one === undefined || one.id === id)) return pointer;
    } catch {
      // As below.
    }
    if (!broken.has(id)) log.error({ model: id }, 'what NATS has of a model cannot be read, and is ignored');
    broken.add(id);
    return undefined;
  }

  /** Reads until nothing is new. Several calls at a time are one. */
  function read(): Promise<void> {
    hasNews = true;
    reading ??= (async () => {
      while (hasNews && !isClosed) {
        hasNews = false;
        await readAll();
      }
    })().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  let isFailing = false;
  function readSoon(): void {
    if (isClosed || !link.isConnected) return;
    read().then(
      () => {
        isFailing = false;
      },
      (error: unknown) => {
        // The next look comes soon; one line is enough until it goes well again.
        if (!isFailing && !isClosed)
          log.warn({ error: messageOf(error) }, 'models of the fleet cannot be read now');
        isFailing = true;
      },
    );
  }

  const subscription = connection.subscribe(`${changedSubject}.>`, { callback: readSoon });
  const timer = setInterval(readSoon, READ_AGAIN_MS);
  timer.unref();
  const stopLink = link.onChange(readSoon);
  await retryNats(read, { what: 'read the models of the fleet', forMs: START_MS });

  async function write(id: string, pointer: Pointer | undefined, revision: number): Promise<number> {
    const key = keyOf(id);
    if (pointer === undefined) {
      if (revision > 0) await kv.delete(key, { previousSeq: revision });
      return 0;
    }
    const data = JSON.stringify(pointer);
    if (Buffer.byteLength(data) > link.maxPayload - HEADER_BYTES) {
      throw new CodedError(
        'model_too_large',
        `The list of files of "${id}" is larger than a message of NATS (${link.maxPayload} bytes). Raise max_payload there, or give the model fewer reference pictures.`,
      );
    }
    return revision === 0 ? kv.create(key, data) : kv.update(key, data, revision);
  }

  return {
    pointers,
    removed,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async point(id, pointer, revision) {
      try {
        const next = await retryNats(() => write(id, pointer, revision), {
          what: 'change a model of the fleet',
          forMs: CHANGE_MS,
        });
        if (pointer) set(id, { pointer, revision: next });
        else {
          removed.set(id, Date.now());
          set(id, undefined);
        }
        return next;
      } catch (error) {
        if (!isWrongRevision(error)) throw error;
        await retryNats(read, { what: 'read the models of the fleet', forMs: CHANGE_MS });
        // An attempt before the last may have done it, and only its acknowledgement was lost.
        const now = pointers.get(id);
        if (now && JSON.stringify(now.pointer) === JSON.stringify(pointer)) return now.revision;
        if (now === undefined && pointer === undefined) return 0;
        throw new CodedError(
          'conflict',
          `The model "${id}" was changed through another gateway at the same time. Look at what is live now, and try again.`,
        );
      } finally {
        readSoon();
      }
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      clearInterval(timer);
      stopLink();
      if (!connection.isClosed()) subscription.unsubscribe();
      await reading?.catch(() => {});
    },
  };
}

/** Calls it the first time only. */
function once<T>(call: (value: T) => void): (value: T) => void {
  let isDone = false;
  return (value) => {
    if (!isDone) call(value);
    isDone = true;
  };
}
