import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { ERRORS } from '../../protocol/errors.ts';
import { type ServerStatus, STAGES } from '../../protocol/status.ts';
import type { CountedResult } from '../queue/frameQueue.ts';
import { QUEUE_EVENTS } from '../queue/queueFigures.ts';
import { createStatus, type FleetReadings, type Readings } from './status.ts';

/** What the server reports to Prometheus, and to its own status. Names follow https://prometheus.io/docs/practices/naming/. */
export interface Metrics {
  sessionOpened(): void;
  sessionClosed(code: number): void;
  refused(code: string): void;
  workerRestarted(): void;
  /** A picture of this size went to a screen. */
  relayed(bytes: number): void;
  /** One frame or picture was answered. */
  answered(via: 'stream' | 'predict', result: CountedResult, serverMs: number): void;
  /** A frame or picture of this size came. */
  received(via: 'stream' | 'predict', bytes: number): void;
  /** A message of this size goes to a stream. */
  sent(bytes: number): void;
  /** A request for labels was answered with this status: of `/v1/predict`, or of a contract. */
  predicted(status: number): void;
  /** The text of `/metrics` and its content type. */
  render(): Promise<{ contentType: string; text: string }>;
  /** What the page `/status` shows. @param after number of the last sample that the asker has */
  status(after: number | undefined): ServerStatus;
  close(): void;
}

/** Of a gateway or a worker: its connection to the queue, and the members that it knows. */
function measureFleet(read: () => FleetReadings, registers: Registry[]): void {
  new Gauge({
    name: 'livelens_queue_connected',
    help: 'Whether there is a connection to the queue: 1 or 0.',
    registers,
    collect() {
      this.set(read().queue.isConnected ? 1 : 0);
    },
  });
  new Counter({
    name: 'livelens_queue_disconnects_total',
    help: 'Connections to the queue that were lost.',
    registers,
    collect() {
      this.reset();
      this.inc(read().queue.disconnects);
    },
  });
  new Counter({
    name: 'livelens_queue_events_total',
    help: 'What happened to turns and frames between gateways and workers.',
    labelNames: ['event'] as const,
    registers,
    collect() {
      this.reset();
      for (const event of QUEUE_EVENTS) {
        const count = read().queue.events[event];
        if (count !== undefined) this.inc({ event }, count);
      }
    },
  });
  new Gauge({
    name: 'livelens_fleet_members',
    help: 'Gateways and workers that announce themselves, this process among them.',
    labelNames: ['role'] as const,
    registers,
    collect() {
      const { gateways, workers } = read();
      this.set({ role: 'gateway' }, gateways);
      this.set({ role: 'worker' }, workers);
    },
  });
}

const KNOWN_CLOSES = new Set([1000, 1001, 1005, 1006, ...Object.values(ERRORS).map(({ close }) => close)]);
const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5];

export function createMetrics(readings: Readings): Metrics {
  // A separate registry: two servers in one process, as in tests, must not share counters.
  const registry = new Registry();
  const registers = [registry];
  const status = createStatus(readings);
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
  const batched = new Counter({
    name: 'livelens_batched_frames_total',
    help: 'Labelled frames that an accelerator ran together with others.',
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
  const received = new Counter({
    name: 'livelens_received_bytes_total',
    help: 'Bytes of the frames and pictures that came.',
    labelNames: ['via'] as const,
    registers,
  });
  const sent = new Counter({
    name: 'livelens_sent_bytes_total',
    help: 'Bytes of the messages that went to streams.',
    registers,
  });
  const predictions = new Counter({
    name: 'livelens_predict_requests_total',
    help: 'Requests for labels by /v1/predict and by contracts of platforms, by the status of the answer.',
    labelNames: ['status'] as const,
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
      this.set(readings.workers().filter(({ state }) => state === 'serving').length);
    },
  });
  new Gauge({
    name: 'livelens_workers_memory_bytes',
    help: 'Resident memory of all workers together.',
    registers,
    collect() {
      this.set(readings.workers().reduce((sum, { memoryBytes = 0 }) => sum + memoryBytes, 0));
    },
  });
  new Gauge({
    name: 'livelens_model_info',
    help: 'Models, with the version that serves and what it does; always 1.',
    labelNames: ['model', 'version', 'state'] as const,
    registers,
    collect() {
      this.reset();
      for (const { id, version, state } of readings.models()) this.set({ model: id, version, state }, 1);
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
  if (readings.fleet) measureFleet(readings.fleet, registers);

  return {
    sessionOpened() {
      sessions.inc();
      status.sessionOpened();
    },
    sessionClosed(code) {
      sessions.dec();
      status.sessionClosed();
      // Clients choose their close codes; each would be a series forever.
      closes.inc({ code: KNOWN_CLOSES.has(code) ? code : 'other' });
    },
    refused: (code) => refusals.inc({ code }),
    workerRestarted() {
      restarts.inc();
      status.workerRestarted();
    },
    received: (via, bytes) => received.inc({ via }, bytes),
    sent: (bytes) => sent.inc(bytes),
    predicted: (status) => predictions.inc({ status }),
    relayed(bytes) {
      pictures.inc();
      pictureBytes.inc(bytes);
    },
    answered(via, result, serverMs) {
      if (result.kind === 'answered' && result.batch !== undefined) batched.inc();
      frames.inc({ via, outcome: result.kind === 'answered' ? 'labels' : result.reason });
      status.answered(result, serverMs);
      if (result.kind === 'dropped') return;
      const timing = { ...result.timing, serverMs };
      for (const stage of STAGES) stages.observe({ via, stage }, timing[`${stage}Ms`] / 1000);
    },
    async render() {
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
    status: status.read,
    close() {
      status.close();
      registry.clear();
    },
  };
}
