import type { ServerMessageOf } from '../../protocol/messages.ts';
import { ClientError } from '../clientError.ts';
import { Listeners } from '../listeners.ts';
import { type Token, tokenReader } from '../tokenReader.ts';
import { ClockOffset } from './clockOffset.ts';
import { Connection } from './connection.ts';
import type { ConnectionState } from './connectionState.ts';
import type { Answer } from './framesInFlight.ts';
import { LinkMeter } from './linkMeter.ts';
import { maxLabelAgeMs } from './maxLabelAge.ts';
import type { ModelSelection } from './modelSelection.ts';
import { type Pacing, pace, START_PACING } from './pacing.ts';
import type { DroppedFrame, FrameLabels, Stream } from './stream.ts';
import { streamUrl } from './streamUrl.ts';
import type { Transport } from './transport.ts';
import { TypicalLatency } from './typicalLatency.ts';

export interface StreamOptions {
  /** Address of the server, such as `https://lens.example` or `https://example.org/lens`. */
  url: string;
  /**
   * The token that the server may ask for; a function is called for each connection, and may return a promise. When a signed
   * token expires the server asks the stream to come again, and the function is called for a new one.
   */
  token?: Token;
  /** Default: the server's choice. */
  selection?: ModelSelection | undefined;
  /** Opens WebSockets. Default: the WebSocket of this runtime, which Node 20 lacks. */
  transport?: Transport | undefined;
  /** Closes the stream when it aborts. */
  signal?: AbortSignal | undefined;
  /** The client's clock, ms. Default: `performance.now`. */
  nowMs?: (() => number) | undefined;
}

/**
 * Opens a stream to a server of Livelens.
 *
 * @example
 * import { openStream } from 'livelens-client';
 *
 * const stream = openStream({ url: 'https://lens.example', token: 'let-me-in' });
 * stream.onLabels(({ labels }) => console.log(labels.map(({ label }) => label)));
 */
export function openStream<Context = undefined>(options: StreamOptions): Stream<Context> {
  const stream = createStream<Context>(options);
  if (!options.signal?.aborted) stream.start();
  return stream;
}

/**
 * As `openStream`, but connects only when `start` is called.
 *
 * @example
 * const stream = createStream({ url: 'https://lens.example' });
 * stream.onState(({ kind }) => console.log(kind));
 * stream.start();
 */
