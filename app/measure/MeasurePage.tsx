'use client';
import { useEffect, useState } from 'react';
import { usePage } from '../ui/usePage.ts';
import { RoleChoice } from './RoleChoice.tsx';
import { WatchScreen } from './WatchScreen.tsx';

const DEFAULT_FLASHES = 200;
const MIN_FLASHES = 10;
const MAX_FLASHES = 2_000;

/** `/measure`: from a flash on one screen (`/flashes`) to its label on another, or on the same. */
export function MeasurePage() {
  usePage();
  const [isWatching, setWatching] = useState(false);
  useEffect(() => {
    const read = () => setWatching(new URLSearchParams(location.search).has('watch'));
    read();
    addEventListener('popstate', read);
    return () => removeEventListener('popstate', read);
  }, []);
  const watch = (next: boolean) => {
    const url = new URL(location.href);
    if (next) url.searchParams.set('watch', '');
    else url.searchParams.delete('watch');
    history.pushState(null, '', url.href.replace(/watch=(?=&|$)/, 'watch'));
    setWatching(next);
  };
  if (!isWatching) return <RoleChoice onWatch={() => watch(true)} />;
  return <WatchScreen wanted={wantedFlashes(location.search)} onLeave={() => watch(false)} />;
}

/** `?flashes=30` makes a shorter measurement. */
function wantedFlashes(search: string): number {
  const asked = Number(new URLSearchParams(search).get('flashes') ?? DEFAULT_FLASHES);
  return Number.isInteger(asked) ? Math.min(MAX_FLASHES, Math.max(MIN_FLASHES, asked)) : DEFAULT_FLASHES;
}
