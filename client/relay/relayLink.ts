import { CodedError } from '../../protocol/errors.ts';
import {
  parseRelayedPicture,
  parseRelayServerMessage,
  RELAY_PATH,
  RELAY_SUBPROTOCOL,
  type RelayClientMessage,
  type RelayClientMessageOf,
  type RelayedPicture,
  type RelayServerMessage,
} from '../../protocol/relay.ts';
import type { ClientError } from '../clientError.ts';
import { socketUrl } from '../serverUrl.ts';
import { BUSY, LOST } from '../stream/backoff.ts';
import { ClockOffset } from '../stream/clockOffset.ts';
import { type CloseReason, closeReason } from '../stream/closeReason.ts';
import { type OpenedSocket, openSocket } from '../stream/openSocket.ts';
import { defaultTransport, type Transport } from '../stream/transport.ts';
import type { TokenSource } from '../tokenReader.ts';
import { noTokenError, TokenTries } from '../tokenTries.ts';

export type RelayState =
  | { readonly kind: 'connecting'; readonly attempt: number }
  | { readonly kind: 'open' }
  /** Disconnected; it tries again on its own. `error`: where no token could be got. */
  | { readonly kind: 'waiting'; readonly attempt: number; readonly error?: ClientError }
  /** Trying again would fail the same way. `code` is one of protocol/errors.ts. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'closed' };

export interface RelayLinkOptions {
  /** The server's address. */
  url: string;
  /** Default: the WebSocket of this runtime. */
  transport?: Transport | undefined;
  /** The client's clock, ms. Default: `performance.now`. */
  nowMs?: (() => number) | undefined;
  /** Gets the token of each connection. */
  token: TokenSource;
  /** The first message of each connection. */
  hello(token: string | undefined): RelayClientMessageOf<'share' | 'watch'>;
  /** The answer to `hello` came, and every other message. */
  onMessage(message: RelayServerMessage): void;
  onPicture?(picture: RelayedPicture): void;
  onState(state: RelayState): void;
}

/** How often the clocks are compared; an answer is also a sign of life. */
const TIME_MS = 2_000;
/** A link without any message for this long is dead: one that goes offline sends no close event. */
const SILENT_MS = 6_000;
const FIRST_TIMES = 3;

/** One connection after another to a server's relay, as a camera or as a screen, with the offset of the server's clock. */
export class RelayLink {
  readonly #options: RelayLinkOptions;
  readonly #url: string;
  readonly #nowMs: () => number;
  readonly #clock = new ClockOffset();
  #state: RelayState = { kind: 'closed' };
  #socket: OpenedSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #times: ReturnType<typeof setInterval> | undefined;
  #heardAtMs = 0;
  #attempt = 0;
  #fatal: { code: string; message: string } | undefined;
  readonly #tokens: TokenTries;
  #retryAfterMs: number | undefined;
  /** Of this try. */
  #noToken: ClientError | undefined;

  constructor(options: RelayLinkOptions) {
    this.#options = options;
    this.#tokens = new TokenTries(options.token);
    this.#url = socketUrl(RELAY_PATH.slice(1), options.url);
    this.#nowMs = options.nowMs ?? (() => performance.now());
  }

  get state(): RelayState {
    return this.#state;
  }

  /** Bytes that wait for the link to take them. */
  get bufferedBytes(): number {
    return this.#socket?.bufferedBytes ?? 0;
  }

  /** The server's clock minus this client's, ms; undefined until it was compared. */
  get offsetMs(): number | undefined {
    return this.#clock.offsetMs;
  }

