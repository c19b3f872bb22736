/** A token as it is given to a client: the same for all requests, or got for each of them. */
export type Token = string | TokenSource | undefined;
export type TokenSource = () => string | undefined | Promise<string | undefined>;

export const tokenReader = (token: Token): TokenSource => (typeof token === 'function' ? token : () => token);

/** Whether a server refuses a token by this code: it may take another one. */
export const isTokenRefusal = (code: string | undefined): boolean =>
  code === 'unauthorized' || code === 'token_expired' || code === 'insufficient_scope';

/** Goes on with a token: immediately where it is there, later where it has to be got. */
export function withToken(
  source: TokenSource,
  use: (token: string | undefined) => void,
  onFailed: (cause: unknown) => void,
): void {
  let token: ReturnType<TokenSource>;
  try {
    token = source();
  } catch (cause) {
    onFailed(cause);
    return;
  }
  if (token instanceof Promise) token.then(use, onFailed);
  else use(token);
}
