import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ERRORS, type ErrorCode } from '../../protocol/errors.ts';
import type { ErrorBody } from '../../protocol/messages.ts';
import { clientGroup, type ProxyOptions, peerGroup } from '../access/clientAddress.ts';
import type { Limits } from '../config/config.ts';
import { RESERVED_CONNECTIONS } from './descriptors.ts';

export interface ConnectionsOptions extends ProxyOptions {
  limits: Pick<Limits, 'maxConnections' | 'maxConnectionsPerAddress' | 'stalledMs'>;
  metrics: { refused(code: ErrorCode): void };
  nowMs: () => number;
  /** Paths of health in addition to the server's own. */
  healthPaths?: readonly string[];
  /** Answers a request. */
  handle(request: IncomingMessage, response: ServerResponse): void;
}

/**
 * What of a write still waits to be taken by the network. Node uses it for its own timeouts only; without it a large write
 * would count when all of it is gone.
 */
const bytesInSystem = (socket: Socket & { _handle?: { writeQueueSize?: number } | null }): number =>
  socket._handle?.writeQueueSize ?? 0;

/**
 * Ends the parsing of what was read already: Node would make a request of each, some 2,000 in 64 KiB, which takes 0.1 s,
 * though the connection is ended. 2 is what its own handler of requests returns where another protocol follows. Nothing
 * public does this; should it go, such requests are made again, and left alone.
 */
function stopParsing(socket: Socket & { parser?: { onIncoming?: () => number } | null }): void {
  if (socket.parser) socket.parser.onIncoming = () => 2;
}

/** The connections of a server that are no streams: limits their number, and the requests that each has in progress. */
export interface Connections {
  readonly count: number;
  /** A connection became a stream, which is counted elsewhere. */
  release(socket: Duplex): void;
  /** A connection goes on as another socket, which its requests name: TLS over it. */
  replace(socket: Duplex, by: Socket): void;
  close(): void;
}

interface Connection {
  socket: Socket;
  readonly openedAtMs: number;
  /** Above the limits: it may open a stream or ask for health, and nothing else. */
  readonly isReserve: boolean;
  /** For whom it counts; behind a proxy that is known while it is asked for something. */
  group: string | undefined;
  current: IncomingMessage | undefined;
  /** It has had an answer, and asked for nothing since: its client loses nothing when it is ended. */
  isIdle: boolean;
  readonly waiting: [IncomingMessage, ServerResponse][];
  movedBytes: number;
  /** When bytes last went either way, or were last owed by the server. */
  movedAtMs: number;
}

/** Requests that wait for the answers before them, on one connection. Browsers and most other clients send none ahead. */
const MAX_WAITING = 16;
/** Idle time after which a connection gives way where there are too many: any, or one of the same address. */
const GIVES_WAY_MS = 500;
/** How often bytes are counted. */
const COUNT_MS = 250;
/** Of the reserve, which one address must not have for itself. */
const RESERVED_PER_ADDRESS = 8;
/** A connection of the reserve asks for something by then. */
const RESERVE_WAITS_MS = 3_000;
/** Also below the path that the server is served at. */
const ALWAYS_ANSWERED = /\/(healthz|readyz|metrics)$/;

/**
 * Keeps the HTTP side of a server within its limits. Connections are bounded in all and by address. Where there are too
 * many, the one that stood still longest gives way: an idle one, or one whose client takes nothing of its answer. Where
 * none does, the new one may only open a stream or ask for health. A client that takes nothing for `stalledMs` is ended.
 * Requests of one connection are answered one by one, as HTTP/1.1 sends their answers anyway: each may hold a file.
 */
