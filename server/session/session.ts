import { CodedError, ERRORS, type ErrorCode } from '../../protocol/errors.ts';
import { MAX_ALSO, parseFrame } from '../../protocol/frame.ts';
import { type ClientMessage, parseClientMessage, type ServerMessage } from '../../protocol/messages.ts';
import { createLook, type FrameTimes, type Ids, type Look as LookOf, type Shown } from '../../vision/look.ts';
import { modelInfo } from '../../vision/modelInfo.ts';
import { round, roundBox, toLabel } from '../../vision/toLabel.ts';
import type { Access } from '../access/adminRight.ts';
import type { Limits } from '../config/config.ts';
import { MAX_FRAME_DECODE_MS } from '../inference/decodeCost/limits.ts';
import type { ModelFolder } from '../library/modelFolder.ts';
import type { FrameOutcome, FrameQueue } from '../queue/frameQueue.ts';
import type { ModelRegistry } from '../serving/registry.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Resumable, ResumeTokens } from './resumeToken.ts';
import { toTiming } from './toTiming.ts';

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
  access: Pick<Access, 'mayStream'>;
  resumeTokens: ResumeTokens;
  metrics: Metrics;
  log: Log;
  /** A monotonic clock. */
  nowMs: () => number;
  /** The session sent pictures that cost too much, and is being closed for it. */
  onTooCostly?(): void;
}

/** One connected camera, from the opened socket to its end. `id` names the connection. */
export interface Session {
  onMessage(data: Uint8Array, isBinary: boolean): void;
  /** A ping came, and was answered: it costs as much as a text message. */
  onPing(): void;
  /** Asks the client to come back after so long. Frames that it sends after this are not looked at. */
  goAway(reason: string, reconnectAfterMs: number): void;
  /** Resolves when no frame of the session is under way. */
  whenIdle(): Promise<void>;
  /** The socket is gone. Idempotent. */
  onClose(): void;
}

type Look = LookOf<ModelFolder>;

type State =
  | { kind: 'greeting' }
  /** Greeted; the model that it asked for is being loaded. */
  | { kind: 'loading' }
  | {
      kind: 'streaming';
      /** Outlives the socket: a client that comes back with its resume token has the same. */
      session: string;
      /** The first is the session's model, the others those that look now and then. */
      looks: readonly [Look, ...Look[]];
    }
  | { kind: 'closed' };

type Streaming = Extract<State, { kind: 'streaming' }>;

interface FrameUnderWay extends FrameTimes {
  seq: number;
  /** In ms since 1970. */
  receivedAtMs: number;
  look: Look;
}

