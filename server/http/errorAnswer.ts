import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { CodedError, ERRORS } from '../../protocol/errors.ts';
import type { ErrorBody } from '../../protocol/messages.ts';
import { sentenceOf } from '../../protocol/sentence.ts';
import { aboutModels } from '../../protocol/sentences/models.ts';
import type { Log } from '../telemetry/log.ts';
import { loggedError } from '../telemetry/loggedText.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { loggedPath, requestIdOf } from './requestId.ts';

export interface ErrorAnswerOptions {
  log: Log;
  metrics: Pick<Metrics, 'refused'>;
}

/**
 * Answers what a route threw: counted, with the status and headers of its code. What has no code is logged, and an internal
 * error to the client.
 * @param form the body, where it is not the API's own
 */
export function answerError(
  thrown: Error,
  c: Context<{ Bindings: HttpBindings }>,
  { log, metrics }: ErrorAnswerOptions,
  form: (error: CodedError, status: number) => object = errorBody,
): Response {
  const error = thrown instanceof CodedError ? thrown : unexpected(thrown, c, log);
  const { http, retryable } = ERRORS[error.code];
  metrics.refused(error.code);
  // RFC 9110 asks for it; browsers show no dialog for this scheme.
  if (http === 401) c.header('WWW-Authenticate', 'Bearer');
  if (retryable) c.header('Retry-After', String(Math.ceil((error.retryAfterMs ?? 1_000) / 1_000)));
  return c.json(form(error, http), http satisfies ContentfulStatusCode);
}

/** The API's own form of an error. */
export const errorBody = ({ code, message, text }: CodedError): ErrorBody => ({
  error: { code, message, ...sentenceOf(text) },
});

function unexpected(error: Error, c: Context<{ Bindings: HttpBindings }>, log: Log): CodedError {
  // A client that hung up in the middle of its picture is not an error of the server.
  const isAborted = c.req.raw.signal.aborted || error.message === 'aborted';
  log[isAborted ? 'debug' : 'error'](
    { request: requestIdOf(c.env.incoming), error: loggedError(error), path: loggedPath(c.req.path) },
    'request failed',
  );
  return new CodedError('internal', aboutModels('server_failed'));
}
