import { FRAME_HEADER_BYTES, type ImageFormat, MAX_FRAME_HEADER_BYTES } from '../../protocol/frame.ts';
import { imageFormatOf } from '../../protocol/imageFormat.ts';
import type { ServerMessageOf } from '../../protocol/messages.ts';
import { MAX_TEXT_FRAME_BYTES } from '../../protocol/textFrame.ts';
import { ClientError } from '../clientError.ts';
import type { MessageSocket } from './messageSocket.ts';
import type { OutgoingFrame } from './stream.ts';

/**
 * Longest wait for an answer before the link counts as dead: a link that goes offline sends no close event, and a living
 * server answers each frame within its age bound. The wait doubles after each loss, up to the limit, until an answer
 * comes, so that a link that is merely very slow is not cut off again and again.
 */
const ANSWER_TIMEOUT_MS = 4000;
const ANSWER_TIMEOUT_LIMIT_MS = 16_000;

type Welcome = ServerMessageOf<'welcome'>;
type AnswerMessage = ServerMessageOf<'labels' | 'dropped'>;

/** A frame that was sent. Times in ms of the client's clock. */
export interface SentFrame<Context = unknown> {
  seq: number;
  /** Which of the session's models it is for: 0 is the primary one, from 1 on the secondary ones. */
  modelIndex: number;
  capturedAtMs: number;
  /** When encoding began. */
  grabbedAtMs: number;
  sentAtMs: number;
  /** Its size, header included. */
  bytes: number;
  /** What the sender gave along with it. */
  context: Context | undefined;
}

/** The answer to a frame, and the frame. */
export interface Answer<Context = unknown> {
  readonly message: AnswerMessage;
  readonly sent: SentFrame<Context>;
  /** Ms of the client's clock. */
  readonly arrivedAtMs: number;
}

/**
 * The frames of a connection that wait for their answers. Each spends a credit; its answer, `labels` or `dropped`, gives it back.
 * An answer that does not come is noticed.
 */
export class FramesInFlight<Context> {
  readonly #nowMs: () => number;
  /** By their numbers, in the order of sending. */
  readonly #sent = new Map<number, SentFrame<Context>>();
  #credits = 0;
  #maxBytes = 0;
  #seq = 0;
  /** A gateway on the way refused a binary message; kept over reconnections. */
  #areText = false;
  #answerTimeoutMs = ANSWER_TIMEOUT_MS;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Begins with the credits of a new socket; what was sent on the last one gets no answer. */
  opened({ credits, maxFrameBytes }: Welcome): void {
    this.#sent.clear();
    this.#credits = credits;
    this.#maxBytes = maxFrameBytes;
  }

  get count(): number {
    return this.#sent.size;
  }

  /** Of these, those of secondary models. */
  get secondaryCount(): number {
    return [...this.#sent.values()].filter(({ modelIndex }) => modelIndex > 0).length;
  }

  get hasCredit(): boolean {
    return this.#sent.size < this.#credits;
  }

  /** How long the oldest has been waiting for its answer, ms; undefined if none waits. */
  get oldestWaitMs(): number | undefined {
    const [oldest] = this.#sent.values();
    return oldest && this.#nowMs() - oldest.sentAtMs;
  }

  /**
   * @returns undefined, and sends nothing, without an open socket or without a credit
   * @throws ClientError `frame_too_large`; `undecodable` when `format` is missing and the bytes do not tell
   */
  send(frame: OutgoingFrame<Context>, socket: MessageSocket | undefined): SentFrame<Context> | undefined {
    const { image, modelIndex = 0, view, context } = frame;
    const headerBytes = view ? MAX_FRAME_HEADER_BYTES : FRAME_HEADER_BYTES;
    assertSize(headerBytes + image.byteLength, this.#maxBytes);
    const format = frame.format ?? formatOf(image);
    if (!this.hasCredit || !socket?.isOpen) return undefined;
    const sentAtMs = this.#nowMs();
    const { capturedAtMs = sentAtMs } = frame;
    const { sceneAtMs = capturedAtMs, grabbedAtMs = capturedAtMs } = frame;
    this.#seq = (this.#seq + 1) >>> 0;
    const seq = this.#seq;
    const outgoing = { seq, image, format, modelIndex, capturedAtMs: sceneAtMs, view };
    const bytes = socket.sendFrame(outgoing, this.#areText);
    const sent = { seq, modelIndex, capturedAtMs, grabbedAtMs, sentAtMs, bytes, context };
    this.#sent.set(seq, sent);
    return sent;
  }

  /** Takes an answer. @returns undefined for one to no frame of this socket */
  answered(message: AnswerMessage): Answer<Context> | undefined {
    const sent = this.#sent.get(message.seq);
    if (sent === undefined) return undefined;
    this.#sent.delete(message.seq);
    this.#answerTimeoutMs = ANSWER_TIMEOUT_MS;
    return { message, sent, arrivedAtMs: this.#nowMs() };
  }

  /** Whether an answer is so late that the link counts as dead; the next one may then take longer. */
  noteLate(): boolean {
    const { oldestWaitMs } = this;
    if (oldestWaitMs === undefined || oldestWaitMs < this.#answerTimeoutMs) return false;
    this.#answerTimeoutMs = Math.min(ANSWER_TIMEOUT_LIMIT_MS, this.#answerTimeoutMs * 2);
    return true;
  }

  /** Sends frames as text from now on, where the server takes them so (SPEC.md T2). @returns whether that is new */
  becomeText({ textFrames }: Welcome): boolean {
    if (textFrames !== true || this.#areText) return false;
    this.#areText = true;
    return true;
  }

  /** What a server's `welcome` means for these frames: a gateway takes less at a time than the server. */
  limited(welcome: Welcome): Welcome {
    if (!this.#areText) return welcome;
    return { ...welcome, maxFrameBytes: Math.min(welcome.maxFrameBytes, MAX_TEXT_FRAME_BYTES) };
  }
}

function assertSize(bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  throw new ClientError(
    'frame_too_large',
    `A frame of this server has at most ${maxBytes} bytes; this one has ${bytes}. Send a smaller picture.`,
  );
}

function formatOf(image: Uint8Array): ImageFormat {
  const format = imageFormatOf(image);
  if (format !== undefined) return format;
  throw new ClientError('undecodable', 'A JPEG, PNG or WebP picture expected; these bytes are none of them.');
}
