import { encodeFrame, type Frame } from '../../protocol/frame.ts';
import {
  type ClientMessage,
  parseServerMessage,
  type ServerMessage,
  SUBPROTOCOL,
} from '../../protocol/messages.ts';
import { encodeTextFrame } from '../../protocol/textFrame.ts';
import { openSocket } from './openSocket.ts';
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
  /**
   * Sends a frame.
   * @param asText as a text message, which is a third longer. Default: false
   * @returns the bytes of the message
   */
  sendFrame(frame: Frame, asText?: boolean): number;
  /** Gives the socket up: no callback is called afterwards. Idempotent. */
  abandon(): void;
}

export function openMessageSocket(options: MessageSocketOptions): MessageSocket {
  const { onMessage, onUnreadable } = options;
  const socket = openSocket({
    ...options,
    subprotocol: SUBPROTOCOL,
    onData(data) {
      if (typeof data !== 'string') return;
      let message: ServerMessage;
      try {
        message = parseServerMessage(data);
      } catch (error) {
        onUnreadable(error);
        return;
      }
      onMessage(message);
    },
  });
  return {
    get bufferedBytes() {
      return socket.bufferedBytes;
    },
    get isOpen() {
      return socket.isOpen;
    },
    send: (message) => socket.send(JSON.stringify(message)),
    sendFrame(frame, asText = false) {
      const bytes = encodeFrame(frame);
      const message = asText ? encodeTextFrame(bytes) : bytes;
      socket.send(message);
      return message.length;
    },
    abandon: () => socket.abandon(),
  };
}
