import type { IncomingMessage } from 'node:http';

/**
 * Ends a request that is not here as a whole by then, as `requestTimeout` of Node's server does; that one knows no
 * exceptions for single requests.
 */
export function endSlowRequest(request: IncomingMessage, timeoutMs: number): void {
  const timer = setTimeout(() => {
    if (request.complete) return;
    request.socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
    request.destroy();
  }, timeoutMs);
  request.once('close', () => clearTimeout(timer));
}

/** A model may take minutes on a slow link; the receiver ends an upload that makes no progress. */
export const isUpload = ({ method, url = '' }: IncomingMessage): boolean =>
  method === 'POST' && url.startsWith('/v1/models/imports?');
