import type { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import type { MiddlewareHandler } from 'hono';
import { CodedError, ERRORS } from '../../protocol/errors.ts';
import type { Prediction, Timing } from '../../protocol/messages.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Tracing } from '../telemetry/tracing.ts';
import { requestIdOf } from './requestId.ts';

export interface ObserveOptions {
  metrics: Pick<Metrics, 'predicted'>;
  /** Undefined where no one asks for traces. */
  tracing?: Tracing | undefined;
}

/** What is known of a request for labels while it is answered. Times in ms since 1970. */
interface PredictRecord {
  receivedMs: number;
  bytes: number;
  readonly predictions: Prediction[];
}

const records = new WeakMap<IncomingMessage, PredictRecord>();

const nowSinceEpoch = () => performance.timeOrigin + performance.now();

interface ObservedRequest {
  readonly incoming: IncomingMessage;
  /** As documented, with the names of its parameters; the trace's `http.route`. */
  readonly route: string;
  readonly traceparent: string | undefined;
}

/**
 * Counts and traces one request for labels, a refused one too.
 * @returns call it once, when the request is answered: with what it threw, or undefined and the status of the answer
 */
export function beginPredict(
  { metrics, tracing }: ObserveOptions,
  { incoming, route, traceparent }: ObservedRequest,
): (error: unknown, answered: number) => void {
  const startMs = nowSinceEpoch();
  const record: PredictRecord = { receivedMs: startMs, bytes: 0, predictions: [] };
  records.set(incoming, record);
  return (error, answered) => {
    const code = error instanceof CodedError ? error.code : 'internal';
    const httpStatus = error === undefined ? answered : ERRORS[code].http;
    metrics.predicted(httpStatus);
    const { receivedMs, bytes, predictions } = record;
    tracing?.trace({
      name: 'predict',
      by: requestIdOf(incoming),
      route,
      startMs,
      receivedMs,
      endMs: nowSinceEpoch(),
      bytes,
      timing: sumOf(predictions),
      outcome: error === undefined ? 'labels' : code,
      model: tracedModel(predictions.at(-1)?.model),
      traceparent,
      httpStatus,
    });
  };
}

/** Without the id of a collection of taught things: it may be known to those only who have its link. */
const tracedModel = (model: string | undefined) => model?.replace(/^things:[^@]*/, 'things');

/** Observes each POST to a route that answers pictures: one trace a request, whatever the contract. */
export const observePredict =
  (options: ObserveOptions, route: string): MiddlewareHandler<{ Bindings: HttpBindings }> =>
  async (c, next) => {
    if (c.req.method !== 'POST') return next();
    const { incoming } = c.env;
    const end = beginPredict(options, { incoming, route, traceparent: c.req.header('traceparent') });
    let error: unknown;
    try {
      await next();
      // A router keeps what a step behind this one threw, and answers it.
      error = c.error;
    } catch (thrown) {
      error = thrown;
      throw thrown;
    } finally {
      end(error, c.res.status);
    }
  };

/** The pictures of this request are all there. */
export function noteReceived(request: IncomingMessage, pictures: readonly Uint8Array[]): void {
  const record = records.get(request);
  if (record === undefined) return;
  record.receivedMs = nowSinceEpoch();
  record.bytes = pictures.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** One of them was answered. */
export function notePrediction(request: IncomingMessage, prediction: Prediction): void {
  records.get(request)?.predictions.push(prediction);
}

/** Pictures of one request are processed one after the other. */
function sumOf([first, ...more]: readonly Prediction[]): Timing | undefined {
  return more.reduce<Timing | undefined>(
    (sum, { timing }) =>
      sum && {
        queueMs: sum.queueMs + timing.queueMs,
        decodeMs: sum.decodeMs + timing.decodeMs,
        inferMs: sum.inferMs + timing.inferMs,
        serverMs: sum.serverMs + timing.serverMs,
      },
    first?.timing,
  );
}
