import { messageOf } from '../../protocol/errors.ts';
import { keepPairedToken } from '../access/token.ts';
import { takeFromFragment } from '../browser/fragment.ts';
import { pair } from './lanClient.ts';

/**
 * Takes the code of a QR code out of the page's address and uses it: now, and when another one is scanned into the open page.
 * @param onPaired this device may use the server from now on
 * @param onFailed why not, in English
 * @returns ends it
 */
export function watchPairingLinks(onPaired: () => void, onFailed: (why: string) => void): () => void {
  const page = new AbortController();
  async function use(code: string): Promise<void> {
    try {
      // Kept even if the page has gone: the code is used up.
      keepPairedToken((await pair(code)).token);
      if (!page.signal.aborted) onPaired();
    } catch (error) {
      if (!page.signal.aborted) onFailed(messageOf(error));
    }
  }
  const onAddress = () => {
    const code = takeFromFragment('pair');
    if (code !== undefined) void use(code);
  };
  onAddress();
  window.addEventListener('hashchange', onAddress, { signal: page.signal });
  return () => page.abort();
}
