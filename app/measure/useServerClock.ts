'use client';
import { useEffect, useState } from 'react';
import { createHttpClient } from '../../client/http/httpClient.ts';
import { takeToken } from '../access/token.ts';
import { serverUrl } from '../browser/basePath.ts';
import { type ServerClock, watchServerClock } from './serverClock.ts';

/** The server's clock, read again from time to time. */
export function useServerClock(): ServerClock {
  const [clock, setClock] = useState<ServerClock>({ kind: 'reading' });
  useEffect(() => {
    const ended = new AbortController();
    const http = createHttpClient({ url: serverUrl(''), token: takeToken });
    void watchServerClock(http, setClock, ended.signal);
    return () => ended.abort();
  }, []);
  return clock;
}
