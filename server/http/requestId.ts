import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isFromProxy, type ProxyOptions } from '../access/clientAddress.ts';
import type { Log } from '../telemetry/log.ts';
import { loggedText } from '../telemetry/loggedText.ts';

/** The header that names a request: in the question of a proxy, and in every answer. */
export const REQUEST_ID_HEADER = 'X-Request-Id';

/** What proxies make: a UUID, hex, a number, with what stands between their parts. Nothing that could forge a line of a log. */
const WELL_FORMED = /^[\w.:+/=-]{8,128}$/;
/** A path is a stranger's text. */
const MAX_PATH_LENGTH = 200;

const ids = new WeakMap<IncomingMessage, string>();

export interface RequestIdOptions extends ProxyOptions {
  log: Log;
  nowMs: () => number;
}

/**
 * Names a request, for its answer and for its lines in the log: as a trusted proxy named it, else at random. A client's own
 * word is not taken, as it could give two requests one name. At level `debug` its end is noted: without the query, which
 * may hold what is nobody's business.
 */
export function nameRequest(
  request: IncomingMessage,
  response: ServerResponse,
  options: RequestIdOptions,
): void {
  const { log, nowMs } = options;
  const given = request.headers[REQUEST_ID_HEADER.toLowerCase()]?.toString();
  const isGood = given !== undefined && WELL_FORMED.test(given) && isFromProxy(request, options);
  const id = isGood ? given : randomUUID();
  ids.set(request, id);
  response.setHeader(REQUEST_ID_HEADER, id);
  const startedAtMs = nowMs();
  const { method, url = '/' } = request;
  const path = loggedPath(url.split('?')[0] ?? '');
  response.once('close', () => {
    const ms = Math.round(nowMs() - startedAtMs);
    const isWhole = response.writableFinished;
    log.debug({ request: id, method, path, status: response.statusCode, ms, isWhole }, 'request');
  });
}

/** A path as the log has it. */
export const loggedPath = (path: string): string => loggedText(path).slice(0, MAX_PATH_LENGTH);

/** The name of a request; undefined before it has one. */
export const requestIdOf = (request: IncomingMessage): string | undefined => ids.get(request);
