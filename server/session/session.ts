import { CodedError, ERRORS, type ErrorCode } from '../../protocol/errors.ts';
import { parseFrame } from '../../protocol/frame.ts';
import { type ClientMessage, parseClientMessage, type ServerMessage } from '../../protocol/messages.ts';
import type { Box } from '../../vision/geometry.ts';
import {
  type Detection,
  EMPTY_TRACKER,
  hideBelow,
  seedTracker,
  shownTracks,
  type Track,
  type TrackerState,
  track,
} from '../../vision/tracker.ts';
import type { Limits } from '../config.ts';
import type { ModelFolder } from '../models/modelFolder.ts';
import { type ModelRegistry, modelInfo } from '../models/registry.ts';
import type { FrameOutcome, FrameQueue } from '../queue/frameQueue.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { round, toLabel, toTiming } from './answer.ts';
import type { Resumable, ResumeTokens } from './resumeToken.ts';
import { isToken } from './token.ts';

/** What a session needs of its socket. */
export interface SessionSocket {
  send(text: string): void;
  close(code: number, reason: string): void;
  /** Bytes that were sent but not yet taken by the other side. */
  readonly unreadBytes: number;
}

export interface SessionContext {
  queue: FrameQueue;
  models: ModelRegistry;
  limits: Limits;
  heartbeatMs: number;
  token: string | undefined;
  resumeTokens: ResumeTokens;
  metrics: Metrics;
  log: Log;
  /** A monotonic clock. */
  nowMs: () => number;
}

/** One connected camera, from the opened socket to its end. `id` names the connection. */
export interface Session {
  onMessage(data: Uint8Array, isBinary: boolean): void;
  /** Asks the client to come back after so long. Frames that it sends after this are not looked at. */
  goAway(reason: string, reconnectAfterMs: number): void;
  /** Resolves when no frame of the session is under way. */
  whenIdle(): Promise<void>;
  /** The socket is gone. Idempotent. */
  onClose(): void;
}

type State =
  | { kind: 'greeting' }
  | {
      kind: 'streaming';
      /** Outlives the socket: a client that comes back with its resume token has the same. */
      session: string;
      model: ModelFolder;
      minScore: number;
      tracker: TrackerState;
      /** What a session that goes on showed last; its place in time is that of the first frame that comes. */
      seed: readonly Track[];
    }
  | { kind: 'closed' };

type Streaming = Extract<State, { kind: 'streaming' }>;

interface FrameUnderWay {
  seq: number;
  capturedAtMs: number;
  /** Its place among the session's frames. */
  arrival: number;
  /** On the session's monotonic clock. */
  arrivedAtMs: number;
  /** In ms since 1970. */
  receivedAtMs: number;
  model: ModelFolder;
}

/** A hello with a resume token is the longest message. */
const MAX_TEXT_BYTES = 32 << 10;
/** How often a client gets a new resume token, ms: while the same things are in sight, and when others are. */
const RESUME_REFRESH_MS = 2_000;
const RESUME_CHANGE_MS = 500;

/**
 * The protocol of one session: hello first, then frames against credits, each answered exactly once. Numbers in
 * comments are rules of protocol/SPEC.md.
 */
