import { encodeFrame, type ImageFormat } from '../../protocol/frame.ts';
import {
  type ClientMessage,
  parseServerMessage,
  type ServerMessage,
  type ServerMessageOf,
  SUBPROTOCOL,
} from '../../protocol/messages.ts';
import { type ConnectionEvent, type ConnectionState, nextConnectionState } from './connectionState.ts';
import { Credits, type SentFrame } from './credits.ts';

/** From opening the socket to `welcome`; a server that takes longer is as good as away. */
const WELCOME_TIMEOUT_MS = 6000;
/**
 * A frame unanswered for so long means that the link is dead: a link that goes offline sends no close event, and
 * a living server answers each frame within its age bound. Lost seconds are doubled, up to the limit, as long as
 * not a single answer comes, so that a link which is merely very slow is not cut off for ever.
 */
const ANSWER_TIMEOUT_MS = 4000;
const ANSWER_TIMEOUT_LIMIT_MS = 16_000;
const WATCHDOG_INTERVAL_MS = 500;
/** A slider that is dragged asks for something else with every pixel; the server hears of it no more often. */
const CONFIGURE_INTERVAL_MS = 100;

type AnswerMessage = Extract<ServerMessage, { type: 'labels' | 'dropped' }>;

/** What is asked of the server; what is left out, the server decides. */
export interface Wish {
  /** Id of the model that looks. */
  model?: string | undefined;
  /** Ids of models that look beside it, each at frames of its own. */
  also?: readonly string[] | undefined;
  /** Lowest score of the labels wanted, 0..1. */
  minScore?: number | undefined;
}

/** The answer to a frame, and the frame. */
export interface Answer {
  message: AnswerMessage;
  sent: SentFrame;
  /** Ms of the page's clock. */
  arrivedAtMs: number;
}

export interface ConnectionOptions {
  /** ws: or wss: address of the stream. */
  url: string;
  /** What the server may ask for; asked anew for each connection. */
  token(): string | undefined;
  /** Opens a socket; differs in tests only. */
  openSocket?: (url: string, subprotocol: string) => WebSocket;
  nowMs?: () => number;
  random?: () => number;
}

export interface OutgoingFrame {
  image: Uint8Array;
  format: ImageFormat;
  /** Which model it is for: 0 is the session's first, from 1 on those of `welcome.also`. */
  look: number;
  capturedAtMs: number;
  /** The capture time that the server is told: of a clock that may stand still while the scene does. */
  sceneAtMs: number;
  /** When the encoder got the picture. */
  grabbedAtMs: number;
}

/**
 * One session with the server over one WebSocket after another: says hello, keeps the credits, notices a dead
 * link by itself and comes back after every loss that may pass.
 */
export class Connection {
  readonly #options: Required<ConnectionOptions>;
  readonly #stateListeners = new Set<(state: ConnectionState) => void>();
  readonly #answerListeners = new Set<(answer: Answer) => void>();
  readonly #modelLostListeners = new Set<(why: string) => void>();
  #state: ConnectionState = { kind: 'idle' };
  #socket: WebSocket | undefined;
  #credits = new Credits(0);
  #seq = 0;
  #session = '';
  /** The session that the next hello asks to go on with. */
  #resume: string | undefined;
  #wish: Wish = {};
  /** What the server was last told on this socket. */
  #said: Wish = {};
  /** A change of models was asked for and not answered yet. */
  #awaitsModel = false;
  #configureTimer: ReturnType<typeof setTimeout> | undefined;
  #namedError: { code: string; message: string } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watchdog: ReturnType<typeof setInterval> | undefined;
  #answerTimeoutMs = ANSWER_TIMEOUT_MS;

  constructor(options: ConnectionOptions) {
    this.#options = {
      openSocket: (url, subprotocol) => new WebSocket(url, subprotocol),
      nowMs: () => performance.now(),
      random: Math.random,
      ...options,
    };
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** The session that answers now, else the last one; a resumed session keeps its name. */
  get session(): string {
    return this.#session;
  }

  /** Frames that wait for their answer. */
  get framesInFlight(): number {
    return this.#credits.spent;
  }

