import type { Timing } from '../../protocol/messages.ts';
import type { FrameResult } from '../queue/frameQueue.ts';
import type { Log } from './log.ts';

/** A frame or picture that was answered. Times in ms since 1970. */
export interface TracedWork {
  name: 'frame' | 'predict';
  /** Names the connection, or the request. */
  by: string | undefined;
  /** Of HTTP, as documented, such as `/v1/predict`. Not of a frame. */
  route?: string;
  startMs: number;
  /** When it was there as a whole. */
  receivedMs: number;
  endMs: number;
  bytes: number;
  /** Undefined where nothing was run. */
  timing: Timing | undefined;
  /** Of the frame's answer: `labels`, the reason for a drop, or the code of an error. */
  outcome: 'labels' | Extract<FrameResult, { kind: 'dropped' }>['reason'] | string;
  /** `id@version` */
  model: string | undefined;
  /** The header `traceparent` of the request. */
  traceparent?: string | undefined;
  /** Of the answer. */
  httpStatus?: number | undefined;
}

/** Tells a collector the way of frames and pictures. Nothing of what is in them. */
export interface Tracing {
  /** Makes the spans of something that has ended: none is open while a frame is on its way. */
  trace(work: TracedWork): void;
  /** Sends what is left. Never rejects. Idempotent. */
  close(): Promise<void>;
}

const ENDPOINTS = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] as const;

/**
 * Tracing as OpenTelemetry's own variables configure it; undefined where no endpoint is set, and then nothing of it is
 * loaded: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export async function openTracing(
  env: Readonly<Record<string, string | undefined>>,
  log: Log,
): Promise<Tracing | undefined> {
  const hasEndpoint = ENDPOINTS.some((name) => (env[name] ?? '').trim() !== '');
  const isOff = env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none';
  if (!hasEndpoint || isOff) return undefined;
  const { openOtlp } = await import('./otlp.ts');
  return openOtlp(log);
}
