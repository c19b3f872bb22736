import { useCallback, useEffect, useState } from 'react';
import { ClientError } from '../../client/clientError.ts';
import { createHttpClient } from '../../client/http/httpClient.ts';
import { createRequester } from '../../client/http/requester.ts';
import { isTokenRefusal } from '../../client/tokenReader.ts';
import { ServerStatus, STATUS_INTERVAL_MS, STATUS_PATH } from '../../protocol/status.ts';
import { readAdminKey } from '../access/adminKey.ts';
import { watchAdminLinks } from '../access/adminLinks.ts';
import { keepAdminToken, readAdminToken } from '../access/adminToken.ts';
import { readToken, takeToken } from '../access/token.ts';
import { basePath, serverUrl } from '../browser/basePath.ts';
import { lastSample, mergeStatus, type StatusState } from './statusState.ts';

/** Asks the server each second while the page is visible. */
export function useStatus(): {
  state: StatusState;
  /** The link that the page was opened by gave no right. */
  hasLinkFailed: boolean;
  giveToken(token: string): void;
} {
  const [state, setState] = useState<StatusState>({ kind: 'loading' });
  /** Counts rights that came: each begins anew. */
  const [round, setRound] = useState(0);

  const [hasLinkFailed, setLinkFailed] = useState(false);

  useEffect(() => {
    takeToken();
    const http = createHttpClient({ url: serverUrl(''), token: bearer, adminKey: readAdminKey });
    return watchAdminLinks({
      redeem: (code) => http.redeem(code, { path: basePath() }),
      mayChange: async () => (await http.models()).mayChange,
      onGrant: () => setRound((count) => count + 1),
      onNotice: ({ kind }) => setLinkFailed(kind === 'failed'),
    });
  }, []);

  useEffect(() => {
    const page = new AbortController();
    const typed = round > 0 && readAdminToken() !== undefined;
    void poll(page.signal, typed, (next) => {
      if (!page.signal.aborted) setState(next);
    });
    return () => page.abort();
  }, [round]);

  const giveToken = useCallback((token: string) => {
    keepAdminToken(token);
    setRound((count) => count + 1);
  }, []);
  return { state, hasLinkFailed, giveToken };
}

const bearer = () => readAdminToken() ?? readToken();

async function poll(
  signal: AbortSignal,
  isTyped: boolean,
  onState: (state: StatusState) => void,
): Promise<void> {
  const { request } = createRequester({
    url: serverUrl(''),
    token: bearer,
    adminKey: readAdminKey,
    deadlineMs: 5_000,
    signal,
  });
  let status: ServerStatus | undefined;
  while (!signal.aborted) {
    try {
      const after = status && lastSample(status);
      const path = after === undefined ? STATUS_PATH : `${STATUS_PATH}?after=${after}`;
      status = mergeStatus(status, await request(ServerStatus, { method: 'GET', path }));
      onState({ kind: 'shown', status, isStale: false });
    } catch (error) {
      if (signal.aborted) return;
      const code = error instanceof ClientError ? error.code : undefined;
      if (code === 'forbidden_admin' || isTokenRefusal(code)) {
        onState({ kind: 'refused', isWrong: isTyped });
        return;
      }
      onState(status ? { kind: 'shown', status, isStale: true } : { kind: 'unreachable' });
    }
    await pause(signal);
  }
}

/** Until the next question: a page that no one sees asks none. */
function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibility);
      signal.removeEventListener('abort', end);
      resolve();
    };
    let isDue = false;
    const onVisibility = () => {
      if (isDue && document.visibilityState === 'visible') end();
    };
    const timer = setTimeout(() => {
      isDue = true;
      onVisibility();
    }, STATUS_INTERVAL_MS);
    document.addEventListener('visibilitychange', onVisibility);
    signal.addEventListener('abort', end);
  });
}
