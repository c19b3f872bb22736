import { encodeFrame, type Frame } from '../../protocol/frame.ts';
import {
  type ClientMessage,
  parseServerMessage,
  type ServerMessage,
  SUBPROTOCOL,
} from '../../protocol/messages.ts';
import type { Transport } from './transport.ts';

export interface MessageSocketOptions {
  /** ws: or wss: address of the stream. */
  url: string;
  transport: Transport;
  onOpen(): void;
  onMessage(message: ServerMessage): void;
  /** A text message that is no message of this version of the protocol. */
  onUnreadable(error: unknown): void;
  onClose(closeCode: number, reason: string): void;
}

/** One WebSocket that carries messages and frames of the protocol. It knows no session, no credits and no retries. */
export interface MessageSocket {
  /** Bytes that wait for the link to take them. */
  readonly bufferedBytes: number;
  readonly isOpen: boolean;
  /** Sends a message; does nothing unless the socket is open. */
  send(message: ClientMessage): void;
  /** Sends a frame. @returns its bytes, header included */
  sendFrame(frame: Frame): number;
  /**
   * Gives the socket up, without waiting for its close event: a dead link delays that by minutes. No callback is called
   * afterwards. Idempotent.
   */
  abandon(): void;
}

const OPEN = 1;

export function openMessageSocket(options: MessageSocketOptions): MessageSocket {
  const { onOpen, onMessage, onUnreadable, onClose } = options;
  const socket = options.transport(options.url, SUBPROTOCOL);
  socket.binaryType = 'arraybuffer';
  let isAbandoned = false;

  socket.addEventListener('open', () => {
    if (!isAbandoned) onOpen();
  });
  socket.addEventListener('message', ({ data }) => {
    if (isAbandoned || typeof data !== 'string') return;
    let message: ServerMessage;
    try {
      message = parseServerMessage(data);
    } catch (error) {
      onUnreadable(error);
      return;
    }
    onMessage(message);
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
    send(message) {
      if (socket.readyState === OPEN) socket.send(JSON.stringify(message));
    },
    sendFrame(frame) {
      const bytes = encodeFrame(frame);
      socket.send(bytes);
      return bytes.byteLength;
    },
    abandon() {
      isAbandoned = true;
      socket.close(1000);
    },
  };
}
