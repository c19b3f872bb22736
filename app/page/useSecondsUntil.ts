'use client';
import { useEffect, useState } from 'react';

const REFRESH_MS = 250;

/** Whole seconds until `atMs` of the page's clock, counting down; undefined while there is nothing to wait for. */
export function useSecondsUntil(atMs: number | undefined): number | undefined {
  const [nowMs, setNowMs] = useState(0);
  useEffect(() => {
    if (atMs === undefined) return;
    setNowMs(performance.now());
    const timer = setInterval(() => setNowMs(performance.now()), REFRESH_MS);
    return () => clearInterval(timer);
  }, [atMs]);
  if (atMs === undefined || nowMs === 0) return undefined;
  return Math.max(0, Math.ceil((atMs - nowMs) / 1000));
}
