import type { ServerMessage, ServerMessageOf } from '../../protocol/messages.ts';
import { ClientError } from '../clientError.ts';
import { Listeners } from '../listeners.ts';
import type { TokenSource } from '../tokenReader.ts';
import { noTokenError, TokenTries } from '../tokenTries.ts';
import { type ConnectionEvent, type ConnectionState, nextConnectionState } from './connectionState.ts';
import { type Answer, FramesInFlight, type SentFrame } from './framesInFlight.ts';
import { type MessageSocket, openMessageSocket } from './messageSocket.ts';
import type { ModelSelection } from './modelSelection.ts';
import { SelectionSync } from './selectionSync.ts';
import type { OutgoingFrame } from './stream.ts';
import { defaultTransport, type Transport } from './transport.ts';

/** From opening the socket to `welcome`; a server that takes longer counts as unreachable. */
const WELCOME_TIMEOUT_MS = 6000;
const WATCHDOG_INTERVAL_MS = 500;
/** Close code of a gateway that takes no binary messages: unsupported data. https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
const UNSUPPORTED_DATA = 1003;

export interface ConnectionOptions {
  /** ws: or wss: address of the stream. */
  url: string;
  /** Gets the token that the server may ask for; called for each connection. */
  token?: TokenSource | undefined;
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
  readonly #frames: FramesInFlight<Context>;
  #state: ConnectionState = { kind: 'idle' };
  #socket: MessageSocket | undefined;
  #session = '';
  /** The token of the session that the next hello resumes. */
  #resume: string | undefined;
  /** The last fatal error of this socket. */
  #fatalError: { code: string; message: string } | undefined;
  readonly #tokens: TokenTries;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watchdog: ReturnType<typeof setInterval> | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = {
      url: options.url,
      token: options.token ?? (() => undefined),
      transport: options.transport ?? defaultTransport,
      nowMs: options.nowMs ?? (() => performance.now()),
      random: options.random ?? Math.random,
    };
    this.#frames = new FramesInFlight(this.#options.nowMs);
    this.#tokens = new TokenTries(this.#options.token);
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
    return this.#frames.count;
  }

  /** Of these, those of secondary models. */
  get secondaryInFlight(): number {
    return this.#frames.secondaryCount;
  }

  /** How long the oldest frame has been waiting for its answer, ms; undefined if none waits. */
  get oldestWaitMs(): number | undefined {
    return this.#state.kind === 'open' ? this.#frames.oldestWaitMs : undefined;
  }

  /** Bytes that wait for the link to take them. */
  get bufferedBytes(): number {
    return this.#socket?.bufferedBytes ?? 0;
  }

  /** Whether a frame may be sent now. */
  get hasCredit(): boolean {
    return this.#state.kind === 'open' && this.#frames.hasCredit;
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
    return this.#state.kind === 'open' ? this.#frames.send(frame, this.#socket) : undefined;
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
        this.#connect();
        break;
      case 'open':
        this.#frames.opened(state.welcome);
        this.#watchdog = setInterval(() => {
          if (this.#frames.noteLate()) this.#lose();
        }, WATCHDOG_INTERVAL_MS);
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

  /** Connects when there is a token: a server does not wait long for hello. */
  #connect(): void {
    this.#dropSocket();
    this.#fatalError = undefined;
    this.#tokens.read(
      (token) => this.#openSocket(token),
      (cause) => this.#onNoToken(cause),
    );
  }

  #openSocket(token: string | undefined): void {
    clearTimeout(this.#timer);
    this.#socket = openMessageSocket({
      url: this.#options.url,
      transport: this.#options.transport,
      onOpen: () => this.#sendHello(token),
      onMessage: (message) => this.#onMessage(message),
      // A newer server may send messages of a kind that this version does not know; they are not for this client.
      onUnreadable: (cause) =>
        this.#errorListeners.emit(
          new ClientError('unexpected_answer', 'A message from the server was not understood.', { cause }),
        ),
      onClose: (closeCode) => this.#onClose(closeCode),
    });
    this.#timer = setTimeout(() => this.#lose(), WELCOME_TIMEOUT_MS);
  }

  #onClose(closeCode: number): void {
    const { state } = this;
    if (closeCode === UNSUPPORTED_DATA && state.kind === 'open' && this.#frames.becomeText(state.welcome)) {
      this.#apply({ type: 'goaway', reconnectAfterMs: 0 });
      return;
    }
    const error = this.#fatalError;
    const close = (hasNewToken: boolean) => this.#apply({ type: 'closed', closeCode, error, hasNewToken });
    clearTimeout(this.#timer);
    this.#tokens.afterClose(error?.code, close);
  }

  #onNoToken(cause: unknown): void {
    this.#errorListeners.emit(noTokenError(cause));
    this.#lose();
  }

  #dropSocket(): void {
    this.#tokens.end();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.abandon();
  }

  #lose(): void {
    this.#apply({ type: 'closed', closeCode: 1006, error: undefined });
  }

  #sendHello(token: string | undefined): void {
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

  #onMessage(message: ServerMessage): void {
    switch (message.type) {
      case 'welcome':
        this.#tokens.accepted();
        this.#session = message.session;
        this.#resume = message.resume;
        this.#apply({ type: 'welcome', welcome: this.#frames.limited(message) });
        return;
      case 'resume':
        this.#resume = message.resume;
        return;
      case 'labels':
      case 'dropped': {
        const answer = this.#frames.answered(message);
        if (answer) this.#answerListeners.emit(answer);
        return;
      }
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
