import { CodedError } from '../../protocol/errors.ts';
import { TEXT_FRAME_MARK } from '../../protocol/textFrame.ts';
import { decodeTextFrame, frameTooLarge } from './decodeTextFrame.ts';
import type { Session } from './session.ts';

/** What a protocol does with what its socket receives. */
export interface MessageHandlers {
  /** Maximum size of a binary message, and of a frame that comes as text, bytes. */
  readonly maxBinaryBytes: number;
  /** Whether binary messages may come as text as well: where a gateway takes nothing else. */
  readonly takesTextFrames: boolean;
  /** Maximum size of any other text message, bytes. */
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
          if (data.byteLength > handlers.maxBinaryBytes) throw frameTooLarge(handlers.maxBinaryBytes);
          handlers.onBinary(data);
          return;
        }
        if (handlers.takesTextFrames && data[0] === TEXT_FRAME_MARK) {
          handlers.onBinary(decodeTextFrame(data, handlers.maxBinaryBytes));
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