export function createStream<Context = undefined>(options: StreamOptions): Stream<Context> {
  const { url, transport, selection, signal, nowMs = () => performance.now() } = options;
  const token = tokenReader(options.token);
  const connection = new Connection<Context>({ url: streamUrl(url), token, transport, nowMs });
  const clock = new ClockOffset();
  const meter = new LinkMeter();
  const latency = new TypicalLatency();
  const labelListeners = new Listeners<FrameLabels<Context>>();
  const dropListeners = new Listeners<DroppedFrame<Context>>();
  let pacing: Pacing = START_PACING;
  /** Size of the last frame sent: at most this many bytes may wait in this process. */
  let lastBytes = 0;
  let lastGrabMs = Number.NEGATIVE_INFINITY;

  function takeLabels(
    message: ServerMessageOf<'labels'>,
    { sent, arrivedAtMs }: Answer<Context>,
    welcome: ServerMessageOf<'welcome'>,
  ): void {
    const { timing, receivedAtMs, labels, model, answer } = message;
    const { capturedAtMs, grabbedAtMs, sentAtMs, modelIndex, context } = sent;
    const points = [welcome.model, ...welcome.also][modelIndex]?.points;
    const times = { sentAtMs, arrivedAtMs, receivedAtMs, serverMs: timing.serverMs };
    clock.add(times);
    pacing = pace(pacing, { sentAtMs, arrivedAtMs, serverMs: timing.serverMs, credits: welcome.credits });
    const link = clock.split(times);
    if (modelIndex === 0) meter.labelled(arrivedAtMs, link.uplinkMs + link.downlinkMs);
    latency.add(arrivedAtMs - sentAtMs);
    labelListeners.emit({
      labels,
      modelIndex,
      model,
      session: connection.session,
      capturedAtMs,
      maxLabelAgeMs: maxLabelAgeMs(welcome.maxAgeMs, latency.ms),
      trace: { capturedAtMs, grabbedAtMs, sentAtMs, arrivedAtMs, timing, link },
      ...(answer !== undefined && { answer }),
      ...(points && { points }),
      context,
    });
  }

  connection.onAnswer((answer) => {
    const { message, sent } = answer;
    const { state } = connection;
    if (message.type === 'dropped') {
      const { modelIndex, capturedAtMs, context } = sent;
      dropListeners.emit({ reason: message.reason, modelIndex, capturedAtMs, context });
    } else if (state.kind === 'open') {
      takeLabels(message, answer, state.welcome);
    }
  });
  connection.onState(({ kind }) => {
    if (kind !== 'connecting') return;
    // Perhaps another machine, or another way to it.
    clock.reset();
    latency.reset();
    pacing = START_PACING;
    lastBytes = 0;
    meter.reset(nowMs());
  });
  const close = () => connection.close();
  signal?.addEventListener('abort', close, { once: true });
  if (selection) connection.select(selection);

  const hasRoomFor = (modelIndex: number) => {
    if (!connection.hasCredit || connection.bufferedBytes > lastBytes) return false;
    const { framesInFlight, secondaryInFlight } = connection;
    // A link that bears one frame bears one of any model. Else a secondary model, which takes long, has a place of its own.
    if (pacing.framesInFlight === 1) return framesInFlight === 0;
    return modelIndex > 0
      ? secondaryInFlight === 0
      : framesInFlight - secondaryInFlight < pacing.framesInFlight;
  };

  return {
    get state() {
      return connection.state;
    },
    get session() {
      return connection.session;
    },
    get pace() {
      return pacing;
    },
    get framesInFlight() {
      return connection.framesInFlight;
    },
    get secondaryInFlight() {
      return connection.secondaryInFlight;
    },
    get oldestWaitMs() {
      return connection.oldestWaitMs;
    },
    hasRoomFor,
    start: () => connection.start(),
    retryNow: () => connection.retryNow(),
    whenOpen: ({ signal } = {}) => whenOpen(connection, signal),
    select: (selection) => connection.select(selection),
    wantsFrame: (modelIndex = 0) =>
      hasRoomFor(modelIndex) && (modelIndex > 0 || nowMs() - lastGrabMs >= pacing.intervalMs),
    send(frame) {
      const sent = connection.send(frame);
      if (sent === undefined) return false;
      if (sent.modelIndex === 0) lastGrabMs = sent.grabbedAtMs;
      lastBytes = sent.bytes;
      meter.sent(sent.sentAtMs, sent.bytes);
      return true;
    },
    readLink() {
      const { state, framesInFlight } = connection;
      if (state.kind !== 'open') return undefined;
      return {
        ...meter.read(nowMs()),
        framesInFlight,
        quality: pacing.quality,
        maxLabelAgeMs: maxLabelAgeMs(state.welcome.maxAgeMs, latency.ms),
      };
    },
    onLabels: (listener) => labelListeners.add(listener),
    onDropped: (listener) => dropListeners.add(listener),
    onState: (listener) => connection.onState(listener),
    onModelLost: (listener) => connection.onModelLost(listener),
    onError: (listener) => connection.onError(listener),
    close,
  } satisfies Stream<Context>;
}

function whenOpen(
  connection: Pick<Connection, 'state' | 'onState'>,
  signal: AbortSignal | undefined,
): Promise<ServerMessageOf<'welcome'>> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      dispose();
      signal?.removeEventListener('abort', abort);
      settle();
    };
    const abort = () => finish(() => reject(signal?.reason));
    const check = (state: ConnectionState) => {
      if (state.kind === 'open') finish(() => resolve(state.welcome));
      if (state.kind === 'refused') finish(() => reject(new ClientError(state.code, state.message)));
      if (state.kind === 'idle') finish(() => reject(new ClientError('closed', 'The stream is closed.')));
    };
    const dispose = connection.onState(check);
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    else check(connection.state);
  });
}
