import { setTimeout as sleep } from 'node:timers/promises';
import { CodedError } from '../../protocol/errors.ts';
import { type FrameView, MAX_SECONDARY_MODELS, parseFrame } from '../../protocol/frame.ts';
import type { ServerMessage } from '../../protocol/messages.ts';
import type { FrameTimes, Shown } from '../../vision/labelTracker.ts';
import { taskOf } from '../../vision/tasks/taskOf.ts';
import { round, toLabel } from '../../vision/toLabel.ts';
import { MAX_FRAME_DECODE_MS } from '../inference/decodeCost/limits.ts';
import type { UsageClient } from '../limits/usageLimits.ts';
import type { FrameJob, FrameResult } from '../queue/frameQueue.ts';
import { toTiming } from '../queue/toTiming.ts';
import { runsOf } from '../serving/modelDirectory.ts';
import type { ModelTracker, SelectedModels } from './selectedModels.ts';
import type { SessionContext } from './sessionContext.ts';

/** The frames of one session, from the message to its answer. Each that is accepted is answered exactly once. */
export interface FramesInFlight {
  /** @throws CodedError where it is no frame, or came without a credit */
  accept(data: Uint8Array, selected: SelectedModels): void;
  /** Answers each further frame with `dropped`. */
  refuseNew(): void;
  /** Resolves when no frame is in flight. */
  whenIdle(): Promise<void>;
  /** Takes those that wait out of the queue. */
  forget(): void;
}

export interface FramesInFlightOptions {
  /** Names the connection: the session's frames in the queue have keys of it. */
  connection: string;
  context: Pick<SessionContext, 'queue' | 'models' | 'limits' | 'usage' | 'metrics' | 'nowMs' | 'tracing'>;
  /** For whom the frames count. */
  client(): UsageClient;
  /** The session's models now; undefined when it has ended. */
  selected(): SelectedModels | undefined;
  send(message: ServerMessage): void;
  /** Labels were sent. */
  onLabels(tracker: ModelTracker, shown: readonly Shown[]): void;
  /** The session sent more than one picture that costs too much to decode. */
  onTooCostly(detail: string | undefined): void;
  /** No worker holds the model of its frames any more; called once until frames are labelled again. */
  onNotLoaded(error: CodedError): void;
  onError(error: unknown): void;
}

interface FrameInFlight extends FrameTimes {
  seq: number;
  /** In ms since 1970. */
  receivedAtMs: number;
  bytes: number;
  tracker: ModelTracker;
  view: FrameView | undefined;
}

/** One picture that costs too much to decode may be a mistake; this number of them is not. */
const MAX_COSTLY = 2;
/**
 * Maximum time that a frame waits for its model to be loaded, ms: short, as its credit is missing for models that are loaded;
 * not 0, as a client that sends whenever there is a credit would send without end.
 */
const LOADING_WAIT_MS = 100;
/** A frame that exceeds a limit is answered by then: a client that waits much longer takes its link for dead. */
const MAX_REFUSAL_WAIT_MS = 1_000;

