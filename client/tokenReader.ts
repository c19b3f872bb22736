/** A token as it is given to a client: the same for all requests, or read for each of them. */
export type Token = string | (() => string | undefined) | undefined;

export const tokenReader = (token: Token): (() => string | undefined) =>
  typeof token === 'function' ? token : () => token;
