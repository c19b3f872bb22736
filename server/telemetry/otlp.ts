import {
  type Context,
  DiagLogLevel,
  defaultTextMapGetter,
  diag,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Log } from './log.ts';
import type { TracedWork, Tracing } from './tracing.ts';

/** A collector that is gone fails each batch; once a minute is said. */
const COMPLAINT_MS = 60_000;
const NAME = 'livelens';

/** Sends spans as OTLP over HTTP. All settings are read from the environment by the packages themselves. */
export function openOtlp(log: Log): Tracing {
  complainTo(log);
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': NAME }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  const tracer = provider.getTracer(NAME);
  const propagator = new W3CTraceContextPropagator();
  let closed: Promise<void> | undefined;

  function traceWork(work: TracedWork): void {
    const { startMs, endMs, timing, outcome, traceparent } = work;
    // On the wire it is without the digits that no one can see.
    const receivedMs = Math.max(startMs, work.receivedMs);
    const parent =
      traceparent === undefined
        ? ROOT_CONTEXT
        : propagator.extract(ROOT_CONTEXT, { traceparent }, defaultTextMapGetter);
    const root = tracer.startSpan(
      work.name,
      { kind: SpanKind.SERVER, startTime: startMs, attributes: attributesOf(work) },
      parent,
    );
    if (!root.isRecording()) return;
    const within = trace.setSpan(parent, root);
    stage('receive', startMs, receivedMs, within);
    if (timing) {
      let atMs = receivedMs;
      const stages = { queue: timing.queueMs, decode: timing.decodeMs, graph: timing.inferMs };
      for (const [name, ms] of Object.entries(stages)) {
        stage(name, atMs, atMs + ms, within);
        atMs += ms;
      }
      // What is left of the stay: ways between processes, and what the answer is made into.
      const answeredMs = Math.max(atMs, Math.min(endMs, receivedMs + timing.serverMs));
      stage('answer', atMs, answeredMs, within);
      stage('send', answeredMs, Math.max(answeredMs, endMs), within);
    }
    if (outcome !== 'labels') root.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
    root.end(endMs);
  }

  function stage(name: string, startTime: number, endTime: number, within: Context): void {
    tracer.startSpan(name, { startTime }, within).end(endTime);
  }

  return {
    trace: traceWork,
    close() {
      closed ??= provider.shutdown().catch((error: unknown) => {
        log.warn({ error: String(error) }, 'the last traces were not sent');
      });
      return closed;
    },
  };
}

function attributesOf({ name, by, route, bytes, outcome, model, httpStatus }: TracedWork) {
  return {
    'livelens.outcome': outcome,
    'livelens.bytes': bytes,
    ...(by !== undefined && { [name === 'frame' ? 'livelens.session' : 'livelens.request']: by }),
    ...(model !== undefined && { 'livelens.model': model }),
    ...(route !== undefined && { 'http.request.method': 'POST', 'http.route': route }),
    ...(httpStatus !== undefined && {
      'http.response.status_code': httpStatus,
    }),
  };
}

/** What the packages say of themselves goes to the log: settings that they do not take, collectors that do not answer. */
function complainTo(log: Log): void {
  let quietUntilMs = 0;
  const complain = (message: string) => {
    if (Date.now() < quietUntilMs) return;
    quietUntilMs = Date.now() + COMPLAINT_MS;
    log.warn({ why: message.slice(0, 500) }, 'traces');
  };
  const silent = () => {};
  diag.setLogger(
    { error: complain, warn: complain, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}
