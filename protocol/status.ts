import * as v from 'valibot';
import { DROP_REASONS } from './messages.ts';
import { MODEL_STATES } from './models.ts';
import { PrecisionReport } from './precision.ts';
import { ProviderReport } from './providers.ts';

/** `GET /v1/status`: what the server does now, and did in the last minutes. For those who may change models. */
export const STATUS_PATH = 'v1/status';

/** Time from one sample of the history to the next, ms; and number of samples that the server keeps. */
export const STATUS_INTERVAL_MS = 1_000;
export const STATUS_SAMPLES = 300;

/** Stages of a frame's stay, as in the timing of its labels; `server` is the whole stay. */
export const STAGES = ['queue', 'decode', 'infer', 'server'] as const;
export type Stage = (typeof STAGES)[number];

const Numbers = v.array(v.number());
/** ms; null where no frame was answered in that time. */
const Ages = v.object({ p50: v.array(v.nullable(v.number())), p95: v.array(v.nullable(v.number())) });

/** Columns of equal length, oldest first: a value for each interval. */
export const StatusHistory = v.object({
  /** Number of the first sample, counted since the server started. */
  first: v.number(),
  /** Sessions at the end of the interval. */
  sessions: Numbers,
  /** Frames and pictures that were answered with labels within it. */
  labelled: Numbers,
  /** Frames that waited for a worker at its end. */
  waiting: Numbers,
  /** Workers that could answer frames at its end. */
  workers: Numbers,
  /** Resident memory of the server's process and its workers, bytes. */
  memoryBytes: Numbers,
  ages: v.object(v.entriesFromList(STAGES, Ages)),
  /** Frames that were dropped within it, by reason; reasons that did not occur are absent. */
  drops: v.partial(v.object(v.entriesFromList(DROP_REASONS, Numbers))),
});
export type StatusHistory = v.InferOutput<typeof StatusHistory>;

export const WorkerStatus = v.object({
  /** `silent`: it has not answered in its usual time, and its replacement is being started. */
  state: v.picklist(['starting', 'serving', 'silent']),
  /** Resident memory, bytes; absent until it has told. */
  memoryBytes: v.optional(v.number()),
  /** Name of its machine; absent where it is that of the server. */
  host: v.optional(v.string()),
});
export type WorkerStatus = v.InferOutput<typeof WorkerStatus>;

export const ModelStatus = v.object({
  id: v.string(),
  name: v.string(),
  /** Empty where nothing of it serves. */
  version: v.string(),
  state: v.picklist(MODEL_STATES),
  /** As in ModelDetails. */
  providers: v.optional(v.array(ProviderReport)),
  precision: v.optional(PrecisionReport),
});
export type ModelStatus = v.InferOutput<typeof ModelStatus>;

export const ServerStatus = v.object({
  /** ms since 1970, by the server's clock. */
  nowMs: v.number(),
  startedAtMs: v.number(),
  sessions: v.number(),
  maxSessions: v.number(),
  waitingFrames: v.number(),
  /** Workers that ended and were replaced, since the start. */
  restarts: v.number(),
  /** Resident memory of the server's process, bytes. */
  serverMemoryBytes: v.number(),
  workers: v.array(WorkerStatus),
  models: v.array(ModelStatus),
  history: StatusHistory,
});
export type ServerStatus = v.InferOutput<typeof ServerStatus>;