  /** How long the oldest frame has been waiting for its answer, ms; undefined if none waits. */
  get oldestWaitMs(): number | undefined {
    const { oldestSentAtMs } = this.#credits;
    if (this.#state.kind !== 'open' || oldestSentAtMs === undefined) return undefined;
    return this.#options.nowMs() - oldestSentAtMs;
  }

  /** Bytes that wait in the page for the link to take them. */
  get bufferedBytes(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  /** Whether a frame may be sent now. */
  get hasCredit(): boolean {
    return this.#state.kind === 'open' && this.#credits.free > 0;
  }

  /** Connects, and stays connected until `close`; also after a refusal. Does nothing if it is at it already. */
  start(): void {
    this.#apply({ type: 'start' });
  }

  /** Tries again at once instead of at the end of the delay. A refusal stands: only `start` tries again after it. */
  retryNow(): void {
    this.#apply({ type: 'retry' });
  }

  /** Takes the place of the last wish; remembered over reconnections. */
  configure(wish: Wish): void {
    this.#wish = wish;
    if (this.#configureTimer === undefined) this.#sayConfigure();
  }

  /** Sends a frame. Without a credit or an open socket the frame is let go: a newer one will come. */
  send(frame: OutgoingFrame): SentFrame | undefined {
    if (this.#state.kind !== 'open' || !this.hasCredit) return undefined;
    if (frame.image.byteLength > this.#state.welcome.maxFrameBytes) return undefined;
    this.#seq = (this.#seq + 1) >>> 0;
    const { capturedAtMs, grabbedAtMs } = frame;
    const { image, format, look, sceneAtMs } = frame;
    const bytes = encodeFrame({ seq: this.#seq, image, format, look, capturedAtMs: sceneAtMs });
    const sent = {
      seq: this.#seq,
      look,
      capturedAtMs,
      grabbedAtMs,
      sentAtMs: this.#options.nowMs(),
      bytes: bytes.byteLength,
    };
    this.#credits.spend(sent);
    this.#socket?.send(bytes);
    return sent;
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    this.#stateListeners.add(listener);
    return () => this.#stateListeners.delete(listener);
  }

  /** Called with each answer to a frame of the current socket. */
  onAnswer(listener: (answer: Answer) => void): () => void {
    this.#answerListeners.add(listener);
    return () => this.#answerListeners.delete(listener);
  }

  /** Called when the server does not have the model that was wished for: the wish is dropped, the session goes on. */
  onModelLost(listener: (why: string) => void): () => void {
    this.#modelLostListeners.add(listener);
    return () => this.#modelLostListeners.delete(listener);
  }

  /** Hangs up. `start` connects anew. */
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
      clearTimeout(this.#configureTimer);
      this.#configureTimer = undefined;
      this.#enter(after);
    }
    for (const listener of this.#stateListeners) listener(after);
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
        // What was wished for between hello and welcome.
        this.#sayConfigure();
        break;
      case 'waiting': {
        this.#dropSocket();
        const delayMs = Math.max(0, state.retryAtMs - this.#options.nowMs());
        this.#timer = setTimeout(() => this.#apply({ type: 'retry' }), delayMs);
        break;
      }
      case 'idle':
      case 'refused':
        // Whoever stops has ended the session; the next start is a new one.
        this.#resume = undefined;
        this.#dropSocket();
        break;
      default:
        state satisfies never;
    }
  }

  #openSocket(): void {
    this.#dropSocket();
    this.#namedError = undefined;
    const socket = this.#options.openSocket(this.#options.url, SUBPROTOCOL);
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    // Events of a socket that was given up must not touch the one that followed it.
    const isCurrent = () => this.#socket === socket;
    socket.addEventListener('open', () => {
      if (isCurrent()) this.#sayHello();
    });
    socket.addEventListener('message', (event: MessageEvent<unknown>) => {
      if (isCurrent() && typeof event.data === 'string') this.#hear(event.data);
    });
    socket.addEventListener('close', (event) => {
      if (isCurrent()) this.#apply({ type: 'closed', closeCode: event.code, error: this.#namedError });
    });
  }

  /** Gives the socket up without waiting for its close event, which a dead link delays by minutes. */
  #dropSocket(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close(1000);
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

  #sayHello(): void {
    const token = this.#options.token();
    this.#said = this.#wish;
    this.#awaitsModel = false;
    this.#say({
      type: 'hello',
      ...sayable(this.#wish),
      ...(token === undefined ? {} : { token }),
      ...(this.#resume === undefined ? {} : { resume: this.#resume }),
    });
  }

  #sayConfigure(): void {
    this.#configureTimer = undefined;
    const { model, also, minScore } = this.#wish;
    const isOther = model !== undefined && model !== this.#said.model;
    const isOtherBeside = (also ?? []).join() !== (this.#said.also ?? []).join();
    const isNewScore = minScore !== undefined && minScore !== this.#said.minScore;
    if (this.#state.kind !== 'open' || !(isOther || isOtherBeside || isNewScore)) return;
    this.#say({
      type: 'configure',
      minScore,
      ...(isOther ? { model } : {}),
      ...(isOtherBeside ? { also: [...(also ?? [])] } : {}),
    });
    if (isOther || isOtherBeside) this.#awaitsModel = true;
    this.#said = this.#wish;
    this.#configureTimer = setTimeout(() => this.#sayConfigure(), CONFIGURE_INTERVAL_MS);
  }

  #say(message: ClientMessage): void {
    const socket = this.#socket;
    if (socket?.readyState === socket?.OPEN) socket?.send(JSON.stringify(message));
  }

  #onModel({ model, also }: ServerMessageOf<'model'>): void {
    const { model: wished } = this.#wish;
    // What is gone is not asked for again.
    if (!this.#awaitsModel && this.#said === this.#wish) {
      const present = this.#wish.also?.filter((id) => also.some((other) => other.id === id));
      this.#wish = { ...this.#wish, also: present };
      this.#said = this.#wish;
    }
    if (wished === undefined || model.id === wished) this.#awaitsModel = false;
    this.#apply({ type: 'model', model, also });
    // Unasked: what looked was removed, and the server chose another.
    if (wished === undefined || model.id === wished || this.#awaitsModel) return;
    this.#loseModel('The model that you chose was removed from the server.');
  }

  #loseModel(why: string): void {
    this.#wish = {};
    this.#said = {};
    this.#awaitsModel = false;
    for (const listener of this.#modelLostListeners) listener(why);
  }

  #onError({ code, message, fatal }: ServerMessageOf<'error'>): void {
    const { model, also = [] } = this.#wish;
    const isWish = model !== undefined || also.length > 0;
    if (isWish && (code === 'unknown_model' || (this.#awaitsModel && !fatal))) {
      // A greeting that asks for nothing is welcome: so this is no refusal.
      if (fatal) this.#namedError = { code: 'not_ready', message };
      this.#loseModel(message);
    } else if (fatal) {
      this.#namedError = { code, message };
    } else {
      console.warn(`The server says ${code}: ${message}`);
    }
  }

  #onAnswer(message: AnswerMessage): void {
    const sent = this.#credits.settle(message.seq);
    if (sent === undefined) return;
    this.#answerTimeoutMs = ANSWER_TIMEOUT_MS;
    const arrivedAtMs = this.#options.nowMs();
    for (const listener of this.#answerListeners) listener({ message, sent, arrivedAtMs });
  }

  #hear(text: string): void {
    let message: ServerMessage;
    try {
      message = parseServerMessage(text);
    } catch (error) {
      // A newer server may send kinds of messages that this page does not know; they are not for us.
      console.warn('A message from the server was not understood.', error);
      return;
    }
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
        this.#onAnswer(message);
        return;
      case 'model':
        this.#onModel(message);
        return;
      case 'goaway':
        this.#apply({ type: 'goaway', reconnectAfterMs: message.reconnectAfterMs });
        return;
      case 'error':
        this.#onError(message);
        return;
      default:
        message satisfies never;
    }
  }
}

const sayable = ({ also, ...wish }: Wish) => (also === undefined ? wish : { ...wish, also: [...also] });
