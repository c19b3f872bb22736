import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { ERRORS, type ErrorCode } from '../../protocol/errors.ts';
import { type ServerMessage, STREAM_PATH, SUBPROTOCOL } from '../../protocol/messages.ts';
import { base64Length } from '../../protocol/textFrame.ts';
import type { Access } from '../access/adminRight.ts';
import { clientGroup, type ProxyOptions } from '../access/clientAddress.ts';
import { isAllowedOrigin } from '../access/origin.ts';
import type { NoteRefusedOrigin } from '../access/refusedOrigins.ts';
import { removeBasePath } from '../config/basePath.ts';
import type { AddressPenalties } from '../limits/addressPenalties.ts';
import { createHeartbeat } from './heartbeat.ts';
import { createSession, type Session } from './session.ts';
import type { SessionContext, SessionSocket } from './sessionContext.ts';

/** What another protocol needs of its socket. */
export interface PeerSocket extends SessionSocket {
  /** Sends a binary message without a copy of it. @param onSent it left, or the socket closed */
  sendBytes(bytes: Uint8Array, onSent: () => void): void;
}

/** A protocol on a path of its own, next to the stream: it shares the limits, the check of origins and the heartbeat. */
export interface SocketProtocol {
  readonly path: string;
  readonly subprotocol: string;
  /** Whether clients need not name it. */
  readonly isSubprotocolOptional?: boolean;
  /**
   * A client connected.
   * @param id names the connection
   * @param onTooCostly the client sent pictures that cost too much, and is being closed for it
   */
  open(id: string, socket: PeerSocket, onTooCostly: () => void): Session;
}

export interface SocketsOptions extends Omit<SessionContext, 'onTooCostly' | 'access'>, ProxyOptions {
  /** Addresses whose pictures took too long to decode. */
  penalties: AddressPenalties;
  server: Server;
  /** See Config. */
  basePath: string;
  allowedOrigins: readonly string[];
  /** A connection became a session. */
  onSession?: ((socket: Duplex) => void) | undefined;
  noteRefusedOrigin: NoteRefusedOrigin;
  access: Pick<Access, 'callerWith' | 'isHere'>;
  /** Whether this request may not go on without TLS. */
  mustUseTls: (request: IncomingMessage) => boolean;
  /** The stream is at this path, too, for a platform whose socket names no subprotocol and may send JSON in binary messages. */
  streamAlsoAt?: string | undefined;
  /** Protocols next to the stream. */
  others: readonly SocketProtocol[];
  /** Upgrades to other paths; refused where it is not set. */
  onOtherUpgrade?: ((request: IncomingMessage, socket: Duplex, head: Buffer) => void) | undefined;
}

/**
 * Maximum number of pieces of a message: each costs some 200 bytes in addition to its content until the message is whole, so that
 * pieces of a few bytes would take many times the memory of the message. More of them close the socket with 1008.
 * Fragments are made by clients: Chromium 156 made 5 to 21 of 512 KiB (the smallest of 72 bytes), Go's gorilla makes 128,
 * Firefox, WebKit and most others one.
 * Chunks are what the network makes of one frame: packets of 536 bytes at the least.
 */
const closeTimeoutAndParts = (maxFrameBytes: number) => ({
  // Options that @types/ws 8.18 does not know.
  closeTimeout: CLOSE_TIMEOUT_MS,
  maxFragments: Math.max(64, Math.ceil(maxFrameBytes / 1024)),
  maxBufferedChunks: Math.max(256, Math.ceil(maxFrameBytes / 256)),
});

/** All streams of the server. */
export interface Sockets {
  readonly count: number;
  /**
   * Asks every client to come back elsewhere, closes all sockets and takes no new ones. Resolves when all are gone, after
   * `graceMs` at the latest. Idempotent.
   */
  close(graceMs: number): Promise<void>;
}

/** Time after which a client that found the server full should try again, ms, and its random addition. */
const BUSY_RETRY_MS = { base: 2_000, spread: 3_000 };
/** Time in which a client has to answer a close frame, ms. What came of an unfinished message is held until then. */
const CLOSE_TIMEOUT_MS = 2_000;