export function guardConnections(server: Server, options: ConnectionsOptions): Connections {
  const { limits, metrics, nowMs, handle, healthPaths = [] } = options;
  const connections = new Map<Duplex, Connection>();
  const groups = new Map<string, Set<Connection>>();
  let reserved = 0;

  function onConnection(socket: Socket): void {
    const group = peerGroup(socket.remoteAddress, options);
    const isReserve = !makeRoom(group);
    const inReserve = [...(groups.get(group ?? '') ?? [])].filter((one) => one.isReserve).length;
    if (isReserve && (reserved >= RESERVED_CONNECTIONS || inReserve >= RESERVED_PER_ADDRESS)) {
      metrics.refused('server_busy');
      socket.destroy();
      return;
    }
    const connection: Connection = {
      socket,
      openedAtMs: nowMs(),
      isReserve,
      group: undefined,
      current: undefined,
      isIdle: false,
      waiting: [],
      movedBytes: 0,
      movedAtMs: nowMs(),
    };
    connections.set(socket, connection);
    if (isReserve) reserved += 1;
    count(connection, group);
    socket.once('close', () => release(socket));
  }

  function release(socket: Duplex): void {
    const connection = connections.get(socket);
    if (connection === undefined) return;
    connections.delete(socket);
    if (connection.isReserve) reserved -= 1;
    count(connection, undefined);
    connection.waiting.length = 0;
  }

  function replace(socket: Duplex, by: Socket): void {
    const connection = connections.get(socket);
    if (connection === undefined) return;
    connections.delete(socket);
    connection.socket = by;
    connection.movedBytes = 0;
    connections.set(by, connection);
    by.once('close', () => release(by));
  }

  /** Counts a connection for this group instead of its previous one. */
  function count(connection: Connection, group: string | undefined): void {
    if (connection.group !== undefined) {
      const before = groups.get(connection.group);
      before?.delete(connection);
      if (before?.size === 0) groups.delete(connection.group);
    }
    connection.group = group;
    if (group === undefined) return;
    const mine = groups.get(group) ?? new Set();
    groups.set(group, mine.add(connection));
  }

  /** @returns whether one more connection is within the limits, now that one that stood still may have given way */
  function makeRoom(group: string | undefined): boolean {
    if (!makeRoomInGroup(group)) return false;
    return connections.size - reserved < limits.maxConnections || giveWay(connections.values());
  }

  /** The same for one more of this group, where the connection itself is counted already. */
  function makeRoomInGroup(group: string | undefined): boolean {
    const mine = [...(groups.get(group ?? '') ?? [])].filter((one) => !one.isReserve);
    return mine.length < limits.maxConnectionsPerAddress || giveWay(mine);
  }

  /** Ends the one that stood still longest, an idle one where there is one. */
  function giveWay(candidates: Iterable<Connection>): boolean {
    const latestMs = nowMs() - GIVES_WAY_MS;
    const [first] = [...candidates]
      .filter((one) => !one.isReserve && one.movedAtMs <= latestMs)
      .sort((a, b) => Number(b.isIdle) - Number(a.isIdle) || a.movedAtMs - b.movedAtMs);
    if (first === undefined) return false;
    end(first, first.current ? 'slow_reader' : undefined);
    return true;
  }

  function end(connection: Connection, code: ErrorCode | undefined): void {
    if (code) metrics.refused(code);
    release(connection.socket);
    connection.socket.destroy();
  }

  function onRequest(request: IncomingMessage, response: ServerResponse): void {
    const connection = connections.get(request.socket);
    // Ended, but Node goes on with what it has read already.
    if (connection === undefined) return;
    if (connection.waiting.length >= MAX_WAITING) {
      stopParsing(connection.socket);
      end(connection, 'rate_limited');
      return;
    }
    connection.waiting.push([request, response]);
    if (connection.current === undefined) answerNext(connection);
  }

  function answerNext(connection: Connection): void {
    const [request, response] = connection.waiting.shift() ?? [];
    connection.current = request;
    connection.isIdle = request === undefined;
    connection.movedAtMs = nowMs();
    if (request === undefined || response === undefined) return;
    const isDirect = peerGroup(connection.socket.remoteAddress, options) !== undefined;
    response.once('close', () => {
      if (!isDirect) count(connection, undefined);
      if (connections.has(connection.socket)) answerNext(connection);
    });
    const path = request.url?.split('?')[0] ?? '';
    const isAlwaysAnswered = ALWAYS_ANSWERED.test(path) || healthPaths.includes(path);
    const group = isDirect ? undefined : clientGroup(request, options);
    const hasRoom = !connection.isReserve && (group === undefined || makeRoomInGroup(group));
    if (!hasRoom && !isAlwaysAnswered) {
      refuse(response);
      return;
    }
    if (connection.isReserve) response.setHeader('Connection', 'close');
    if (group !== undefined) count(connection, group);
    handle(request, response);
  }

  function refuse(response: ServerResponse): void {
    metrics.refused('server_busy');
    const message =
      'The server has too many connections, in all or from your address. Try again in a moment.';
    const body: ErrorBody = { error: { code: 'server_busy', message } };
    const headers = { 'Content-Type': 'application/json', 'Retry-After': '1', Connection: 'close' };
    response.writeHead(ERRORS.server_busy.http, headers).end(JSON.stringify(body));
  }

  function countBytes(): void {
    const now = nowMs();
    for (const connection of [...connections.values()]) {
      const { socket, current } = connection;
      const isReceiving = current !== undefined && !current.complete;
      const isSending = socket.writableLength > 0;
      // What a client sends while it takes no answer is no progress.
      const sent = socket.bytesWritten - socket.writableLength - bytesInSystem(socket);
      const moved = sent + (isReceiving ? socket.bytesRead : 0);
      const isOwed = current !== undefined && !isReceiving && !isSending;
      if (isOwed || moved !== connection.movedBytes) connection.movedAtMs = now;
      connection.movedBytes = moved;
      if (isSending && now - connection.movedAtMs >= limits.stalledMs) end(connection, 'slow_reader');
      else if (
        connection.isReserve &&
        current === undefined &&
        now - connection.openedAtMs >= RESERVE_WAITS_MS
      ) {
        end(connection, undefined);
      }
    }
  }

  const counting = setInterval(countBytes, COUNT_MS);
  counting.unref();
  server.on('connection', onConnection);
  server.on('request', onRequest);
  return {
    get count() {
      return connections.size;
    },
    release,
    replace,
    close() {
      clearInterval(counting);
    },
  };
}
