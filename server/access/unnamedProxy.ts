import type { IncomingMessage } from 'node:http';
import type { Log } from '../telemetry/log.ts';
import type { ProxyOptions } from './clientAddress.ts';

/** Logs once that a request seems to have come through a proxy although none is configured. */
export type NoteUnnamedProxy = (request: Pick<IncomingMessage, 'headers'>) => void;

export function createUnnamedProxyNote(log: Log, { trustProxy }: ProxyOptions): NoteUnnamedProxy {
  let isDone = trustProxy.kind !== 'none';
  return ({ headers }) => {
    // A client that comes directly may send it too: the operator knows which it is.
    if (isDone || headers['x-forwarded-for'] === undefined) return;
    isDone = true;
    log.warn(
      {
        header: 'X-Forwarded-For',
        follows: 'All who come through a proxy count as one client and share its limits.',
        toChange: 'TRUST_PROXY says what stands in front, see docs/proxies.md.',
      },
      'a proxy seems to stand in front, and TRUST_PROXY is not set',
    );
  };
}
