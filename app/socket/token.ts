import { storageName } from '../browser/storageName.ts';

const KEY = 'livelens.token';

/**
 * The token that lets this page use the server, if one is needed: from `#token=…` of the address, which is then
 * cleared so that it stays out of the history, bookmarks and screenshots; kept for this tab only.
 */
export function takeToken(): string | undefined {
  const fragment = new URLSearchParams(window.location.hash.slice(1));
  const fromAddress = fragment.get('token');
  if (fromAddress !== null) {
    fragment.delete('token');
    const rest = fragment.toString();
    const { pathname, search } = window.location;
    window.history.replaceState(window.history.state, '', `${pathname}${search}${rest ? `#${rest}` : ''}`);
  }
  try {
    if (fromAddress) sessionStorage.setItem(storageName(KEY), fromAddress);
    return fromAddress || sessionStorage.getItem(storageName(KEY)) || undefined;
  } catch {
    // Storage may be blocked; then the token lasts as long as the page.
    return fromAddress || undefined;
  }
}
