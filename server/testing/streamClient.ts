import { EventEmitter, on, once } from 'node:events';
import { WebSocket } from 'ws';
import { openMessageSocket } from '../../client/stream/messageSocket.ts';
import { streamUrl } from '../../client/stream/streamUrl.ts';
import type { Frame } from '../../protocol/frame.ts';
import {
  type ClientMessage,
  type ServerMessage,
  type ServerMessageOf,
  SUBPROTOCOL,
} from '../../protocol/messages.ts';

/**
 * One stream for tests: the client's socket without its session, so that a test can send what a client never does, and
 * read each message.
 */
export interface StreamClient {
  readonly socket: WebSocket;
  /** All messages received, oldest first. */
  readonly messages: readonly ServerMessage[];
  send(message: ClientMessage): void;
  sendFrame(frame: Partial<Frame> & { image: Uint8Array }): number;
  /** The next message of this type that was not handed out yet. */
  next<T extends ServerMessage['type']>(type: T): Promise<ServerMessageOf<T>>;
  /** Sends a frame and waits until it is answered. */
  recognize(
    image: Uint8Array,
    format?: Frame['format'],
    view?: Frame['view'],
  ): Promise<ServerMessageOf<'labels' | 'dropped'>>;
  /** How the socket was closed; waits for it. */
  readonly closed: Promise<{ code: number; reason: string }>;
  close(): Promise<void>;
}

export async function openStream(
  url: string,
  options: { headers?: Record<string, string>; subprotocol?: string; localAddress?: string } = {},
): Promise<StreamClient> {
  const messages: ServerMessage[] = [];
  const unread: ServerMessage[] = [];
  const arrivals = new EventEmitter();
  arrivals.setMaxListeners(0);
  let seq = 0;
  let onClosed = (_: { code: number; reason: string }) => {};
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    onClosed = resolve;
  });
  const at = streamUrl(url);
  const { headers = {}, subprotocol = SUBPROTOCOL, localAddress } = options;
  const socket = new WebSocket(at, subprotocol, { headers, localAddress, perMessageDeflate: false });
  const messageSocket = openMessageSocket({
    url: at,
    transport: () => socket,
    onOpen() {},
    onMessage(message) {
      messages.push(message);
      unread.push(message);
      arrivals.emit('message');
    },
    onUnreadable(error) {
      throw error;
    },
    onClose(code, reason) {
      onClosed({ code, reason });
      arrivals.emit('message');
    },
  });
  await once(socket, 'open');

  async function take<M extends ServerMessage>(fits: (message: ServerMessage) => message is M): Promise<M> {
    const done = new AbortController();
    const signals = on(arrivals, 'message', { signal: done.signal });
    try {
      for (;;) {
        const found = unread.find(fits);
        if (found) {
          unread.splice(unread.indexOf(found), 1);
          return found;
        }
        if (socket.readyState === WebSocket.CLOSED) {
          throw new Error(
            `The socket closed while a message was expected. Last: ${JSON.stringify(messages.at(-1))}`,
          );
        }
        await signals.next();
      }
    } finally {
      done.abort();
    }
  }

  const client: StreamClient = {
    socket,
    messages,
    closed,
    send: messageSocket.send,
    sendFrame(frame) {
      const sent = { seq: seq++, capturedAtMs: performance.now(), format: 'jpeg' as const, ...frame };
      messageSocket.sendFrame(sent);
      return sent.seq;
    },
    next: (type) => take((message): message is ServerMessageOf<typeof type> => message.type === type),
    recognize(image, format = 'jpeg', view = undefined) {
      const sent = client.sendFrame({ image, format, view });
      return take(
        (message): message is ServerMessageOf<'labels' | 'dropped'> =>
          (message.type === 'labels' || message.type === 'dropped') && message.seq === sent,
      );
    },
    async close() {
      socket.close();
      await closed;
    },
  };
  return client;
}

/** Opens a stream and says hello. */
export async function helloStream(
  url: string,
  hello: Omit<Extract<ClientMessage, { type: 'hello' }>, 'type'> = {},
): Promise<StreamClient & { welcome: ServerMessageOf<'welcome'> }> {
  const client = await openStream(url);
  client.send({ type: 'hello', ...hello });
  return Object.assign(client, { welcome: await client.next('welcome') });
}
