import { takeFromFragment } from '../browser/fragment.ts';
import { tabEntries } from '../browser/storage.ts';

const KEY = 'token';

/**
 * The token that lets this page use the server, if one is needed: from `#token=…` of the address, which is then
 * cleared so that it stays out of the history, bookmarks and screenshots; kept for this tab only.
 */
export function takeToken(): string | undefined {
  const fromAddress = takeFromFragment('token');
  if (fromAddress !== undefined) keepToken(fromAddress);
  return fromAddress ?? tabEntries.read(KEY);
}

/** Keeps a token that a person typed. */
export const keepToken = (token: string): void => tabEntries.write(KEY, token);