export function createSession(id: string, socket: SessionSocket, context: SessionContext): Session {
  const { queue, models, limits, metrics, nowMs } = context;
  let state: State = { kind: 'greeting' };
  let framesUnderWay = 0;
  /** Frames are counted as they come; answers of frames older than the last answered one are of no use. */
  let arrivals = 0;
  let lastLabelled = -1;
  let lastFrameMs = Number.NEGATIVE_INFINITY;
  let lastArrivedAtMs = 0;
  let lastResume = { atMs: Number.NEGATIVE_INFINITY, ids: '' };
  let isLeaving = false;
  let onIdle: (() => void) | undefined;
  const texts = { windowStartMs: nowMs(), count: 0 };

  let lifeTimer: NodeJS.Timeout | undefined;
  const helloTimer = setTimeout(() => {
    fail(new CodedError('hello_timeout', `No hello within ${limits.helloTimeoutMs} ms.`));
  }, limits.helloTimeoutMs);

  function send(message: ServerMessage): void {
    if (state.kind === 'closed') return;
    socket.send(JSON.stringify(message));
    if (socket.unreadBytes > limits.maxUnreadBytes) {
      end('slow_reader');
    }
  }

  function fail(error: CodedError): void {
    send({ type: 'error', code: error.code, message: error.message, fatal: true });
    end(error.code);
  }

  /** A fault of ours: it costs this session, and no other. */
  function broke(error: unknown): void {
    context.log.error({ session: id, error: error instanceof Error ? error.stack : error }, 'session broke');
    fail(new CodedError('internal', 'Something went wrong at the server; its log has the reason.'));
  }

  function end(code: ErrorCode): void {
    if (state.kind === 'closed') return;
    context.log.info({ session: id, code }, 'session closed by the server');
    onClose();
    socket.close(ERRORS[code].close, code);
  }

  function onClose(): void {
    if (state.kind === 'closed') return;
    state = { kind: 'closed' };
    clearTimeout(helloTimer);
    clearTimeout(lifeTimer);
    queue.forget(id);
  }

  function onText(message: ClientMessage): void {
    switch (message.type) {
      case 'hello': {
        if (state.kind !== 'greeting') throw new CodedError('malformed_message', 'A second hello.');
        if (context.token !== undefined && !isToken(context.token, message.token)) {
          throw new CodedError('unauthorized', 'This server asks for a token, and this one is not right.');
        }
        const resumed = message.resume === undefined ? undefined : context.resumeTokens.read(message.resume);
        const model = models.find(message.model ?? servedModelOf(resumed));
        clearTimeout(helloTimer);
        lifeTimer = setTimeout(leaveInTime, limits.maxSessionMs);
        const { default: defaultMinScore } = model.manifest.minScore;
        state = {
          kind: 'streaming',
          session: resumed?.session ?? id,
          model,
          minScore: message.minScore ?? resumed?.minScore ?? defaultMinScore,
          tracker: { ...EMPTY_TRACKER, nextId: resumed?.nextId ?? EMPTY_TRACKER.nextId },
          seed: resumed?.model === model.manifest.id ? resumed.things : [],
        };
        send({
          type: 'welcome',
          session: state.session,
          resumed: resumed !== undefined,
          resume: resumeToken(state),
          model: modelInfo(model),
          minScore: state.minScore,
          credits: limits.credits,
          maxFrameBytes: limits.maxFrameBytes,
          maxAgeMs: limits.maxAgeMs,
          heartbeatMs: context.heartbeatMs,
        });
        break;
      }
      case 'configure': {
        if (state.kind !== 'streaming') throw new CodedError('expected_hello', 'Say hello first.');
        const model = message.model === undefined ? state.model : models.find(message.model);
        const isOther = model !== state.model;
        const minScore = message.minScore ?? (isOther ? model.manifest.minScore.default : state.minScore);
        // Ids go on counting: a thing of the new model must not get the number of one of the old.
        const tracker = isOther
          ? { ...EMPTY_TRACKER, nextId: state.tracker.nextId }
          : hideBelow(state.tracker, minScore);
        state = { ...state, model, minScore, tracker, seed: isOther ? [] : state.seed };
        send({ type: 'model', model: modelInfo(model), minScore });
        break;
      }
    }
  }

  function onFrame(data: Uint8Array): void {
    if (state.kind !== 'streaming') {
      throw new CodedError('expected_hello', 'The first message must be hello, as text.');
    }
    if (framesUnderWay >= limits.credits) {
      throw new CodedError('frame_without_credit', `${limits.credits} frames are under way already.`);
    }
    const { seq, capturedAtMs, format, image } = parseFrame(data);
    if (isLeaving) {
      send({ type: 'dropped', seq, reason: 'superseded' });
      return;
    }
    framesUnderWay += 1;
    const frame: FrameUnderWay = {
      seq,
      capturedAtMs,
      arrival: arrivals++,
      arrivedAtMs: nowMs(),
      receivedAtMs: round(performance.timeOrigin + performance.now(), 2),
      model: state.model,
    };
    void queue
      .submit({
        key: id,
        model: state.model.manifest.id,
        format,
        image,
        maxPixels: limits.maxFramePixels,
        isFitted: true,
      })
      .then((outcome) => onOutcome(frame, outcome))
      .catch(broke);
  }

  function onOutcome(frame: FrameUnderWay, outcome: FrameOutcome): void {
    framesUnderWay -= 1;
    if (framesUnderWay === 0) onIdle?.();
    const serverMs = nowMs() - frame.arrivedAtMs;
    metrics.answered('stream', outcome, serverMs);
    if (state.kind !== 'streaming') return;
    if (outcome.kind === 'dropped') {
      send({ type: 'dropped', seq: frame.seq, reason: outcome.reason });
      return;
    }
    // Two workers may finish a session's frames in either order, and the model may have changed meanwhile.
    if (frame.arrival < lastLabelled || frame.model !== state.model) {
      send({ type: 'dropped', seq: frame.seq, reason: 'superseded' });
      return;
    }
    lastLabelled = frame.arrival;
    // The client's clock, as long as it runs forward; else ours.
    const passedMs = Math.max(1, frame.arrivedAtMs - lastArrivedAtMs);
    lastFrameMs = frame.capturedAtMs > lastFrameMs ? frame.capturedAtMs : lastFrameMs + passedMs;
    lastArrivedAtMs = frame.arrivedAtMs;
    if (state.seed.length > 0) {
      state.tracker = seedTracker(state.seed, state.tracker.nextId, lastFrameMs - 1);
      state.seed = [];
    }
    state.tracker = track(state.tracker, outcome.detections.filter(hasBox), lastFrameMs, {
      minScore: state.minScore,
    });
    const shown = shownTracks(state.tracker);
    send({
      type: 'labels',
      seq: frame.seq,
      capturedAtMs: frame.capturedAtMs,
      receivedAtMs: frame.receivedAtMs,
      model: `${frame.model.manifest.id}@${frame.model.version}`,
      labels: shown.map(toLabel),
      timing: toTiming({ ...outcome.timing, serverMs }),
    });
    refreshResumeToken(state, shown);
  }

  function resumeToken({ session, model, minScore, tracker, seed }: Streaming): string {
    const things = seed.length > 0 ? seed : shownTracks(tracker);
    return context.resumeTokens.issue({
      session,
      model: model.manifest.id,
      minScore,
      nextId: tracker.nextId,
      things: things.map(({ id: thingId, label, score, box: [x, y, width, height] }) => ({
        id: thingId,
        label,
        score: round(score, 3),
        box: [round(x, 4), round(y, 4), round(width, 4), round(height, 4)],
      })),
    });
  }

  /** Sends a new token when other things are in sight, and now and then while they move. */
  function refreshResumeToken(streaming: Streaming, shown: readonly Track[]): void {
    const ids = shown.map((thing) => thing.id).join();
    const ageMs = nowMs() - lastResume.atMs;
    if (ageMs < (ids === lastResume.ids ? RESUME_REFRESH_MS : RESUME_CHANGE_MS) || ids === '') return;
    lastResume = { atMs: nowMs(), ids };
    send({ type: 'resume', resume: resumeToken(streaming) });
  }

  function servedModelOf(resumed: Resumable | undefined): string | undefined {
    return models.serving.some(({ manifest }) => manifest.id === resumed?.model) ? resumed?.model : undefined;
  }

  /** The session is as old as a platform may let a socket become. */
  function leaveInTime(): void {
    goAway('session_limit', Math.round(Math.random() * limits.goAwaySpreadMs));
    void whenIdle().then(() => end('restarting'));
  }

  function goAway(reason: string, reconnectAfterMs: number): void {
    if (isLeaving) return;
    isLeaving = true;
    if (state.kind === 'streaming') send({ type: 'resume', resume: resumeToken(state) });
    send({ type: 'goaway', reason, reconnectAfterMs });
  }

  function whenIdle(): Promise<void> {
    if (framesUnderWay === 0) return Promise.resolve();
    return new Promise((resolve) => {
      onIdle = resolve;
    });
  }

  return {
    onMessage(data, isBinary) {
      if (state.kind === 'closed') return;
      try {
        if (isBinary) {
          onFrame(data);
          return;
        }
        if (nowMs() - texts.windowStartMs >= 1_000) {
          texts.windowStartMs = nowMs();
          texts.count = 0;
        }
        texts.count += 1;
        if (texts.count > limits.maxTextPerSecond) {
          throw new CodedError('rate_limited', `At most ${limits.maxTextPerSecond} text messages a second.`);
        }
        if (data.byteLength > MAX_TEXT_BYTES) {
          throw new CodedError('malformed_message', `A text message may have ${MAX_TEXT_BYTES} bytes.`);
        }
        onText(
          parseClientMessage(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8')),
        );
      } catch (error) {
        if (!(error instanceof CodedError)) {
          broke(error);
          return;
        }
        // A session that streams survives the wish for a model that is not there.
        if (error.code === 'unknown_model' && state.kind === 'streaming') {
          send({ type: 'error', code: error.code, message: error.message, fatal: false });
        } else {
          fail(error);
        }
      }
    },
    goAway,
    whenIdle,
    onClose,
  };
}

const hasBox = (detection: Detection): detection is Detection & { box: Box } => detection.box !== undefined;
