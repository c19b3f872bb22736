import { THINGS_PREFIX } from '../../protocol/things.ts';
import type { Lens } from '../lens/lens.ts';
import { isHere } from './collection.ts';
import type { ServerThings } from './collectionOnServer.ts';

/** How often a device asks what was taught meanwhile, here or by others, ms. */
const ASK_MS = 3_000;

export interface WatchHeadsOptions {
  lens: Lens;
  server: Pick<ServerThings, 'head'>;
  signal: AbortSignal;
}

/** Keeps what a collection of the server teaches on this device, for as long as this device may have to recognise it. */
export function watchHeads({ lens, server, signal }: WatchHeadsOptions): void {
  let isAsking = false;
  let asked: string | undefined;
  const ask = async () => {
    const { modelId, backend, view } = lens.store.getState();
    if (isAsking || document.hidden || backend.mode === 'server' || view.kind === 'welcome') return;
    if (!modelId?.startsWith(THINGS_PREFIX)) return;
    const id = modelId.slice(THINGS_PREFIX.length);
    // Once is enough for who may never need it.
    if (isHere(id) || (id === asked && backend.backend === 'server')) return;
    isAsking = true;
    try {
      lens.teaching.knowHead(id, await server.head(id));
      asked = id;
    } catch {
      // What is known already goes on to be recognised; it is asked for again.
    } finally {
      isAsking = false;
    }
  };
  const timer = setInterval(() => void ask(), ASK_MS);
  const unsubscribe = lens.store.subscribe(() => void (asked === undefined && ask()));
  signal.addEventListener('abort', () => {
    clearInterval(timer);
    unsubscribe();
  });
}
