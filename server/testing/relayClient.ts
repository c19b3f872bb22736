import { EventEmitter, on, once } from 'node:events';
import { WebSocket } from 'ws';
import {
  encodeRelayedPicture,
  parseRelayedPicture,
  parseRelayServerMessage,
  RELAY_PATH,
  RELAY_SUBPROTOCOL,
  type RelayClientMessage,
  type RelayedPicture,
  type RelayServerMessage,
} from '../../protocol/relay.ts';

type RelayServerMessageOf<T extends RelayServerMessage['type']> = Extract<RelayServerMessage, { type: T }>;

/** One socket to the relay for tests: it can send what a client never does, and look at each message. */
export interface RelayClient {
  readonly socket: WebSocket;
  say(message: RelayClientMessage): void;
  sendPicture(picture: Partial<RelayedPicture> & { image: Uint8Array }): void;
  /** The next message of this type that was not handed out yet. */
  next<T extends RelayServerMessage['type']>(type: T): Promise<RelayServerMessageOf<T>>;
  /** The next picture. */
  nextPicture(): Promise<RelayedPicture>;
  /** Pictures that came so far. */
  readonly pictureCount: number;
  /** The message types that came so far. */
  readonly types: readonly string[];
  readonly closed: Promise<number>;
  close(): Promise<void>;
}

export async function openRelay(url: string): Promise<RelayClient> {
  const at = `${url.replace(/^http/, 'ws')}${RELAY_PATH}`;
  const socket = new WebSocket(at, RELAY_SUBPROTOCOL, { perMessageDeflate: false });
  const unread: RelayServerMessage[] = [];
  const pictures: RelayedPicture[] = [];
  const types: string[] = [];
  const arrivals = new EventEmitter();
  arrivals.setMaxListeners(0);
  let pictureCount = 0;
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) {
      pictureCount += 1;
      pictures.push(parseRelayedPicture(data));
    } else {
      const message = parseRelayServerMessage(data.toString('utf8'));
      types.push(message.type);
      unread.push(message);
    }
    arrivals.emit('message');
  });
  socket.on('error', () => {});
  const closed = new Promise<number>((resolve) => {
    socket.once('close', (code) => {
      resolve(code);
      arrivals.emit('message');
    });
  });
  await once(socket, 'open');

  async function take<T>(find: () => T | undefined, what: string): Promise<T> {
    const done = new AbortController();
    const signals = on(arrivals, 'message', { signal: done.signal });
    try {
      for (;;) {
        const found = find();
        if (found !== undefined) return found;
        if (socket.readyState === WebSocket.CLOSED) {
          throw new Error(`The socket closed while ${what} was expected. It sent ${types.join(', ')}.`);
        }
        await signals.next();
      }
    } finally {
      done.abort();
    }
  }

  return {
    socket,
    closed,
    types,
    get pictureCount() {
      return pictureCount;
    },
    say: (message) => socket.send(JSON.stringify(message)),
    sendPicture(picture) {
      const capturedAtMs = performance.timeOrigin + performance.now();
      socket.send(encodeRelayedPicture({ camera: 0, capturedAtMs, format: 'jpeg', labels: [], ...picture }));
    },
    next: <T extends RelayServerMessage['type']>(type: T) =>
      take(() => {
        const index = unread.findIndex((message) => message.type === type);
        return index < 0 ? undefined : (unread.splice(index, 1)[0] as RelayServerMessageOf<T>);
      }, type),
    nextPicture: () => take(() => pictures.shift(), 'a picture'),
    async close() {
      socket.close();
      await closed;
    },
  };
}

/** A camera that is shared. */
export async function shareCamera(
  url: string,
  share: Omit<Extract<RelayClientMessage, { type: 'share' }>, 'type'> = {},
): Promise<RelayClient & { sharing: RelayServerMessageOf<'sharing'> }> {
  const client = await openRelay(url);
  client.say({ type: 'share', ...share });
  const sharing = await client.next('sharing');
  return Object.assign(Object.create(client) as RelayClient, { sharing });
}

/** A screen. */
export async function openScreen(
  url: string,
): Promise<RelayClient & { watching: RelayServerMessageOf<'watching'> }> {
  const client = await openRelay(url);
  client.say({ type: 'watch' });
  const watching = await client.next('watching');
  return Object.assign(Object.create(client) as RelayClient, { watching });
}