/** A hello with a resume token is the longest message. */
const MAX_TEXT_BYTES = 32 << 10;
/** A picture that costs too much to decode may be a mistake; so many are not. */
const MAX_COSTLY = 2;
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
  const ids: Ids = { next: 1 };
  let lastResume = { atMs: Number.NEGATIVE_INFINITY, ids: '' };
  let isLeaving = false;
  let costlyFrames = 0;
  let onIdle: (() => void) | undefined;
  /** Text messages and pings of this second. */
  const smalls = { windowStartMs: nowMs(), count: 0 };

  let lifeTimer: NodeJS.Timeout | undefined;
  let unwatch = () => {};
  /** Wishes that wait for their models. */
  let wishes: Promise<void> | undefined;
  const helloTimer = setTimeout(() => {
    fail(new CodedError('hello_timeout', `No hello within ${limits.helloTimeoutMs} ms.`));
  }, limits.helloTimeoutMs);

  function send(message: ServerMessage): void {
    if (state.kind === 'closed') return;
    socket.send(JSON.stringify(message));
    endIfUnread();
  }

  function endIfUnread(): void {
    if (socket.unreadBytes > limits.maxUnreadBytes) end('slow_reader');
  }

  /** @throws CodedError when there are too many in this second */
  function countSmall(): void {
    if (nowMs() - smalls.windowStartMs >= 1_000) {
      smalls.windowStartMs = nowMs();
      smalls.count = 0;
    }
    smalls.count += 1;
    if (smalls.count > limits.maxTextPerSecond) {
      throw new CodedError(
        'rate_limited',
        `At most ${limits.maxTextPerSecond} text messages and pings a second.`,
      );
    }
  }

  function fail(error: CodedError): void {
    send({ type: 'error', code: error.code, message: error.message, fatal: true });
    end(error.code);
  }

  function onError(error: unknown): void {
    if (!(error instanceof CodedError)) {
      broke(error);
      return;
    }
    // A session that streams survives the wish for a model that is not there, or has no room now.
    const isWish = ['unknown_model', 'server_busy', 'not_ready'].includes(error.code);
    if (isWish && state.kind === 'streaming') {
      send({ type: 'error', code: error.code, message: error.message, fatal: false });
    } else {
      fail(error);
    }
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
    unwatch();
    queue.forget(id);
    for (let place = 1; place <= MAX_ALSO; place++) queue.forget(`${id}/${place}`);
  }

  function onText(message: ClientMessage): void {
    switch (message.type) {
      case 'hello': {
        if (state.kind !== 'greeting') throw new CodedError('malformed_message', 'A second hello.');
        if (!context.access.mayStream(message.token)) {
          throw new CodedError('unauthorized', 'This server asks for a token, and this one is not right.');
        }
        const resumed = message.resume === undefined ? undefined : context.resumeTokens.read(message.resume);
        const asked = message.model ?? servedModelOf(resumed);
        const also = message.also ?? [];
        // Here, so that a wish for what is not there ends the greeting at once.
        for (const wanted of [asked, ...also]) models.find(wanted);
        clearTimeout(helloTimer);
        state = { kind: 'loading' };
        whenLoaded([asked, ...also], ([model, ...beside]) => {
          if (model) welcome(model, beside, message.minScore, resumed);
        });
        break;
      }
      case 'configure': {
        if (state.kind !== 'streaming') throw new CodedError('expected_hello', 'Say hello first.');
        const { model, also, minScore } = message;
        const wanted = [...(model === undefined ? [] : [model]), ...(also ?? [])];
        whenLoaded(wanted, (found) => {
          const beside = also && found.slice(found.length - also.length);
          configure({ model: model === undefined ? undefined : found[0], also: beside, minScore });
        });
        break;
      }
    }
  }

  /** Goes on at once where workers hold these models, else when they do; wishes are met in their order. */
  function whenLoaded(
    ids: readonly (string | undefined)[],
    then: (found: readonly ModelFolder[]) => void,
  ): void {
    const find = () => ids.map((wanted) => models.find(wanted));
    const loads = find().flatMap((model) => models.load(model) ?? []);
    if (loads.length === 0 && wishes === undefined) {
      then(find());
      return;
    }
    const mine: Promise<void> = Promise.all([...loads, wishes])
      // Found again: another version may have gone live meanwhile.
      .then(() => then(find()))
      .catch(onError)
      .finally(() => {
        if (wishes === mine) wishes = undefined;
      });
    wishes = mine;
  }

  function welcome(
    model: ModelFolder,
    also: readonly ModelFolder[],
    asked: number | undefined,
    resumed: Resumable | undefined,
  ): void {
    if (state.kind !== 'loading') return;
    ids.next = resumed?.nextId ?? 1;
    const minScore = asked ?? resumed?.minScore ?? model.manifest.minScore.default;
    const seed = resumed?.model === model.manifest.id ? resumed.things : [];
    state = {
      kind: 'streaming',
      session: resumed?.session ?? id,
      looks: [createLook(model, minScore, ids, seed), ...also.map(lookBeside)],
    };
    lifeTimer = setTimeout(leaveInTime, limits.maxSessionMs);
    unwatch = models.onChange(onModelsChange);
    send({
      type: 'welcome',
      session: state.session,
      resumed: resumed !== undefined,
      resume: resumeToken(state),
      model: modelInfo(model),
      also: also.map(modelInfo),
      minScore,
      credits: limits.credits,
      maxFrameBytes: limits.maxFrameBytes,
      maxAgeMs: limits.maxAgeMs,
      heartbeatMs: context.heartbeatMs,
    });
  }

  const lookBeside = (model: ModelFolder): Look => createLook(model, model.manifest.minScore.default, ids);

  function configure(wish: {
    model?: ModelFolder | undefined;
    also?: readonly ModelFolder[] | undefined;
    minScore?: number | undefined;
  }): void {
    if (state.kind !== 'streaming') return;
    const [before, ...beside] = state.looks;
    const { model = before.model } = wish;
    const isOther = model.manifest.id !== before.model.manifest.id;
    const minScore = wish.minScore ?? (isOther ? model.manifest.minScore.default : before.minScore);
    // Ids go on counting: a thing of the new model must not get the number of one of the old.
    const first = isSame(model, before.model) ? before : createLook(model, minScore, ids);
    if (minScore !== first.minScore) first.setMinScore(minScore);
    const looksBeside = wish.also?.map(
      (wanted) => beside.find((look) => isSame(look.model, wanted)) ?? lookBeside(wanted),
    );
    state = { ...state, looks: [first, ...(looksBeside ?? beside)] };
    send({
      type: 'model',
      model: modelInfo(model),
      also: state.looks.slice(1).map((look) => modelInfo(look.model)),
      minScore,
    });
  }

  /** Other versions serve, or a model is gone: the session goes on with what there is. */
  function onModelsChange(): void {
    if (state.kind !== 'streaming' || models.serving.length === 0) return;
    const served = ({ model }: Look) =>
      models.serving.find(({ manifest }) => manifest.id === model.manifest.id);
    const [first, ...beside] = state.looks;
    if (state.looks.every((look) => isSame(served(look), look.model))) return;
    configure({
      model: served(first) ?? models.find(undefined),
      also: beside.flatMap((look) => served(look) ?? []),
    });
  }

  function onFrame(data: Uint8Array): void {
    if (state.kind !== 'streaming') {
      throw new CodedError('expected_hello', 'The first message must be hello, as text.');
    }
    if (framesUnderWay >= limits.credits) {
      throw new CodedError('frame_without_credit', `${limits.credits} frames are under way already.`);
    }
    const { seq, capturedAtMs, format, look: place, image } = parseFrame(data);
    const look = state.looks[place];
    // On its way when the session was told of other models.
    if (isLeaving || look === undefined) {
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
      look,
    };
    void models.load(look.model)?.catch(() => {});
    void queue
      .submit({
        key: place === 0 ? id : `${id}/${place}`,
        model: look.model.manifest.id,
        format,
        image,
        maxPixels: limits.maxFramePixels,
        maxDecodeMs: MAX_FRAME_DECODE_MS,
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
      if (outcome.reason === 'too_costly') onCostly(outcome.detail);
      return;
    }
    const { look } = frame;
    // The model may have changed meanwhile.
    const isCurrent = state.looks.includes(look) && outcome.version === look.model.version;
    const shown = isCurrent ? look.see(frame, outcome.detections) : undefined;
    if (shown === undefined) {
      send({ type: 'dropped', seq: frame.seq, reason: 'superseded' });
      return;
    }
    send({
      type: 'labels',
      seq: frame.seq,
      capturedAtMs: frame.capturedAtMs,
      receivedAtMs: frame.receivedAtMs,
      model: `${look.model.manifest.id}@${look.model.version}`,
      labels: shown.map(toLabel),
      timing: toTiming({ ...outcome.timing, serverMs }),
    });
    if (look === state.looks[0]) refreshResumeToken(state, shown);
  }

  /** F7 */
  function onCostly(detail = 'by its headers'): void {
    costlyFrames += 1;
    if (costlyFrames < MAX_COSTLY) return;
    context.onTooCostly?.();
    fail(
      new CodedError(
        'frame_too_costly',
        `Frames that take too long to decode (${detail}). Send baseline JPEG at the size of the model.`,
      ),
    );
  }

  function resumeToken({ session, looks: [look] }: Streaming): string {
    return context.resumeTokens.issue({
      session,
      model: look.model.manifest.id,
      minScore: look.minScore,
      nextId: ids.next,
      things: look.shown.flatMap(({ id: thingId, label, score, box }) => {
        if (box === undefined) return [];
        return [{ id: thingId, label, score: round(score, 3), box: roundBox(box) }];
      }),
    });
  }

  /** Sends a new token when other things are in sight, and now and then while they move. */
  function refreshResumeToken(streaming: Streaming, shown: readonly Shown[]): void {
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
        countSmall();
        if (data.byteLength > MAX_TEXT_BYTES) {
          throw new CodedError('malformed_message', `A text message may have ${MAX_TEXT_BYTES} bytes.`);
        }
        onText(
          parseClientMessage(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8')),
        );
      } catch (error) {
        onError(error);
      }
    },
    onPing() {
      if (state.kind === 'closed') return;
      try {
        countSmall();
        endIfUnread();
      } catch (error) {
        onError(error);
      }
    },
    goAway,
    whenIdle,
    onClose,
  };
}

/** Whether both give the same answers. */
const isSame = (a: ModelFolder | undefined, b: ModelFolder) =>
  a?.manifest.id === b.manifest.id && a.version === b.version;
