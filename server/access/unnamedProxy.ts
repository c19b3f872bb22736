import type { IncomingMessage } from 'node:http';
import type { Log } from '../telemetry/log.ts';
import type { ProxyOptions } from './clientAddress.ts';

/** Logs, once each, that requests seem to have come through a proxy although none is configured. */
export type NoteUnnamedProxy = (request: Pick<IncomingMessage, 'headers'>) => void;

const TO_CHANGE = 'TRUST_PROXY says what stands in front, see docs/proxies.md.';

export function createUnnamedProxyNote(log: Log, { trustProxy }: ProxyOptions): NoteUnnamedProxy {
  if (trustProxy.kind !== 'none') return () => {};
  let isForwardNoted = false;
  let isRenamingNoted = false;
  return ({ headers }) => {
    // A client that comes directly may send it too: the operator knows which it is.
    if (!isForwardNoted && headers['x-forwarded-for'] !== undefined) {
      isForwardNoted = true;
      log.warn(
        {
          header: 'X-Forwarded-For',
          follows: 'All who come through a proxy count as one client and share its limits.',
          toChange: TO_CHANGE,
        },
        'a proxy seems to stand in front, and TRUST_PROXY is not set',
      );
    }
    if (!isRenamingNoted && isRenamed(headers)) {
      isRenamingNoted = true;
      log.warn(
        {
          header: 'Host',
          follows:
            'Pages that come through it are refused. Programs that do, from anywhere, may count as of this machine, and need no pairing.',
          toChange: `${TO_CHANGE} Let the proxy pass Host on.`,
        },
        'a proxy in front seems to change the name of this server, and TRUST_PROXY is not set',
      );
    }
  };
}

/** Whether a browser is sure that a page asks its own server, which is called otherwise here. */
function isRenamed({ origin, host, 'sec-fetch-site': site }: IncomingMessage['headers']): boolean {
  return (
    site === 'same-origin' &&
    origin !== undefined &&
    URL.canParse(origin) &&
    new URL(origin).host !== host?.toLowerCase()
  );
}
