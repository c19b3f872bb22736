'use client';
import { useEffect, useState } from 'react';
import type { LanInfo } from '../../protocol/lan.ts';
import { readLan } from './lanClient.ts';

/** What the server is for other devices; undefined until it has said so. */
export function useLan(): LanInfo | undefined {
  const [info, setInfo] = useState<LanInfo>();
  useEffect(() => {
    // Without a network there are no other devices.
    if (!navigator.onLine) return;
    const life = new AbortController();
    readLan(life.signal).then(setInfo, () => {
      // The server is away: the page says so where it matters.
    });
    return () => life.abort();
  }, []);
  return info;
}
