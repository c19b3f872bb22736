import type { ImageFormat } from '../../protocol/frame.ts';
import { imageFormatOf } from '../../protocol/imageFormat.ts';
import type { ServerMessage, ServerMessageOf } from '../../protocol/messages.ts';
import { ClientError } from '../clientError.ts';
import { Listeners } from '../listeners.ts';
import { type ConnectionEvent, type ConnectionState, nextConnectionState } from './connectionState.ts';
import { Credits, type SentFrame } from './credits.ts';
import { type MessageSocket, openMessageSocket } from './messageSocket.ts';
import type { ModelSelection } from './modelSelection.ts';
import { SelectionSync } from './selectionSync.ts';
import type { OutgoingFrame } from './stream.ts';
import { defaultTransport, type Transport } from './transport.ts';

/** From opening the socket to `welcome`; a server that takes longer counts as unreachable. */
const WELCOME_TIMEOUT_MS = 6000;
/**
 * Longest wait for an answer before the link counts as dead: a link that goes offline sends no close event, and a living
 * server answers each frame within its age bound. The wait doubles after each loss, up to the limit, until an answer
 * comes, so that a link that is merely very slow is not cut off again and again.
 */
const ANSWER_TIMEOUT_MS = 4000;
const ANSWER_TIMEOUT_LIMIT_MS = 16_000;
const WATCHDOG_INTERVAL_MS = 500;

type AnswerMessage = ServerMessageOf<'labels' | 'dropped'>;

/** The answer to a frame, and the frame. */
export interface Answer<Context = unknown> {
  readonly message: AnswerMessage;
  readonly sent: SentFrame<Context>;
  /** Ms of the client's clock. */
  readonly arrivedAtMs: number;
}

export interface ConnectionOptions {
  /** ws: or wss: address of the stream. */
  url: string;
  /** The token that the server may ask for; read for each connection. */
  token?: (() => string | undefined) | undefined;
  /** Default: the WebSocket of this runtime. */
  transport?: Transport | undefined;
  /** The client's clock. Default: `performance.now`. */
  nowMs?: (() => number) | undefined;
  /** Spreads the delays of retries, 0..1. */
  random?: (() => number) | undefined;
}

/**
 * One session with the server over one WebSocket after another: says hello, keeps the credits, detects a dead link and
 * reconnects after every loss that may pass.
 */
export class Connection<Context = unknown> {
  readonly #options: { [Name in keyof ConnectionOptions]-?: NonNullable<ConnectionOptions[Name]> };
  readonly #stateListeners = new Listeners<ConnectionState>();
  readonly #answerListeners = new Listeners<Answer<Context>>();
  readonly #modelLostListeners = new Listeners<string>();
  readonly #errorListeners = new Listeners<ClientError>();
  readonly #selection: SelectionSync;
  #state: ConnectionState = { kind: 'idle' };
  #socket: MessageSocket | undefined;
  #credits = new Credits<Context>(0);
  #seq = 0;
  #session = '';
  /** The token of the session that the next hello resumes. */
  #resume: string | undefined;
  /** The last fatal error of this socket. */
  #fatalError: { code: string; message: string } | undefined;
  /** The token of this socket's hello. */
  #sentToken: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watchdog: ReturnType<typeof setInterval> | undefined;
  #answerTimeoutMs = ANSWER_TIMEOUT_MS;

