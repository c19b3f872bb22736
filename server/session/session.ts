import { CodedError, ERRORS, type ErrorCode } from '../../protocol/errors.ts';
import { parseFrame } from '../../protocol/frame.ts';
import { type ClientMessage, parseClientMessage, type ServerMessage } from '../../protocol/messages.ts';
import type { Box } from '../../vision/geometry.ts';
import {
  type Detection,
  EMPTY_TRACKER,
  hideBelow,
  shownTracks,
  type TrackerState,
  track,
} from '../../vision/tracker.ts';
import type { Limits } from '../config.ts';
import type { ModelFolder } from '../models/modelFolder.ts';
import { type ModelRegistry, modelInfo } from '../models/registry.ts';
import type { FrameOutcome, FrameQueue } from '../queue/frameQueue.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { toLabel, toTiming } from './answer.ts';
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
  metrics: Metrics;
  log: Log;
  /** A monotonic clock. */
  nowMs: () => number;
}

/** One connected camera, from the opened socket to its end. */
export interface Session {
  onMessage(data: Uint8Array, isBinary: boolean): void;
  /** Asks the client to come back after so long, because the server stops. */
  goAway(reason: string, reconnectAfterMs: number): void;
  /** The socket is gone. Idempotent. */
  onClose(): void;
}

type State =
  | { kind: 'greeting' }
  | { kind: 'streaming'; model: ModelFolder; minScore: number; tracker: TrackerState }
  | { kind: 'closed' };

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
  const texts = { windowStartMs: nowMs(), count: 0 };

  const helloTimer = setTimeout(() => {
    fail(new CodedError('hello_timeout', `No hello within ${limits.helloTimeoutMs} ms.`));
  }, limits.helloTimeoutMs);

  function send(message: ServerMessage): void {
    if (state.kind === 'closed') return;
    socket.send(JSON.stringify(message));
    if (socket.unreadBytes > limits.maxUnreadBytes) {
      end('slow_reader', `${limits.maxUnreadBytes} bytes of answers are unread.`);
    }
  }

  function fail(error: CodedError): void {
    send({ type: 'error', code: error.code, message: error.message, fatal: true });
    end(error.code, error.message);
  }

  /** A fault of ours: it costs this session, and no other. */
  function broke(error: unknown): void {
    context.log.error({ session: id, error: error instanceof Error ? error.stack : error }, 'session broke');
    fail(new CodedError('internal', 'Something went wrong at the server; its log has the reason.'));
  }

  function end(code: ErrorCode, why: string): void {
    if (state.kind === 'closed') return;
    context.log.info({ session: id, code, why }, 'session closed by the server');
    onClose();
    socket.close(ERRORS[code].close, code);
  }

  function onClose(): void {
    if (state.kind === 'closed') return;
    state = { kind: 'closed' };
    clearTimeout(helloTimer);
    queue.forget(id);
  }

  function onText(message: ClientMessage): void {
    switch (message.type) {
      case 'hello': {
        if (state.kind !== 'greeting') throw new CodedError('malformed_message', 'A second hello.');
        if (context.token !== undefined && !isToken(context.token, message.token)) {
          throw new CodedError('unauthorized', 'This server asks for a token, and this one is not right.');
        }
        const model = models.find(message.model);
        clearTimeout(helloTimer);
        state = {
          kind: 'streaming',
          model,
          minScore: message.minScore ?? model.manifest.minScore.default,
          tracker: EMPTY_TRACKER,
        };
        send({
          type: 'welcome',
          session: id,
          model: modelInfo(model),
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
        const tracker = isOther ? EMPTY_TRACKER : hideBelow(state.tracker, minScore);
        state = { kind: 'streaming', model, minScore, tracker };
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
    framesUnderWay += 1;
    const frame = { seq, capturedAtMs, arrival: arrivals++, arrivedAtMs: nowMs(), model: state.model };
    void queue
      .submit({ key: id, model: state.model.manifest.id, format, image })
      .then((outcome) => onOutcome(frame, outcome))
      .catch(broke);
  }

  function onOutcome(
    frame: { seq: number; capturedAtMs: number; arrival: number; arrivedAtMs: number; model: ModelFolder },
    outcome: FrameOutcome,
  ): void {
    framesUnderWay -= 1;
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
    // The client's clock, as long as it runs forward.
    lastFrameMs = frame.capturedAtMs > lastFrameMs ? frame.capturedAtMs : lastFrameMs + 1;
    state.tracker = track(state.tracker, outcome.detections.filter(hasBox), lastFrameMs, {
      minScore: state.minScore,
    });
    send({
      type: 'labels',
      seq: frame.seq,
      capturedAtMs: frame.capturedAtMs,
      model: `${frame.model.manifest.id}@${frame.model.version}`,
      labels: shownTracks(state.tracker).map(toLabel),
      timing: toTiming({ ...outcome.timing, serverMs }),
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
    goAway(reason, reconnectAfterMs) {
      send({ type: 'goaway', reason, reconnectAfterMs });
    },
    onClose,
  };
}

const hasBox = (detection: Detection): detection is Detection & { box: Box } => detection.box !== undefined;
