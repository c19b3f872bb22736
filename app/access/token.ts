import { takeFromFragment } from '../browser/fragment.ts';
import { storageName } from '../browser/storageName.ts';

const KEY = 'livelens.token';

/**
 * The token that lets this page use the server, if one is needed: from `#token=…` of the address, which is then
 * cleared so that it stays out of the history, bookmarks and screenshots; kept for this tab only.
 */
export function takeToken(): string | undefined {
  const fromAddress = takeFromFragment('token');
  if (fromAddress !== undefined) keepToken(fromAddress);
  try {
    return fromAddress ?? sessionStorage.getItem(storageName(KEY)) ?? undefined;
  } catch {
    return fromAddress;
  }
}

/** Keeps a token that a person typed. */
export function keepToken(token: string): void {
  try {
    sessionStorage.setItem(storageName(KEY), token);
  } catch {
    // Storage may be blocked; then the token lasts as long as the page.
  }
}