  /** Connects, and stays connected until `close`; also after a refusal. Does nothing while connected or connecting. */
  start(): void {
    if (this.#state.kind === 'closed' || this.#state.kind === 'refused') this.#connect(0);
  }

  /** Ends the wait for the next try. */
  retryNow(): void {
    if (this.#state.kind === 'waiting') this.#connect(this.#state.attempt);
  }

  /** Sends a message; does nothing unless connected. */
  send(message: RelayClientMessage): void {
    this.#socket?.send(JSON.stringify(message));
  }

  /** Sends a picture; does nothing unless connected. */
  sendBytes(bytes: Uint8Array<ArrayBuffer>): void {
    this.#socket?.send(bytes);
  }

  /** Disconnects. `start` connects again. Idempotent. */
  close(): void {
    this.#drop();
    this.#enter({ kind: 'closed' });
  }

  #connect(attempt: number): void {
    this.#drop();
    this.#attempt = attempt;
    this.#fatal = undefined;
    this.#retryAfterMs = undefined;
    this.#noToken = undefined;
    this.#clock.reset();
    this.#enter({ kind: 'connecting', attempt });
    this.#tokens.read(
      (token) => this.#open(token),
      (cause) => this.#onNoToken(cause),
    );
  }

  #onNoToken(cause: unknown): void {
    this.#noToken = noTokenError(cause);
    this.#onClose(1006);
  }

  #open(token: string | undefined): void {
    this.#socket = openSocket({
      url: this.#url,
      subprotocol: RELAY_SUBPROTOCOL,
      transport: this.#options.transport ?? defaultTransport,
      onOpen: () => {
        this.send(this.#options.hello(token));
        for (let time = 0; time < FIRST_TIMES; time++) this.#askTime();
      },
      onData: (data) => this.#onData(data),
      onClose: (closeCode) => this.#onClose(closeCode),
    });
    this.#heardAtMs = this.#nowMs();
    this.#times = setInterval(() => {
      if (this.#nowMs() - this.#heardAtMs >= SILENT_MS) this.#onClose(1006);
      else this.#askTime();
    }, TIME_MS);
  }

  #askTime(): void {
    this.send({ type: 'time', sentAtMs: this.#nowMs() });
  }

  #onData(data: unknown): void {
    this.#heardAtMs = this.#nowMs();
    try {
      if (data instanceof ArrayBuffer) this.#options.onPicture?.(parseRelayedPicture(new Uint8Array(data)));
      else if (typeof data === 'string') this.#onMessage(parseRelayServerMessage(data));
    } catch (error) {
      // A newer server may send what this version does not know; it is not for this client.
      if (!(error instanceof CodedError)) throw error;
    }
  }

  #onMessage(message: RelayServerMessage): void {
    switch (message.type) {
      case 'time': {
        const { sentAtMs, serverAtMs } = message;
        this.#clock.add({ sentAtMs, arrivedAtMs: this.#heardAtMs, receivedAtMs: serverAtMs, serverMs: 0 });
        return;
      }
      case 'goaway':
        this.#retryAfterMs = message.reconnectAfterMs;
        return;
      case 'error':
        if (message.fatal) this.#fatal = message;
        return;
      case 'sharing':
      case 'watching':
        this.#attempt = 0;
        this.#tokens.accepted();
        this.#enter({ kind: 'open' });
        break;
    }
    this.#options.onMessage(message);
  }

  #onClose(closeCode: number): void {
    this.#drop();
    const fatal = this.#fatal;
    this.#tokens.afterClose(fatal?.code, (hasNewToken) =>
      this.#afterClose(closeReason(closeCode, fatal, hasNewToken)),
    );
  }

  #afterClose(reason: CloseReason): void {
    if (this.#retryAfterMs === undefined && reason.kind === 'refused') {
      this.#enter(reason);
      return;
    }
    const attempt = this.#attempt + 1;
    const backoff = reason.kind === 'passing' && reason.isBusy ? BUSY : LOST;
    const delayMs = this.#retryAfterMs ?? backoff.delayMs(this.#attempt, Math.random());
    this.#enter({ kind: 'waiting', attempt, ...(this.#noToken && { error: this.#noToken }) });
    this.#timer = setTimeout(() => this.#connect(attempt), delayMs);
  }

  #drop(): void {
    this.#tokens.end();
    clearTimeout(this.#timer);
    clearInterval(this.#times);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.abandon();
  }

  #enter(state: RelayState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}