  constructor(options: ConnectionOptions) {
    this.#options = {
      url: options.url,
      token: options.token ?? (() => undefined),
      transport: options.transport ?? defaultTransport,
      nowMs: options.nowMs ?? (() => performance.now()),
      random: options.random ?? Math.random,
    };
    this.#selection = new SelectionSync({
      send: (message) => this.#socket?.send(message),
      onModelLost: (message) => this.#modelLostListeners.emit(message),
    });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Id of the session that answers now, or of the last one; a resumed session keeps its id. */
  get session(): string {
    return this.#session;
  }

  /** Number of frames that wait for their answer. */
  get framesInFlight(): number {
    return this.#credits.spent;
  }

  /** How long the oldest frame has been waiting for its answer, ms; undefined if none waits. */
  get oldestWaitMs(): number | undefined {
    const { oldestSentAtMs } = this.#credits;
    if (this.#state.kind !== 'open' || oldestSentAtMs === undefined) return undefined;
    return this.#options.nowMs() - oldestSentAtMs;
  }

  /** Bytes that wait for the link to take them. */
  get bufferedBytes(): number {
    return this.#socket?.bufferedBytes ?? 0;
  }

  /** Whether a frame may be sent now. */
  get hasCredit(): boolean {
    return this.#state.kind === 'open' && this.#credits.free > 0;
  }

  /** Connects, and stays connected until `close`; also after a refusal. Does nothing while it is connected or connecting. */
  start(): void {
    this.#apply({ type: 'start' });
  }

  /** Ends the wait for the next try. After a refusal only `start` tries again. */
  retryNow(): void {
    this.#apply({ type: 'retry' });
  }

  /** Replaces the selection of models; kept over reconnections. */
  select(selection: ModelSelection): void {
    this.#selection.select(selection);
  }

  /**
   * Sends a frame.
   * @returns undefined, and sends nothing, without a connection, or without a credit
   * @throws ClientError `frame_too_large`; `undecodable` when `format` is missing and the bytes do not tell
   */
  send(frame: OutgoingFrame<Context>): SentFrame<Context> | undefined {
    if (this.#state.kind !== 'open') return undefined;
    const { image, modelIndex = 0, view, context } = frame;
    assertSize(image, this.#state.welcome.maxFrameBytes);
    const format = frame.format ?? formatOf(image);
    const socket = this.#socket;
    if (!this.hasCredit || !socket?.isOpen) return undefined;
    const sentAtMs = this.#options.nowMs();
    const { capturedAtMs = sentAtMs } = frame;
    const { sceneAtMs = capturedAtMs, grabbedAtMs = capturedAtMs } = frame;
    this.#seq = (this.#seq + 1) >>> 0;
    const seq = this.#seq;
    const bytes = socket.sendFrame({ seq, image, format, modelIndex, capturedAtMs: sceneAtMs, view });
    const sent = { seq, modelIndex, capturedAtMs, grabbedAtMs, sentAtMs, bytes, context };
    this.#credits.spend(sent);
    return sent;
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    return this.#stateListeners.add(listener);
  }

  /** Called with each answer to a frame of the current socket. */
  onAnswer(listener: (answer: Answer<Context>) => void): () => void {
    return this.#answerListeners.add(listener);
  }

  /** Called when the server does not have the selected models: the selection was dropped, the session goes on. */
  onModelLost(listener: (message: string) => void): () => void {
    return this.#modelLostListeners.add(listener);
  }

  /** Called with errors that do not end the connection. */
  onError(listener: (error: ClientError) => void): () => void {
    return this.#errorListeners.add(listener);
  }

  /** Disconnects and ends the session. `start` begins a new one. */
  close(): void {
    this.#apply({ type: 'stop' });
  }

  /** The one place where the state changes, and with it what is open and which timers run. */
  #apply(event: ConnectionEvent): void {
    const before = this.#state;
    const after = nextConnectionState(before, event, this.#options.nowMs(), this.#options.random());
    if (after === before) return;
    this.#state = after;
    if (after.kind !== before.kind) {
      clearTimeout(this.#timer);
      clearInterval(this.#watchdog);
      this.#selection.closed();
      this.#enter(after);
    }
    this.#stateListeners.emit(after);
  }

  #enter(state: ConnectionState): void {
    switch (state.kind) {
      case 'connecting':
        this.#openSocket();
        this.#timer = setTimeout(() => this.#lose(), WELCOME_TIMEOUT_MS);
        break;
      case 'open':
        this.#credits = new Credits(state.welcome.credits);
        this.#watchdog = setInterval(() => this.#watch(), WATCHDOG_INTERVAL_MS);
        this.#selection.opened();
        break;
      case 'waiting': {
        this.#dropSocket();
        const delayMs = Math.max(0, state.retryAtMs - this.#options.nowMs());
        this.#timer = setTimeout(() => this.#apply({ type: 'retry' }), delayMs);
        break;
      }
      case 'idle':
      case 'refused':
        this.#resume = undefined;
        this.#dropSocket();
        break;
      default:
        state satisfies never;
    }
  }

  #openSocket(): void {
    this.#dropSocket();
    this.#fatalError = undefined;
    this.#socket = openMessageSocket({
      url: this.#options.url,
      transport: this.#options.transport,
      onOpen: () => this.#sendHello(),
      onMessage: (message) => this.#onMessage(message),
      // A newer server may send messages of a kind that this version does not know; they are not for this client.
      onUnreadable: (cause) =>
        this.#errorListeners.emit(
          new ClientError('unexpected_answer', 'A message from the server was not understood.', { cause }),
        ),
      onClose: (closeCode) => this.#onClose(closeCode),
    });
  }

  #onClose(closeCode: number): void {
    const hasNewToken = this.#options.token() !== this.#sentToken;
    this.#apply({ type: 'closed', closeCode, error: this.#fatalError, hasNewToken });
  }

  #dropSocket(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.abandon();
  }

  #lose(): void {
    this.#apply({ type: 'closed', closeCode: 1006, error: undefined });
  }

  #watch(): void {
    const oldestSentAtMs = this.#credits.oldestSentAtMs;
    if (oldestSentAtMs === undefined) return;
    if (this.#options.nowMs() - oldestSentAtMs < this.#answerTimeoutMs) return;
    this.#answerTimeoutMs = Math.min(ANSWER_TIMEOUT_LIMIT_MS, this.#answerTimeoutMs * 2);
    this.#lose();
  }

  #sendHello(): void {
    const token = this.#options.token();
    this.#sentToken = token;
    this.#socket?.send({
      type: 'hello',
      ...this.#selection.hello(),
      ...(token === undefined ? {} : { token }),
      ...(this.#resume === undefined ? {} : { resume: this.#resume }),
    });
  }

  #onErrorMessage(error: ServerMessageOf<'error'>): void {
    const { code, message, fatal } = error;
    if (this.#selection.isRefusedBy(error)) {
      // A hello that selects nothing is welcome, so this is no refusal.
      if (fatal) this.#fatalError = { code: 'not_ready', message };
      this.#selection.drop(message);
    } else if (fatal) {
      this.#fatalError = { code, message };
    } else {
      this.#errorListeners.emit(new ClientError(code, message));
    }
  }

  #onAnswerMessage(message: AnswerMessage): void {
    const sent = this.#credits.settle(message.seq);
    if (sent === undefined) return;
    this.#answerTimeoutMs = ANSWER_TIMEOUT_MS;
    this.#answerListeners.emit({ message, sent, arrivedAtMs: this.#options.nowMs() });
  }

  #onMessage(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        this.#session = message.session;
        this.#resume = message.resume;
        this.#apply({ type: 'welcome', welcome: message });
        return;
      case 'resume':
        this.#resume = message.resume;
        return;
      case 'labels':
      case 'dropped':
        this.#onAnswerMessage(message);
        return;
      case 'model': {
        const { model, also } = message;
        this.#selection.takeModel(message, () => this.#apply({ type: 'model', model, also }));
        return;
      }
      case 'goaway':
        this.#apply({ type: 'goaway', reconnectAfterMs: message.reconnectAfterMs });
        return;
      case 'error':
        this.#onErrorMessage(message);
        return;
      default:
        message satisfies never;
    }
  }
}

function assertSize({ byteLength }: Uint8Array, maxBytes: number): void {
  if (byteLength <= maxBytes) return;
  throw new ClientError(
    'frame_too_large',
    `A frame of this server has at most ${maxBytes} bytes; this one has ${byteLength}. Send a smaller picture.`,
  );
}

function formatOf(image: Uint8Array): ImageFormat {
  const format = imageFormatOf(image);
  if (format !== undefined) return format;
  throw new ClientError('undecodable', 'A JPEG, PNG or WebP picture expected; these bytes are none of them.');
}