export function createFramesInFlight(options: FramesInFlightOptions): FramesInFlight {
  const { connection, context, send, onError } = options;
  const { queue, models, limits, metrics, nowMs, tracing } = context;
  let inFlight = 0;
  /** Frames are counted as they come; answers of frames older than the last answered one are of no use. */
  let arrivals = 0;
  let costlyFrames = 0;
  let isRefusing = false;
  let isNotLoadedTold = false;
  let onIdle: (() => void) | undefined;

  const keyOf = (modelIndex: number) => (modelIndex === 0 ? connection : `${connection}/${modelIndex}`);

  function onResult(frame: FrameInFlight, result: FrameResult): void {
    inFlight -= 1;
    if (inFlight === 0) onIdle?.();
    const serverMs = nowMs() - frame.arrivedAtMs;
    metrics.answered('stream', result, serverMs);
    answer(frame, result, serverMs);
    tracing?.trace({
      name: 'frame',
      by: connection,
      startMs: performance.timeOrigin + frame.arrivedAtMs,
      receivedMs: frame.receivedAtMs,
      // Sent by now: the one reading of the clock that a trace adds.
      endMs: performance.timeOrigin + nowMs(),
      bytes: frame.bytes,
      timing: result.kind === 'answered' ? { ...result.timing, serverMs } : undefined,
      outcome: result.kind === 'answered' ? 'labels' : result.reason,
      // The id of a collection that only its link opens is not for others.
      model: `${runsOf(frame.tracker.model)}@${frame.tracker.model.version}`,
    });
  }

  function answer(frame: FrameInFlight, result: FrameResult, serverMs: number): void {
    const selected = options.selected();
    if (selected === undefined) return;
    if (result.kind === 'dropped') {
      send({ type: 'dropped', seq: frame.seq, reason: result.reason });
      if (result.reason === 'too_costly') onCostly(result.detail);
      return;
    }
    isNotLoadedTold = false;
    const { tracker, view } = frame;
    // The model may have changed since.
    const isCurrent = selected.includes(tracker) && result.version === tracker.model.version;
    const shown = isCurrent ? tracker.update(frame, result.answer, view) : undefined;
    if (shown === undefined) {
      send({ type: 'dropped', seq: frame.seq, reason: 'superseded' });
      return;
    }
    send({
      type: 'labels',
      seq: frame.seq,
      capturedAtMs: frame.capturedAtMs,
      receivedAtMs: frame.receivedAtMs,
      model: `${tracker.model.manifest.id}@${tracker.model.version}`,
      labels: shown.map(toLabel),
      ...taskOf(result.answer.task).inStream?.(result.answer),
      timing: toTiming({ ...result.timing, serverMs }),
    });
    options.onLabels(tracker, shown);
  }

  /** Rule F7 of protocol/SPEC.md. */
  function onCostly(detail: string | undefined): void {
    costlyFrames += 1;
    if (costlyFrames >= MAX_COSTLY) options.onTooCostly(detail);
  }

  /** Not at once: a client that sends whenever it may would send thousands of frames a second, all for nothing. */
  const refuseLate = (waitMs: number) =>
    sleep(Math.min(waitMs, MAX_REFUSAL_WAIT_MS), { kind: 'dropped', reason: 'rate_limited' } as const);

  function tellNotLoaded(error: unknown): void {
    if (isNotLoadedTold || !(error instanceof CodedError) || options.selected() === undefined) return;
    isNotLoadedTold = true;
    options.onNotLoaded(error);
  }

  /** Rule C4 of protocol/SPEC.md. */
  async function submitWhenLoaded(job: FrameJob, loading: Promise<void>): Promise<FrameResult> {
    const isLate = sleep(LOADING_WAIT_MS, false);
    // One that cannot be loaded is not answered sooner.
    const isLoaded = await Promise.race([
      isLate,
      loading.then(
        () => true,
        (error: unknown) => {
          tellNotLoaded(error);
          return isLate;
        },
      ),
    ]);
    return isLoaded && options.selected() !== undefined
      ? queue.submit(job)
      : { kind: 'dropped', reason: 'stale' };
  }

  return {
    accept(data, selected) {
      if (inFlight >= limits.credits) {
        throw new CodedError('frame_without_credit', `${limits.credits} frames are in flight already.`);
      }
      const { seq, capturedAtMs, format, modelIndex, view, image } = parseFrame(data);
      const tracker = selected[modelIndex];
      // It was sent before the client learned of other models.
      if (isRefusing || tracker === undefined) {
        send({ type: 'dropped', seq, reason: 'superseded' });
        return;
      }
      inFlight += 1;
      metrics.received('stream', image.byteLength);
      const frame: FrameInFlight = {
        seq,
        capturedAtMs,
        arrival: arrivals++,
        arrivedAtMs: nowMs(),
        receivedAtMs: round(performance.timeOrigin + performance.now(), 2),
        bytes: image.byteLength,
        tracker,
        view,
      };
      const job: FrameJob = {
        key: keyOf(modelIndex),
        model: runsOf(tracker.model),
        format,
        image,
        maxPixels: limits.maxFramePixels,
        maxDecodeMs: MAX_FRAME_DECODE_MS,
        isFitted: true,
        isSecondary: modelIndex > 0,
        stream: keyOf(modelIndex),
      };
      const waitMs = context.usage.takeFrame(options.client(), data.byteLength);
      const loading = waitMs === 0 ? models.load(tracker.model) : undefined;
      void (waitMs > 0 ? refuseLate(waitMs) : loading ? submitWhenLoaded(job, loading) : queue.submit(job))
        .then((result) => onResult(frame, result))
        .catch(onError);
    },
    refuseNew() {
      isRefusing = true;
    },
    whenIdle() {
      if (inFlight === 0) return Promise.resolve();
      return new Promise((resolve) => {
        onIdle = resolve;
      });
    },
    forget() {
      for (let modelIndex = 0; modelIndex <= MAX_SECONDARY_MODELS; modelIndex++)
        queue.forget(keyOf(modelIndex));
    },
  };
}
