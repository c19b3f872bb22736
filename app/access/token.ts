import { takeFromFragment } from '../browser/fragment.ts';
import { localEntries, tabEntries } from '../browser/storage.ts';

const KEY = 'token';
const PAIRED_KEY = 'pairedToken';
/** Where storage is blocked the right lasts as long as the page. */
let pairedInMemory: string | undefined;

/**
 * The token that lets this page use the server, if one is needed: from `#token=…` of the address, which is then
 * cleared so that it stays out of the history, bookmarks and screenshots; kept for this tab only. Else the one that this device
 * got when it was paired.
 */
export function takeToken(): string | undefined {
  const fromAddress = takeFromFragment('token') || undefined;
  if (fromAddress !== undefined) keepToken(fromAddress);
  return fromAddress ?? readToken();
}

/** The token that this page has; one in its address is left to `takeToken`. */
export const readToken = (): string | undefined =>
  tabEntries.read(KEY) ?? localEntries.read(PAIRED_KEY) ?? pairedInMemory;

/** Keeps a token that a person typed. */
export const keepToken = (token: string): void => tabEntries.write(KEY, token);

/** Keeps the right of this device, for its next visits. */
export function keepPairedToken(token: string): void {
  pairedInMemory = token;
  localEntries.write(PAIRED_KEY, token);
}
