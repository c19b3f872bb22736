import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** One direction of a link. */
export interface LinkShape {
  /** From the end of sending to arrival, ms. Default 0. */
  delayMs?: number;
  /** Default: no limit. */
  bitsPerSecond?: number;
  /** Up to so much is added to each delay, evenly spread; bytes never overtake. Default 0. */
  jitterMs?: number;
  /**
   * Bytes that this direction holds, those on the way included; it then reads no more until some have arrived, and the
   * sender's socket fills up. Nothing is lost. A chunk that was read is taken whole. Default 64 KiB.
   */
  bufferBytes?: number;
}

/** As large as what a packet of Ethernet carries: what is sent is spread over time in such pieces. */
const SEGMENT_BYTES = 1_448;
const DEFAULTS = { delayMs: 0, bitsPerSecond: Number.POSITIVE_INFINITY, jitterMs: 0, bufferBytes: 64 << 10 };

/** When bytes arrive. Pure but for its state: the time is passed in, and jitter comes from the seed. */
export class LinkClock {
  readonly shape: Required<LinkShape>;
  readonly #random: () => number;
  /** When the link is free to send the next byte. */
  #freeAtMs = 0;
  #lastArrivalMs = 0;
  #stalledUntilMs = 0;

  constructor(shape: LinkShape, seed: number) {
    this.shape = { ...DEFAULTS, ...shape };
    this.#random = mulberry32(seed);
  }

  /** When `bytes` that are ready at `nowMs` have arrived. */
  arrivalMs(bytes: number, nowMs: number): number {
    const { delayMs, bitsPerSecond, jitterMs } = this.shape;
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs, this.#stalledUntilMs) + (bytes * 8_000) / bitsPerSecond;
    const arrivalMs = this.#freeAtMs + delayMs + jitterMs * this.#random();
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, arrivalMs);
    return this.#lastArrivalMs;
  }

  /** Pauses the link for this time: nothing is sent and nothing arrives. */
  stall(durationMs: number, nowMs: number): void {
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + durationMs;
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, nowMs) + durationMs;
    this.#stalledUntilMs = nowMs + durationMs;
  }
}

/** A TCP proxy that stands for a bad network: all its connections share one link. */
export interface ShapedLink {
  readonly url: string;
  /** Bytes that have arrived: `up` at the server, `down` at the client. TCP and IP headers are not counted. */
  readonly bytes: { readonly up: number; readonly down: number };
  /** Bytes that are held now. */
  readonly held: { readonly up: number; readonly down: number };
  /** Stops both directions for this time; connections stay. */
  stall(durationMs: number): void;
  /** Breaks all connections, and each new one as soon as it comes, until `mend`. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

export interface ShapedLinkOptions {
  /** Where the server is, `http://host:port`. */
  target: string;
  up?: LinkShape;
  down?: LinkShape;
  /** Of the jitter. Default 1. */
  seed?: number;
}

export async function startShapedLink({
  target,
  up = {},
  down = {},
  seed = 1,
}: ShapedLinkOptions): Promise<ShapedLink> {
  const { hostname, port } = new URL(target);
  const [upward, downward] = [startDirection(up, seed), startDirection(down, seed + 1)];
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    if (isCut) {
      client.destroy();
      return;
    }
    const upstream = connect({ host: hostname, port: Number(port), allowHalfOpen: true, noDelay: true });
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => {
        sockets.delete(socket);
        // What ended as it should has its last bytes still on the way.
        if (!socket.readableEnded) other.destroy();
      });
    }
    upward.carry(client, upstream);
    downward.carry(upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');

  return {
    url: `http://127.0.0.1:${address.port}`,
    get bytes() {
      return { up: upward.arrivedBytes, down: downward.arrivedBytes };
    },
    get held() {
      return { up: upward.heldBytes, down: downward.heldBytes };
    },
    stall(durationMs) {
      upward.stall(durationMs);
      downward.stall(durationMs);
    },
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend() {
      isCut = false;
    },
    async close() {
      upward.close();
      downward.close();
      for (const socket of sockets) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}

interface Direction {
  readonly arrivedBytes: number;
  readonly heldBytes: number;
  carry(from: Socket, to: Socket): void;
  stall(durationMs: number): void;
  close(): void;
}

function startDirection(shape: LinkShape, seed: number): Direction {
  const clock = new LinkClock(shape, seed);
  const { bufferBytes } = clock.shape;
  /** In the order of arrival. */
  const held: { atMs: number; bytes: number; arrive(): void }[] = [];
  const readers = new Set<Socket>();
  let heldBytes = 0;
  let arrivedBytes = 0;
  let timer: NodeJS.Timeout | undefined;

  function hold(bytes: number, arrive: () => void): void {
    held.push({ atMs: clock.arrivalMs(bytes, performance.now()), bytes, arrive });
    heldBytes += bytes;
    if (held.length === 1) wait();
  }

  function wait(): void {
    clearTimeout(timer);
    const [next] = held;
    timer = next && setTimeout(deliver, Math.max(0, next.atMs - performance.now()));
  }

  function deliver(): void {
    for (let next = held[0]; next && next.atMs <= performance.now(); next = held[0]) {
      held.shift();
      heldBytes -= next.bytes;
      arrivedBytes += next.bytes;
      next.arrive();
    }
    if (heldBytes < bufferBytes) for (const reader of readers) reader.resume();
    wait();
  }

  return {
    get arrivedBytes() {
      return arrivedBytes;
    },
    get heldBytes() {
      return heldBytes;
    },
    carry(from, to) {
      readers.add(from);
      from.once('close', () => readers.delete(from));
      from.on('data', (chunk: Buffer) => {
        for (let start = 0; start < chunk.byteLength; start += SEGMENT_BYTES) {
          const piece = chunk.subarray(start, start + SEGMENT_BYTES);
          hold(piece.byteLength, () => to.writable && to.write(piece));
        }
        if (heldBytes >= bufferBytes) for (const reader of readers) reader.pause();
      });
      from.once('end', () => hold(0, () => to.end()));
    },
    stall(durationMs) {
      clock.stall(durationMs, performance.now());
      for (const piece of held) piece.atMs += durationMs;
      wait();
    },
    close() {
      clearTimeout(timer);
      held.length = 0;
      heldBytes = 0;
    },
  };
}

/** A small generator of numbers in 0..1 that gives the same row for the same seed. https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
