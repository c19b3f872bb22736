import type { Transport } from './transport.ts';

export interface SocketOptions {
  /** ws: or wss: */
  url: string;
  subprotocol: string;
  transport: Transport;
  onOpen(): void;
  /** @param data a string, or an ArrayBuffer */
  onData(data: unknown): void;
  onClose(closeCode: number, reason: string): void;
}

/** One WebSocket. */
export interface OpenedSocket {
  /** Bytes that wait for the link to take them. */
  readonly bufferedBytes: number;
  readonly isOpen: boolean;
  /** Does nothing unless the socket is open. */
  send(data: string | Uint8Array<ArrayBuffer>): void;
  /**
   * Gives the socket up, without waiting for its close event: a dead link delays that by minutes. No callback is called
   * afterwards. Idempotent.
   */
  abandon(): void;
}

const OPEN = 1;

/** Opens a WebSocket that can be given up. It knows no messages and no retries. */
export function openSocket({
  url,
  subprotocol,
  transport,
  onOpen,
  onData,
  onClose,
}: SocketOptions): OpenedSocket {
  const socket = transport(url, subprotocol);
  socket.binaryType = 'arraybuffer';
  let isAbandoned = false;
  socket.addEventListener('open', () => {
    if (!isAbandoned) onOpen();
  });
  socket.addEventListener('message', ({ data }) => {
    if (!isAbandoned) onData(data);
  });
  socket.addEventListener('close', ({ code, reason }) => {
    if (!isAbandoned) onClose(code, reason);
  });
  // The close event that follows says all; without a listener, the socket of "ws" would throw.
  socket.addEventListener('error', () => {});
  return {
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
    get isOpen() {
      return socket.readyState === OPEN;
    },
    send(data) {
      if (socket.readyState === OPEN) socket.send(data);
    },
    abandon() {
      isAbandoned = true;
      socket.close(1000);
    },
  };
}
