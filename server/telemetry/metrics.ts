import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { ERRORS } from '../../protocol/errors.ts';
import type { Timing } from '../../protocol/messages.ts';
import type { FrameResult } from '../queue/frameQueue.ts';

/** What the server reports to Prometheus. */
export interface Metrics {
  sessionOpened(): void;
  sessionClosed(code: number): void;
  refused(code: string): void;
  workerRestarted(): void;
  /** A picture of this size went to a screen. */
  relayed(bytes: number): void;
  /** One frame or picture was answered. */
  answered(via: 'stream' | 'predict', result: FrameResult, serverMs: number): void;
  /** The text of `/metrics` and its content type. */
  render(): Promise<{ contentType: string; text: string }>;
  close(): void;
}

const KNOWN_CLOSES = new Set([1000, 1001, 1005, 1006, ...Object.values(ERRORS).map(({ close }) => close)]);
const STAGES = ['queue', 'decode', 'infer', 'server'] as const;
const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5];

export function createMetrics(readings: { liveWorkers(): number; waitingFrames(): number }): Metrics {
  // A separate registry: two servers in one process, as in tests, must not share counters.
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const sessions = new Gauge({ name: 'livelens_sessions', help: 'Connected sessions.', registers });
  const closes = new Counter({
    name: 'livelens_session_closes_total',
    help: 'Sessions that ended, by close code.',
    labelNames: ['code'] as const,
    registers,
  });
  const refusals = new Counter({
    name: 'livelens_refusals_total',
    help: 'Connections and requests refused before a session began, by error code.',
    labelNames: ['code'] as const,
    registers,
  });
  const frames = new Counter({
    name: 'livelens_frames_total',
    help: 'Frames answered, by outcome: labels, or the reason why they were dropped.',
    labelNames: ['via', 'outcome'] as const,
    registers,
  });
  const stages = new Histogram({
    name: 'livelens_frame_seconds',
    help: 'Time that a labelled frame spent at each stage; server is the whole stay.',
    labelNames: ['via', 'stage'] as const,
    buckets: SECONDS,
    registers,
  });
  const restarts = new Counter({
    name: 'livelens_worker_restarts_total',
    help: 'Workers that ended and were replaced.',
    registers,
  });
  const pictures = new Counter({
    name: 'livelens_relayed_pictures_total',
    help: 'Pictures of shared cameras that went to screens, once for each screen.',
    registers,
  });
  const pictureBytes = new Counter({
    name: 'livelens_relayed_bytes_total',
    help: 'Their bytes.',
    registers,
  });
  new Gauge({
    name: 'livelens_workers',
    help: 'Workers that can answer frames now.',
    registers,
    collect() {
      this.set(readings.liveWorkers());
    },
  });
  new Gauge({
    name: 'livelens_waiting_frames',
    help: 'Frames that wait for a worker.',
    registers,
    collect() {
      this.set(readings.waitingFrames());
    },
  });

  return {
    sessionOpened: () => sessions.inc(),
    sessionClosed(code) {
      sessions.dec();
      // Clients choose their close codes; each would be a series forever.
      closes.inc({ code: KNOWN_CLOSES.has(code) ? code : 'other' });
    },
    refused: (code) => refusals.inc({ code }),
    workerRestarted: () => restarts.inc(),
    relayed(bytes) {
      pictures.inc();
      pictureBytes.inc(bytes);
    },
    answered(via, result, serverMs) {
      frames.inc({ via, outcome: result.kind === 'answered' ? 'labels' : result.reason });
      if (result.kind === 'dropped') return;
      const timing: Timing = { ...result.timing, serverMs };
      for (const stage of STAGES) stages.observe({ via, stage }, timing[`${stage}Ms`] / 1000);
    },
    async render() {
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
    close: () => registry.clear(),
  };
}
