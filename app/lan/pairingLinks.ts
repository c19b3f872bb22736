import { keepPairedToken } from '../access/token.ts';
import { watchFragment } from '../browser/fragment.ts';
import { pair } from './lanClient.ts';

/**
 * Takes the code of a QR code out of the page's address and uses it: now, and when another one is scanned into the open page.
 * @param onPaired this device may use the server from now on
 * @param onFailed it may not; a person is told
 * @returns ends it
 */
export function watchPairingLinks(onPaired: () => void, onFailed: () => void): () => void {
  const page = new AbortController();
  async function use(code: string): Promise<void> {
    try {
      // Kept even if the page has gone: the code is used up.
      keepPairedToken((await pair(code)).token);
      if (!page.signal.aborted) onPaired();
    } catch {
      if (!page.signal.aborted) onFailed();
    }
  }
  watchFragment('pair', page.signal, (code) => {
    if (code !== '') void use(code);
  });
  return () => page.abort();
}
