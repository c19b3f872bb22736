import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createSemaphore } from '../limits/semaphore.ts';

type Cleanup = { after(close: () => void | Promise<void>): void };

/** What a platform's router does to what passes through it. Times in ms. */
export interface RouterBehaviour {
  /** A socket without a byte in either direction for this long is cut, without a close frame. */
  idleMs?: number | undefined;
  /** A socket of this age is cut, in the same way. */
  maxAgeMs?: number | undefined;
  /** A larger body gets 413 here; the server does not see it. */
  maxBodyBytes?: number | undefined;
  /** A request without an answer by then gets 504. */
  answerMs?: number | undefined;
  /** The server gets this many POSTs at a time; others wait. */
  maxInFlight?: number | undefined;
  /** The headers that the server gets instead of those that came. `client`: the address that it was called from. */
  headers?: ((came: Headers, client: string) => Headers) | undefined;
}

type Headers = Readonly<Record<string, string>>;

/** A stand-in for a platform's router. */
export interface PlatformRouter {
  readonly url: string;
  /** Sockets and requests that it cut, by the limit that they met. */
  readonly cuts: { idle: number; age: number; slow: number };
}

/** A request says with it which address it is to count as: those of a test all come from this machine. Taken off here. */
export const CLIENT_HEADER = 'x-test-client';

/**
 * Passes HTTP and sockets on to a server of this machine, within the limits of a platform. Closed at the end of the test.
 * @param toPort where a new request or socket goes
 */
export async function startPlatformRouter(
  t: Cleanup,
  toPort: () => number,
  behaviour: RouterBehaviour,
): Promise<PlatformRouter> {
  const cuts = { idle: 0, age: 0, slow: 0 };
  const turns = createSemaphore(behaviour.maxInFlight ?? Number.POSITIVE_INFINITY);
  const open = new Set<Duplex>();
  const headersFor = (headers: IncomingHttpHeaders): Headers => {
    const { [CLIENT_HEADER]: client, ...came } = headers;
    const flat = Object.fromEntries(Object.entries(came).map(([name, value]) => [name, String(value)]));
    return behaviour.headers?.(flat, typeof client === 'string' ? client : '192.0.2.1') ?? flat;
  };

  const router = createServer((request, response) => {
    const { maxBodyBytes = Number.POSITIVE_INFINITY } = behaviour;
    if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) {
      request.resume();
      response.writeHead(413).end();
      return;
    }
    const pass = () => passOn(request, response);
    // Probes do not wait for what clients ask.
    void (request.method === 'POST' ? turns.run(pass) : pass());
  });

  async function passOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Its client went while it waited: no `close` follows any more.
    if (response.closed) return;
    const { url = '/', method = 'GET' } = request;
    const headers = { ...headersFor(request.headers), connection: 'close' };
    const far = httpRequest({ host: '127.0.0.1', port: toPort(), path: url, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    far.on('error', () => response.destroy());
    const slow = behaviour.answerMs === undefined ? undefined : setTimeout(cutSlow, behaviour.answerMs);
    function cutSlow() {
      cuts.slow += 1;
      far.destroy();
      response.writeHead(504).end();
    }
    request.pipe(far);
    await once(response, 'close');
    clearTimeout(slow);
  }

  router.on('upgrade', (request, near: Socket, head) => {
    const far = connect(toPort(), '127.0.0.1');
    const end = () => {
      near.destroy();
      far.destroy();
    };
    const cut = (limit: 'idle' | 'age') => () => {
      cuts[limit] += 1;
      end();
    };
    const age = behaviour.maxAgeMs === undefined ? undefined : setTimeout(cut('age'), behaviour.maxAgeMs);
    const idle = behaviour.idleMs === undefined ? undefined : setTimeout(cut('idle'), behaviour.idleMs);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket.on('data', () => idle?.refresh());
      socket.pipe(other);
      socket.on('error', end);
      socket.once('close', () => {
        open.delete(socket);
        clearTimeout(age);
        clearTimeout(idle);
        other.end();
      });
    }
    const lines = Object.entries(headersFor(request.headers)).map(([name, value]) => `${name}: ${value}\r\n`);
    far.write(`${request.method} ${request.url} HTTP/1.1\r\n${lines.join('')}\r\n`);
    if (head.length > 0) far.write(head);
  });

  router.listen(0, '127.0.0.1');
  await once(router, 'listening');
  t.after(() => {
    for (const socket of open) socket.destroy();
    router.closeAllConnections();
    router.close();
  });
  return { url: `http://127.0.0.1:${(router.address() as AddressInfo).port}`, cuts };
}
