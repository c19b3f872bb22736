type Name = 'token' | 'admin' | 'pair' | 'show' | 'things';

/**
 * What followed `#` in the last address that was opened in this tab while the page was open. Next's router, once it has
 * started, writes the address that it began with: what came meanwhile is no longer in the address then, but here.
 */
let arrived = new URLSearchParams();
if (typeof window !== 'undefined') {
  window.addEventListener('hashchange', ({ newURL }) => {
    arrived = parametersOf(new URL(newURL).hash);
  });
}

/** Whether `name=…` is in what follows `#` in the page's address. */
export function isInFragment(name: Name): boolean {
  return parametersOf(window.location.hash).has(name) || arrived.has(name);
}

/**
 * Takes `name=…` out of what follows `#` in the page's address, so that it stays out of the history, bookmarks and
 * screenshots.
 * @returns its value, undefined where it is not there; `''` where only the name is, as in `#show`
 */
export function takeFromFragment(name: Name): string | undefined {
  const fragment = parametersOf(window.location.hash);
  const value = fragment.get(name) ?? arrived.get(name);
  if (value === null) return undefined;
  arrived.delete(name);
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

const parametersOf = (hash: string) => new URLSearchParams(hash.slice(1));
