import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';

/** A certificate, with those between it and its authority, and its private key; both PEM. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

export interface OnePortOptions {
  certificate: CertificatePair;
  /** A connection that has sent nothing by then, or has not finished its handshake by then, is ended. */
  timeoutMs: number;
  /** The connection goes on as TLS over it. */
  onSecure(socket: Socket, secure: TLSSocket): void;
}

export interface OnePort {
  /** For connections from now on. */
  setCertificate(certificate: CertificatePair): void;
  close(): void;
}

/** The first byte of a TLS connection: a record of the handshake (RFC 8446, 5.1). No request of HTTP begins with it. */
const TLS_HANDSHAKE = 22;

/**
 * Lets an HTTP server speak TLS as well, on the same port: the first byte of a connection tells which it is. All of the
 * server's other listeners see one server. For a server that has no listener of connections but Node's own yet: that one
 * gets its sockets from here, those of TLS after the handshake, as Node's own server for https does it.
 * @throws Error where certificate and key do not fit
 */
export function acceptTls(http: Server, { certificate, timeoutMs, onSecure }: OnePortOptions): OnePort {
  const serve = http.listeners('connection');
  http.removeAllListeners('connection');
  const secureServer = createServer({
    ...certificate,
    handshakeTimeout: timeoutMs,
    ALPNProtocols: ['http/1.1'],
  });
  /** By their two ends: Node does not tell over which connection a secure one runs. */
  const handshakes = new Map<string, Socket>();

  const hand = (socket: Socket) => {
    for (const listener of serve) listener.call(http, socket);
  };

  http.on('connection', (socket: Socket) => {
    const timer = setTimeout(() => socket.destroy(), timeoutMs);
    const onError = () => socket.destroy();
    const onEnd = () => socket.end();
    socket.on('error', onError);
    socket.once('end', onEnd);
    socket.once('close', () => clearTimeout(timer));
    socket.once('data', (first: Buffer) => {
      clearTimeout(timer);
      socket.off('end', onEnd);
      socket.pause();
      socket.unshift(first);
      if (first[0] === TLS_HANDSHAKE) {
        const ends = endsOf(socket);
        handshakes.set(ends, socket);
        socket.once('close', () => handshakes.delete(ends));
        secureServer.emit('connection', socket);
      } else {
        socket.off('error', onError);
        hand(socket);
        socket.resume();
      }
    });
  });

  secureServer.on('secureConnection', (secure) => {
    const ends = endsOf(secure);
    const socket = handshakes.get(ends);
    handshakes.delete(ends);
    if (socket === undefined) {
      secure.destroy();
      return;
    }
    onSecure(socket, secure);
    hand(secure);
  });
  // A browser that does not trust the certificate, a scanner, a client that gave up.
  secureServer.on('tlsClientError', (_error, secure) => secure.destroy());
  http.once('close', () => secureServer.close());

  return {
    setCertificate: (next) => secureServer.setSecureContext(next),
    close: () => {
      for (const socket of handshakes.values()) socket.destroy();
    },
  };
}

const endsOf = ({ remoteAddress, remotePort, localAddress, localPort }: Socket): string =>
  [remoteAddress, remotePort, localAddress, localPort].join(' ');