/** Accepts sockets on `/v1/stream`, and on the paths of other protocols, and gives each a session. */
export function acceptSockets(options: SocketsOptions): Sockets {
  const { server, limits, log, metrics, nowMs, penalties } = options;
  const stream: SocketProtocol = {
    path: STREAM_PATH,
    subprotocol: SUBPROTOCOL,
    open: (id, socket, onTooCostly) => createSession(id, socket, { ...options, onTooCostly }),
  };
  const alias: SocketProtocol[] =
    options.streamAlsoAt === undefined
      ? []
      : [
          {
            ...stream,
            path: options.streamAlsoAt,
            isSubprotocolOptional: true,
            open: (id, socket, onTooCostly) => withBinaryText(stream.open(id, socket, onTooCostly)),
          },
        ];
  const protocols = [stream, ...alias, ...options.others];
  const protocolOf = ({ url }: IncomingMessage) => protocols.find(({ path }) => path === url?.split('?')[0]);
  const wss = new WebSocketServer({
    noServer: true,
    // Anything larger closes the socket with 1009 before it is held in memory. A frame may come as text.
    maxPayload: base64Length(limits.maxFrameBytes),
    ...closeTimeoutAndParts(limits.maxFrameBytes),
    // Pictures do not compress, and labels are small: a deflate context costs more memory than it saves bytes.
    perMessageDeflate: false,
    handleProtocols: (_, request) => protocolOf(request)?.subprotocol ?? false,
  });
  const peers = new Map<WebSocket, Session>();
  const heartbeat = createHeartbeat<WebSocket>(options.heartbeatMs);
  const perAddress = new Map<string, number>();
  let closing: Promise<void> | undefined;

  const refuse = (socket: Duplex, code: ErrorCode, message: string) => {
    metrics.refused(code);
    // Node closes only our half of an upgraded socket, and no timeout of its server applies to it any more.
    socket.once('finish', () => socket.destroy());
    const body = JSON.stringify({ error: { code, message } });
    const request = randomUUID();
    log.debug({ request, code }, 'upgrade refused');
    socket.end(
      `HTTP/1.1 ${ERRORS[code].http} Refused\r\nConnection: close\r\nContent-Type: application/json\r\n` +
        `X-Request-Id: ${request}\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  };

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Until a WebSocket takes over, an error here (a reset, say) would otherwise end the process.
    socket.on('error', () => socket.destroy());
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      refuse(
        socket,
        'bad_request',
        'This server speaks HTTP/1.1 and WebSocket: leave the Upgrade header out.',
      );
      return;
    }
    removeBasePath(request, options.basePath);
    const protocol = protocolOf(request);
    if (protocol === undefined) {
      if (options.onOtherUpgrade) options.onOtherUpgrade(request, socket, head);
      else refuse(socket, 'not_found', `The stream is at ${STREAM_PATH}.`);
      return;
    }
    if (options.mustUseTls(request)) {
      refuse(
        socket,
        'bad_request',
        `From other machines this server takes wss: only: wss://${request.headers.host}.`,
      );
      return;
    }
    if (!isAllowedOrigin(request, options)) {
      options.noteRefusedOrigin(request.headers.origin);
      refuse(
        socket,
        'forbidden_origin',
        'Pages of this origin may not use this server. Its operator can allow them with ALLOWED_ORIGINS.',
      );
      return;
    }
    const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
    const isNamed = offered.includes(protocol.subprotocol);
    if (!isNamed && !(protocol.isSubprotocolOptional && offered.length === 0)) {
      refuse(
        socket,
        'unsupported_version',
        `Subprotocol ${protocol.subprotocol} expected, ${offered.join(', ') || 'none'} offered.`,
      );
      return;
    }
    wss.handleUpgrade(request, socket, head, (ws) => {
      const isHere = options.access.isHere(request);
      if (accept(ws, protocol, clientGroup(request, options), isHere)) options.onSession?.(socket);
    });
  };

  /** @returns whether there is room for one more session */
  function accept(ws: WebSocket, protocol: SocketProtocol, address: string, isHere: boolean): boolean {
    const id = randomUUID();
    // A broken, too large or too fragmented message: ws closes the socket with the right code, `close` follows.
    ws.on('error', (error) => log.debug({ session: id, error: error.message }, 'socket error'));
    const fromAddress = perAddress.get(address) ?? 0;
    if (peers.size >= limits.maxSessions || fromAddress >= limits.maxSessionsPerAddress || closing) {
      turnAway(ws, 'server_busy', BUSY_RETRY_MS.base, 'The server is full. It will be tried again.');
      return false;
    }
    const waitMs = penalties.waitMs(address, nowMs());
    if (waitMs > 0) {
      turnAway(ws, 'rate_limited', waitMs, 'Pictures from here took too long to decode. Wait a moment.');
      return false;
    }
    perAddress.set(address, fromAddress + 1);
    metrics.sessionOpened();
    const session = protocol.open(
      id,
      {
        send: (text) => ws.send(text, () => {}),
        sendBytes: (bytes, onSent) => ws.send(bytes, onSent),
        close(code, reason) {
          // A client that does not read would not read a close frame either, and all that is unread would stay in memory.
          if (reason === 'slow_reader') ws.terminate();
          else ws.close(code, reason);
        },
        get unreadBytes() {
          return ws.bufferedAmount;
        },
        isHere,
        address,
      },
      () => penalties.penalise(address, nowMs()),
    );
    peers.set(ws, session);
    heartbeat.add(ws, nowMs());
    ws.on('message', (data: Buffer, isBinary) => session.onMessage(data, isBinary));
    ws.on('ping', () => session.onPing());
    ws.on('pong', () => heartbeat.answered(ws));
    ws.once('close', (code) => {
      peers.delete(ws);
      heartbeat.delete(ws);
      const left = (perAddress.get(address) ?? 1) - 1;
      if (left === 0) perAddress.delete(address);
      else perAddress.set(address, left);
      metrics.sessionClosed(code);
      session.onClose();
      log.debug({ session: id, code }, 'session ended');
    });
    log.debug({ session: id }, 'session began');
    return true;
  }

  function turnAway(
    ws: WebSocket,
    code: 'server_busy' | 'rate_limited',
    afterMs: number,
    message: string,
  ): void {
    metrics.refused(code);
    const reconnectAfterMs = Math.round(afterMs + Math.random() * BUSY_RETRY_MS.spread);
    const messages: ServerMessage[] = [
      { type: 'goaway', reason: code, reconnectAfterMs },
      { type: 'error', code, message, fatal: true },
    ];
    for (const each of messages) ws.send(JSON.stringify(each), () => {});
    ws.close(ERRORS[code].close, code);
  }

  let pings = setTimeout(pingDue, heartbeat.tickMs);
  function pingDue(): void {
    const { ping, dead } = heartbeat.due(nowMs());
    for (const ws of ping) ws.ping();
    for (const ws of dead) ws.terminate();
    pings = setTimeout(pingDue, heartbeat.tickMs);
  }
  server.on('upgrade', onUpgrade);

  return {
    get count() {
      return peers.size;
    },
    close(graceMs) {
      closing ??= (async () => {
        clearTimeout(pings);
        const gone = [...wss.clients].map((ws) => new Promise((resolve) => ws.once('close', resolve)));
        for (const [ws, session] of peers) {
          session.goAway('restarting', Math.round(Math.random() * limits.goAwaySpreadMs));
          // What runs is finished first.
          void session.whenIdle().then(() => ws.close(ERRORS.restarting.close, 'restarting'));
        }
        const timer = setTimeout(() => {
          for (const ws of wss.clients) ws.terminate();
        }, graceMs);
        await Promise.all(gone);
        clearTimeout(timer);
        server.off('upgrade', onUpgrade);
        wss.close();
      })();
      return closing;
    },
  };
}

/** The first byte of JSON, which no frame begins with. */
const BRACE = 0x7b;

/** A session that also takes its text messages as binary ones. */
const withBinaryText = (session: Session): Session => ({
  ...session,
  onMessage: (data, isBinary) => session.onMessage(data, isBinary && data[0] !== BRACE),
});
