import { CodedError, ERRORS, type ErrorCode } from '../../protocol/errors.ts';
import {
  type ClientMessage,
  type ClientMessageOf,
  parseClientMessage,
  type ServerMessage,
} from '../../protocol/messages.ts';
import type { Ids } from '../../vision/labelTracker.ts';
import { modelInfo } from '../../vision/modelInfo.ts';
import type { Caller } from '../access/caller.ts';
import { findIfServed } from '../serving/findServed.ts';
import type { ServedModel } from '../serving/modelDirectory.ts';
import { createFramesInFlight } from './framesInFlight.ts';
import { leaveInTime } from './leaveInTime.ts';
import { createModelRequests } from './modelRequests.ts';
import { receiveMessages } from './receiveMessages.ts';
import type { Resumable } from './resumeToken.ts';
import { createResumeUpdates } from './resumeUpdates.ts';
import {
  firstSelection,
  type SelectedModels,
  type Selection,
  select,
  selectionOfServed,
} from './selectedModels.ts';
import type { SessionContext, SessionSocket } from './sessionContext.ts';
import { createSmallMessageLimit } from './smallMessageLimit.ts';

/** One connected camera, from the opened socket to its end. `id` names the connection. */
export interface Session {
  onMessage(data: Uint8Array, isBinary: boolean): void;
  /** A ping came, and was answered: it costs as much as a text message. */
  onPing(): void;
  /** Asks the client to come back after this time. Frames that it sends from now on are not processed. */
  goAway(reason: string, reconnectAfterMs: number): void;
  /** Resolves when no frame of the session is in flight. */
  whenIdle(): Promise<void>;
  /** The socket is gone. Idempotent. */
  onClose(): void;
}

type State =
  | { kind: 'greeting' }
  /** Greeted; its primary model is being loaded. */
  | { kind: 'loading' }
  | {
      kind: 'streaming';
      /** Outlives the socket: a client that comes back with its resume token has the same. */
      session: string;
      selected: SelectedModels;
    }
  | { kind: 'closed' };

/** A hello with a resume token is the longest message. */
const MAX_TEXT_BYTES = 32 << 10;

/**
 * The protocol of one session: hello first, then frames against credits, each answered exactly once. Numbers in
 * comments are rules of protocol/SPEC.md.
 */
