/** What the client needs of a WebSocket. That of browsers, of Node 22 and of the package `ws` have it. */
export interface StreamSocket {
  binaryType: string;
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number;
  /** Bytes that were sent and have not left yet. */
  readonly bufferedAmount: number;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(
    type: 'close',
    listener: (event: { readonly code: number; readonly reason: string }) => void,
  ): void;
}

/**
 * Opens a WebSocket.
 *
 * @example
 * import { WebSocket } from 'ws';
 *
 * // Node 20 has no WebSocket of its own.
 * const transport: Transport = (url, subprotocol) => new WebSocket(url, subprotocol);
 */
export type Transport = (url: string, subprotocol: string) => StreamSocket;

/** The WebSocket of this runtime. */
export const defaultTransport: Transport = (url, subprotocol) => {
  if (typeof WebSocket === 'undefined') {
    throw new TypeError(
      'This runtime has no WebSocket; browsers and Node 22 have. Pass one, such as that of the package "ws": ' +
        'openStream({ url, transport: (url, subprotocol) => new WebSocket(url, subprotocol) }).',
    );
  }
  return new WebSocket(url, subprotocol);
};
