import { CodedError } from '../../protocol/errors.ts';
import type { Session } from './session.ts';

/** What a protocol does with what its socket receives. */
export interface MessageHandlers {
  /** Maximum size of a text message, bytes. */
  readonly maxTextBytes: number;
  /** Nothing is handled from then on. */
  isClosed(): boolean;
  /** A text message or a ping came. @throws CodedError `rate_limited` where there are too many */
  countSmall(): void;
  onBinary(data: Uint8Array): void;
  onText(text: string): void;
  /** Ends the session where the other side leaves too much unread: it gets an answer to each ping. */
  endIfUnread(): void;
  /** Gets whatever one of the others throws. */
  onError(error: unknown): void;
}

/** The receiving side of a session, the same for all protocols. */
export function receiveMessages(handlers: MessageHandlers): Pick<Session, 'onMessage' | 'onPing'> {
  function handle(work: () => void): void {
    if (handlers.isClosed()) return;
    try {
      work();
    } catch (error) {
      handlers.onError(error);
    }
  }

  return {
    onMessage: (data, isBinary) =>
      handle(() => {
        if (isBinary) {
          handlers.onBinary(data);
          return;
        }
        handlers.countSmall();
        if (data.byteLength > handlers.maxTextBytes) {
          throw new CodedError(
            'malformed_message',
            `A text message may have ${handlers.maxTextBytes} bytes.`,
          );
        }
        handlers.onText(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8'));
      }),
    onPing: () =>
      handle(() => {
        handlers.countSmall();
        handlers.endIfUnread();
      }),
  };
}