export function createSession(id: string, socket: SessionSocket, context: SessionContext): Session {
  const { models, limits, nowMs } = context;
  let state: State = { kind: 'greeting' };
  const ids: Ids = { next: 1 };
  let isLeaving = false;
  let lifeTimer: NodeJS.Timeout | undefined;
  let unwatch = () => {};
  let caller: Caller | undefined;
  let leaveTokenLimit = () => {};
  const smallMessages = createSmallMessageLimit(limits.maxTextPerSecond, nowMs);
  const requests = createModelRequests(models, onError);
  const resumeUpdates = createResumeUpdates(context.resumeTokens, ids, nowMs);
  const frames = createFramesInFlight({
    connection: id,
    context,
    client: () => ({ address: socket.address, subject: caller?.subject }),
    selected: () => (state.kind === 'streaming' ? state.selected : undefined),
    send,
    onLabels(tracker, shown) {
      if (state.kind !== 'streaming' || tracker !== state.selected[0]) return;
      const resume = resumeUpdates.tokenIfDue(state.session, tracker, shown);
      if (resume !== undefined) send({ type: 'resume', resume });
    },
    onTooCostly,
    onNotLoaded: ({ code, message }) => send({ type: 'error', code, message, fatal: false }),
    onError: onInternalError,
  });
  const helloTimer = setTimeout(() => {
    fail(new CodedError('hello_timeout', `No hello within ${limits.helloTimeoutMs} ms.`));
  }, limits.helloTimeoutMs);

  function send(message: ServerMessage): void {
    if (state.kind === 'closed') return;
    const text = JSON.stringify(message);
    context.metrics.sent(Buffer.byteLength(text));
    socket.send(text);
    endIfUnread();
  }

  function endIfUnread(): void {
    if (socket.unreadBytes > limits.maxUnreadBytes) end('slow_reader');
  }

  function fail(error: CodedError): void {
    send({ type: 'error', code: error.code, message: error.message, fatal: true });
    end(error.code);
  }

  function onError(error: unknown): void {
    if (!(error instanceof CodedError)) {
      onInternalError(error);
      return;
    }
    // A session that streams survives a request for a model that is not there, or has no room now.
    const isRequest = ['unknown_model', 'server_busy', 'not_ready'].includes(error.code);
    if (isRequest && state.kind === 'streaming') {
      send({ type: 'error', code: error.code, message: error.message, fatal: false });
    } else {
      fail(error);
    }
  }

  /** An internal error: it ends this session, and no other. */
  function onInternalError(error: unknown): void {
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
    leaveTokenLimit();
    frames.forget();
  }

  /** F7 */
  function onTooCostly(detail = 'by its headers'): void {
    context.onTooCostly?.();
    fail(
      new CodedError(
        'frame_too_costly',
        `Frames that take too long to decode (${detail}). Send baseline JPEG at the size of the model.`,
      ),
    );
  }

  function onText(message: ClientMessage): void {
    switch (message.type) {
      case 'hello': {
        if (state.kind !== 'greeting') throw new CodedError('malformed_message', 'A second hello.');
        clearTimeout(helloTimer);
        state = { kind: 'loading' };
        void context.access
          .callerWith(message.token, socket.isHere)
          .then((found) => greet(message, found))
          .catch(onError);
        break;
      }
      case 'configure': {
        if (state.kind !== 'streaming') throw new CodedError('expected_hello', 'Say hello first.');
        const { model, also, minScore } = message;
        const requested = [...(model === undefined ? [] : [model]), ...(also ?? [])];
        requests.whenLoaded(requested, (found) => {
          const secondary = also && found.slice(found.length - also.length);
          configure({ model: model === undefined ? undefined : found[0], secondary, minScore });
        });
        break;
      }
    }
  }

  function greet(message: ClientMessageOf<'hello'>, found: Caller): void {
    if (state.kind !== 'loading') return;
    if (!found.may('view')) throw found.refusal('view');
    caller = found;
    leaveTokenLimit = context.usage.openSession({ address: socket.address, subject: found.subject });
    const resumed = message.resume === undefined ? undefined : context.resumeTokens.read(message.resume);
    const first = message.model ?? servedModelOf(resumed);
    const also = message.also ?? [];
    // Here, so that a request for a model that is not there ends the greeting immediately.
    for (const each of [first, ...also]) models.find(each);
    requests.whenLoaded([first], ([model]) => {
      // One of them may be gone by now.
      const secondary = also.flatMap((each) => findIfServed(models, each) ?? []);
      if (model) welcome(model, secondary, message.minScore, resumed);
    });
  }

  function welcome(
    model: ServedModel,
    secondary: readonly ServedModel[],
    requestedMinScore: number | undefined,
    resumed: Resumable | undefined,
  ): void {
    if (state.kind !== 'loading') return;
    ids.next = resumed?.nextId ?? 1;
    const minScore = requestedMinScore ?? resumed?.minScore ?? model.manifest.minScore.default;
    state = {
      kind: 'streaming',
      session: resumed?.session ?? id,
      selected: firstSelection({ model, secondary, minScore }, ids, resumed),
    };
    lifeTimer = leaveInTime(caller?.expiresInMs(), limits.maxSessionMs, (reason, code) => {
      goAway(reason, Math.round(Math.random() * limits.goAwaySpreadMs));
      void frames.whenIdle().then(() => end(code));
    });
    unwatch = models.onChange(onModelsChange);
    send({
      type: 'welcome',
      session: state.session,
      resumed: resumed !== undefined,
      resume: resumeUpdates.token(state.session, state.selected[0]),
      model: modelInfo(model),
      also: secondary.map(modelInfo),
      minScore,
      credits: limits.credits,
      maxFrameBytes: limits.maxFrameBytes,
      maxAgeMs: limits.maxAgeMs,
      heartbeatMs: context.heartbeatMs,
      parts: true,
      textFrames: true,
    });
    // Only now: what the session's first labels need is loaded before.
    for (const each of secondary) models.load(each)?.catch(onError);
  }

  function configure(selection: Selection): void {
    if (state.kind !== 'streaming') return;
    const { model = state.selected[0].model } = selection;
    const selected = select(state.selected, selection, ids);
    state = { ...state, selected };
    const [{ minScore }, ...secondary] = selected;
    send({
      type: 'model',
      model: modelInfo(model),
      also: secondary.map((tracker) => modelInfo(tracker.model)),
      minScore,
    });
  }

  function onModelsChange(): void {
    if (state.kind !== 'streaming' || models.serving.length === 0) return;
    const selection = selectionOfServed(state.selected, models);
    if (selection) configure(selection);
  }

  function servedModelOf(resumed: Resumable | undefined): string | undefined {
    return resumed && findIfServed(models, resumed.model)?.manifest.id;
  }

  function goAway(reason: string, reconnectAfterMs: number): void {
    if (isLeaving) return;
    isLeaving = true;
    frames.refuseNew();
    if (state.kind === 'streaming') {
      send({ type: 'resume', resume: resumeUpdates.token(state.session, state.selected[0]) });
    }
    send({ type: 'goaway', reason, reconnectAfterMs });
  }

  return {
    ...receiveMessages({
      maxBinaryBytes: limits.maxFrameBytes,
      takesTextFrames: true,
      maxTextBytes: MAX_TEXT_BYTES,
      isClosed: () => state.kind === 'closed',
      countSmall: smallMessages.count,
      onBinary(data) {
        if (state.kind !== 'streaming') {
          throw new CodedError(
            'expected_hello',
            state.kind === 'greeting'
              ? 'The first message must be hello, as text.'
              : 'Frames are taken after welcome, which tells how many at a time. Wait for it.',
          );
        }
        frames.accept(data, state.selected);
      },
      onText: (text) => onText(parseClientMessage(text)),
      endIfUnread,
      onError,
    }),
    goAway,
    whenIdle: frames.whenIdle,
    onClose,
  };
}
