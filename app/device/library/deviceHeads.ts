import { errorOf } from '../../../client/http/answer.ts';
import { createRequester } from '../../../client/http/requester.ts';
import { Listeners } from '../../../client/listeners.ts';
import type { Head } from '../../../vision/things/head.ts';
import { decodeHead } from '../../../vision/things/headBytes.ts';
import { serverUrl } from '../../browser/basePath.ts';

/** A server that takes longer counts as away. */
const DEADLINE_MS = 10_000;
/** Others may teach, too: what is in use is asked for again after this time, ms. */
const FRESH_MS = 2_000;

interface KnownHead {
  head?: Head | undefined;
  tag?: string | null;
  askedAtMs: number;
  pending?: Promise<void> | undefined;
}

/** What names things on this device, by collection. */
export interface DeviceHeads {
  /** What is known now; asks again in the background where it may be old. The same object as long as the same is taught. */
  headOf(collection: string): Head | undefined;
  /** Resolves when it was asked for, at the latest after 10 s. Does not reject: what cannot be had is not known. */
  load(collection: string): Promise<void>;
  /**
   * Something was taught, or taken back. Resolves when it is known here, where it was asked for before; does not reject.
   * @param head of a collection that only this browser has; else the server is asked
   */
  changed(collection: string, head?: Head): Promise<void>;
  /** Called after what is known of a collection has changed. Returns its disposer. */
  onChange(listener: (collection: string) => void): () => void;
}

/**
 * Heads of the server's collections, and of those that only this browser has (`@ID`), which `changed` brings.
 * @param options.server its address; default: where the page comes from
 */
export function createDeviceHeads({
  server,
  token,
  nowMs = () => performance.now(),
}: {
  server?: string | undefined;
  token(): string | undefined;
  nowMs?: () => number;
}): DeviceHeads {
  const requester = createRequester({ url: serverUrl('', server), token });
  const known = new Map<string, KnownHead>();
  const listeners = new Listeners<string>();

  function entryOf(collection: string): KnownHead {
    const entry = known.get(collection) ?? { askedAtMs: Number.NEGATIVE_INFINITY };
    known.set(collection, entry);
    return entry;
  }

  function ask(collection: string, entry: KnownHead): Promise<void> {
    entry.askedAtMs = nowMs();
    entry.pending ??= fetchHead(collection, entry)
      // Away, most likely: what was known holds, and it is asked for again.
      .catch((error: unknown) => console.warn('What was taught could not be fetched.', error))
      .finally(() => {
        entry.pending = undefined;
      });
    return entry.pending;
  }

  async function fetchHead(collection: string, entry: KnownHead): Promise<void> {
    const url = requester.urlOf(`v1/things/${encodeURIComponent(collection)}/head`);
    const get = async (cache: RequestCache) =>
      fetch(url, {
        headers: await requester.headers(),
        redirect: 'error',
        signal: AbortSignal.timeout(DEADLINE_MS),
        cache,
      });
    // Without the server, what the browser keeps of an earlier visit.
    const response = await get('no-cache').catch(() => get('force-cache'));
    if (response.status === 404) return keep(collection, entry, undefined, null);
    if (!response.ok) throw await errorOf(response);
    const tag = response.headers.get('ETag');
    if (entry.head && tag !== null && tag === entry.tag) return;
    keep(collection, entry, decodeHead(new Uint8Array(await response.arrayBuffer())), tag);
  }

  function keep(collection: string, entry: KnownHead, head: Head | undefined, tag: string | null): void {
    const isOther = head !== entry.head;
    entry.head = head;
    entry.tag = tag;
    if (isOther) listeners.emit(collection);
  }

  const isOnServer = (collection: string) => !collection.startsWith('@');

  return {
    headOf(collection) {
      const entry = entryOf(collection);
      if (isOnServer(collection) && nowMs() - entry.askedAtMs >= FRESH_MS) void ask(collection, entry);
      return entry.head;
    },
    async load(collection) {
      const entry = entryOf(collection);
      if (isOnServer(collection) && entry.head === undefined) await ask(collection, entry);
    },
    async changed(collection, head) {
      const entry = entryOf(collection);
      if (!isOnServer(collection)) return keep(collection, entry, head, null);
      if (entry.askedAtMs === Number.NEGATIVE_INFINITY) return;
      // One that is pending may have been answered before the change.
      await entry.pending;
      await ask(collection, entry);
    },
    onChange: (listener) => listeners.add(listener),
  };
}
