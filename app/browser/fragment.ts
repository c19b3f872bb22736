/**
 * Takes `name=…` out of what follows `#` in the page's address, so that it stays out of the history, bookmarks and
 * screenshots.
 * @returns its value, undefined where it is not there
 */
export function takeFromFragment(name: 'token' | 'admin' | 'pair' | 'show'): string | undefined {
  const fragment = new URLSearchParams(window.location.hash.slice(1));
  const value = fragment.get(name);
  if (value === null) return undefined;
  fragment.delete(name);
  const rest = fragment.toString();
  const { pathname, search } = window.location;
  window.history.replaceState(window.history.state, '', `${pathname}${search}${rest ? `#${rest}` : ''}`);
  return value || undefined;
}
