import { startDeadline } from '../../../client/http/deadline.ts';
import { openMessageSocket } from '../../../client/stream/messageSocket.ts';
import { streamUrl } from '../../../client/stream/streamUrl.ts';
import { defaultTransport } from '../../../client/stream/transport.ts';
import { serverUrl } from '../../browser/basePath.ts';

/** What a visit to the server came to. */
export type SocketVisit =
  | { readonly kind: 'unreachable'; readonly isOnline: boolean }
  /** It answers, but says that it has no model yet. */
  | { readonly kind: 'not-ready'; readonly status: number }
  /** The socket was closed, or never opened, without a word of the server. */
  | { readonly kind: 'closed'; readonly closeCode: number }
  /** The server said why not. */
  | { readonly kind: 'refused'; readonly code: string }
  | {
      readonly kind: 'welcome';
      readonly connectMs: number;
      readonly model: string;
      /** From a message to its answer, ms. */
      readonly tripsMs: readonly number[];
    };

/** Within the server's limit of text messages a second. */
const TRIPS = 10;
const READY_MS = 4_000;

/** Asks whether the server is ready, opens a stream of its own, sends some messages that are answered at once, and leaves. */
export async function visitSocket(token: string | undefined, signal: AbortSignal): Promise<SocketVisit> {
  const deadline = startDeadline(READY_MS, [signal]);
  const ready = await fetch(serverUrl('readyz'), { cache: 'no-store', signal: deadline.signal })
    .catch(() => undefined)
    .finally(() => deadline.clear());
  if (ready === undefined) return { kind: 'unreachable', isOnline: navigator.onLine };
  if (ready.status === 503) return { kind: 'not-ready', status: ready.status };
  // A proxy without its server.
  if (!ready.ok) return { kind: 'unreachable', isOnline: navigator.onLine };
  return new Promise((resolve) => {
    const startedMs = performance.now();
    let connectMs = 0;
    let model = '';
    let sentMs = 0;
    const tripsMs: number[] = [];
    const socket = openMessageSocket({
      url: streamUrl(serverUrl('')),
      transport: defaultTransport,
      onOpen: () => socket.send({ type: 'hello', ...(token !== undefined && { token }) }),
      onMessage(message) {
        switch (message.type) {
          case 'welcome':
            connectMs = performance.now() - startedMs;
            model = `${message.model.id}@${message.model.version}`;
            ask();
            return;
          case 'model':
            tripsMs.push(performance.now() - sentMs);
            if (tripsMs.length < TRIPS) ask();
            else end({ kind: 'welcome', connectMs, model, tripsMs });
            return;
          case 'error':
            end({ kind: 'refused', code: message.code });
            return;
          case 'goaway':
            end({ kind: 'refused', code: message.reason });
            return;
          default:
        }
      },
      onUnreadable: () => end({ kind: 'refused', code: 'unreadable' }),
      onClose: (closeCode) => end({ kind: 'closed', closeCode }),
    });
    const ask = () => {
      sentMs = performance.now();
      socket.send({ type: 'configure' });
    };
    const end = (visit: SocketVisit) => {
      socket.abandon();
      resolve(visit);
    };
    signal.addEventListener('abort', () => end({ kind: 'closed', closeCode: 0 }));
  });
}
