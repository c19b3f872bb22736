type Name = 'token' | 'admin' | 'pair' | 'show';

/** Whether `name=…` is in what follows `#` in the page's address. */
export function isInFragment(name: Name): boolean {
  return new URLSearchParams(window.location.hash.slice(1)).has(name);
}

/**
 * Takes `name=…` out of what follows `#` in the page's address, so that it stays out of the history, bookmarks and
 * screenshots.
 * @returns its value, undefined where it is not there; `''` where only the name is, as in `#show`
 */
export function takeFromFragment(name: Name): string | undefined {
  const fragment = new URLSearchParams(window.location.hash.slice(1));
  const value = fragment.get(name);
  if (value === null) return undefined;
  fragment.delete(name);
  const rest = fragment.toString();
  const { pathname, search } = window.location;
  window.history.replaceState(window.history.state, '', `${pathname}${search}${rest ? `#${rest}` : ''}`);
  return value;
}

/** Takes it out of the address now, and when an address that has it is opened in this tab, until the signal is aborted. */
export function watchFragment(name: Name, signal: AbortSignal, onValue: (value: string) => void): void {
  const take = () => {
    const value = takeFromFragment(name);
    if (value !== undefined) onValue(value);
  };
  take();
  window.addEventListener('hashchange', take, { signal });
}
