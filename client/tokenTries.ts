import { ClientError } from './clientError.ts';
import { isTokenRefusal, type TokenSource, withToken } from './tokenReader.ts';

/** A source of tokens may have had one that was old. */
const MAX_REFUSALS = 2;

/** Time for getting a token, ms. */
const TIMEOUT_MS = 20_000;

/** What to say of a try without a token. @param cause why there is none */
export const noTokenError = (cause: unknown): ClientError =>
  new ClientError('unreachable', 'No token for the server; it will be tried again.', { cause });

/** The token of one try to connect after the other. What comes for a try that is over is passed over. */
export class TokenTries {
  readonly #source: TokenSource;
  #tries = 0;
  /** Since a server took a token. */
  #refusals = 0;
  #sent: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(source: TokenSource) {
    this.#source = source;
  }

  /** The current try is over. */
  end(): void {
    this.#tries += 1;
    clearTimeout(this.#timer);
  }

  /**
   * Goes on with the token of this try: immediately where it is there.
   * @param onFailed the source failed, or did not answer within 20 s
   */
  read(use: (token: string | undefined) => void, onFailed: (cause: unknown) => void): void {
    this.#get((token) => {
      this.#sent = token;
      use(token);
    }, onFailed);
  }

  /** The server took the token. */
  accepted(): void {
    this.#refusals = 0;
  }

  /**
   * Goes on after a close: with whether there is another token now, within 20 s. One that was just got and is refused again is
   * followed by no other: that would go on without end.
   * @param code of the error before the close
   */
  afterClose(code: string | undefined, goOn: (hasNewToken: boolean) => void): void {
    if (isTokenRefusal(code)) this.#refusals += 1;
    if (!isTokenRefusal(code) || this.#refusals > MAX_REFUSALS) {
      goOn(false);
      return;
    }
    this.#get(
      (token) => goOn(token !== this.#sent),
      () => goOn(false),
    );
  }

  /** Calls one of both, once, unless the try ends before. */
  #get(use: (token: string | undefined) => void, onFailed: (cause: unknown) => void): void {
    this.end();
    const tries = this.#tries;
    const settle = (goOn: () => void) => {
      if (tries !== this.#tries) return;
      this.end();
      goOn();
    };
    withToken(
      this.#source,
      (token) => settle(() => use(token)),
      (cause) => settle(() => onFailed(cause)),
    );
    if (tries !== this.#tries) return;
    this.#timer = setTimeout(() => {
      const late = new Error(`No token came within ${TIMEOUT_MS / 1_000} s.`);
      settle(() => onFailed(late));
    }, TIMEOUT_MS);
  }
}
