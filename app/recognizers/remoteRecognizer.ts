import { ClockOffset } from '../../client/stream/clockOffset.ts';
import { Connection } from '../../client/stream/connection.ts';
import type { ConnectionState, Trouble } from '../../client/stream/connectionState.ts';
import type { SentFrame } from '../../client/stream/credits.ts';
import type { FrameTrace } from '../../client/stream/frameAge.ts';
import { LinkMeter } from '../../client/stream/linkMeter.ts';
import { labelBoundMs, UsualAnswer } from '../../client/stream/maxLabelAge.ts';
import { type Pacing, pace, START_PACING } from '../../client/stream/pacing.ts';
import type { Label } from '../../protocol/messages.ts';
import { boxInPicture, type Fitted } from '../../vision/fit.ts';
import { fitPicture } from '../../vision/steps.ts';
import { sizeOf } from '../capture/drawFitted.ts';
import { createFrameEncoder, type FrameEncoder } from '../capture/frameEncoder.ts';
import { LookTurns } from '../stream/lookTurns.ts';
import { watchRestraint } from '../stream/restraint.ts';
import { StillScene } from '../stream/stillScene.ts';
import type { GrabbedFrame, Labelling, Recognizer, RecognizerState } from './recognizer.ts';

/** Asks the server. */
export interface RemoteRecognizer extends Recognizer {
  /**
   * As `push`, for the first model and whether anything has changed or not: its labels tell how the server does while
   * the scene stands still. Ask `wantsFrame` before.
   */
  probe(frame: GrabbedFrame): void;
}

export interface RemoteOptions {
  url: string;
  token(): string | undefined;
  /** Closed with the recognizer. */
  encoder?: FrameEncoder;
}

/** A recognizer that asks the server: encodes each frame in a worker and sends it over the socket. */
export function createRemoteRecognizer({
  encoder = createFrameEncoder(),
  ...options
}: RemoteOptions): RemoteRecognizer {
  const connection = new Connection(options);
  const clock = new ClockOffset();
  const meter = new LinkMeter();
  const usualAnswer = new UsualAnswer();
  const unchangedListeners = new Set<(capturedAtMs: number, looks: readonly number[]) => void>();
  const scene = new StillScene();
  /** Which part of its picture each frame under way shows. */
  const fits = new WeakMap<SentFrame, Fitted>();
  const turns = new LookTurns();
  /** Whether the last frame sent has been answered, by labels: then they hold for what shows the same. */
  let isLabelled = false;
  const restraint = watchRestraint();
  let pacing: Pacing = START_PACING;
  let lastGrabMs = Number.NEGATIVE_INFINITY;
  /** Size of the last frame sent; so many bytes may wait in the page, and no more. */
  let lastBytes = 0;
  const listeners = new Set<(labelling: Labelling) => void>();

  async function encodeAndSend({ picture, capturedAtMs }: GrabbedFrame, isProbe: boolean): Promise<void> {
    const { state } = connection;
    if (state.kind !== 'open' || encoder.busy) {
      picture.close();
      return;
    }
    const grabbedAtMs = performance.now();
    lastGrabMs = grabbedAtMs;
    const look = isProbe ? 0 : turns.next(grabbedAtMs, scene);
    const { input } = state.welcome.also[look - 1] ?? state.welcome.model;
    const fitted = fitPicture(sizeOf(picture), input);
    const encoded = await encoder.encode(picture, {
      input,
      quality: pacing.quality,
      skipUnchanged: look === 0 && !isProbe && scene.maySkip(grabbedAtMs),
      isAside: look > 0,
    });
    // Captured for a connection or a model that is gone: the camera has newer ones.
    if (connection.state !== state) return;
    if (encoded.image === undefined) {
      scene.skipped(capturedAtMs);
      if (!isLabelled) return;
      const upToDate = turns.upToDate(scene);
      for (const listener of unchangedListeners) listener(capturedAtMs, upToDate);
      return;
    }
    const { image, format, changed } = encoded;
    const sceneAtMs = look > 0 ? scene.timeOf(capturedAtMs) : scene.sends(capturedAtMs, changed, grabbedAtMs);
    if (look === 0) isLabelled = false;
    turns.gave(look, grabbedAtMs);
    const sent = connection.send({ image, format, look, capturedAtMs, sceneAtMs, grabbedAtMs });
    if (sent === undefined) return;
    fits.set(sent, fitted);
    lastBytes = sent.bytes;
    meter.sent(sent.sentAtMs, sent.bytes);
  }

  function take(frame: GrabbedFrame, isProbe: boolean): void {
    encodeAndSend(frame, isProbe).catch((error: unknown) => {
      // One frame that fails is replaced by the next; a browser that can encode none shows no labels.
      console.warn('A frame could not be encoded.', error);
    });
  }

  function wantsFrame(): boolean {
    if (!connection.hasCredit || encoder.busy) return false;
    if (connection.framesInFlight >= pacing.framesInFlight) return false;
    if (connection.bufferedBytes > lastBytes) return false;
    const intervalMs = Math.max(pacing.intervalMs, restraint.intervalMs());
    return performance.now() - lastGrabMs >= intervalMs;
  }

  connection.onAnswer(({ message, sent, arrivedAtMs }) => {
    const { state } = connection;
    if (message.type === 'dropped') scene.wake(arrivedAtMs);
    if (message.type !== 'labels' || state.kind !== 'open') return;
    const { look } = sent;
    if (look === 0) isLabelled = connection.framesInFlight === 0;
    const { timing, receivedAtMs } = message;
    const fitted = fits.get(sent);
    const labels = fitted ? message.labels.map((label) => inPicture(label, fitted)) : message.labels;
    const { capturedAtMs, grabbedAtMs, sentAtMs } = sent;
    const times = { sentAtMs, arrivedAtMs, receivedAtMs, serverMs: timing.serverMs };
    clock.add(times);
    const { credits, maxAgeMs } = state.welcome;
    pacing = pace(pacing, { sentAtMs, arrivedAtMs, serverMs: timing.serverMs, credits });
    const link = clock.split(times);
    if (look === 0) meter.labelled(arrivedAtMs, link.uplinkMs + link.downlinkMs);
    const trace: FrameTrace = { capturedAtMs, grabbedAtMs, sentAtMs, arrivedAtMs, timing, link };
    usualAnswer.add(arrivedAtMs - sentAtMs);
    const boundMs = labelBoundMs(maxAgeMs, usualAnswer.ms);
    const { session } = connection;
    const labelling: Labelling = { place: 'server', session, look, labels, capturedAtMs, boundMs, trace };
    for (const listener of listeners) listener(labelling);
  });
  connection.onState((state) => {
    // Another model, or a server that has not seen the scene.
    isLabelled = false;
    turns.reset(state.kind === 'open' ? state.welcome.also.length : 0);
    scene.wake(performance.now());
    if (state.kind !== 'connecting') return;
    // Perhaps another machine, or another way to it.
    clock.reset();
    usualAnswer.reset();
    pacing = START_PACING;
    lastBytes = 0;
    meter.reset(performance.now());
  });

  return {
    start: () => connection.start(),
    stop: () => connection.close(),
    configure(wish) {
      connection.configure(wish);
      // It holds from the next labels on.
      scene.wake(performance.now());
    },
    retryNow: () => connection.retryNow(),
    wantsFrame,
    push: (frame) => take(frame, false),
    probe: (frame) => take(frame, true),
    readLink() {
      const { state, framesInFlight } = connection;
      if (state.kind !== 'open') return undefined;
      const boundMs = labelBoundMs(state.welcome.maxAgeMs, usualAnswer.ms);
      return { ...meter.read(performance.now()), framesInFlight, quality: pacing.quality, boundMs };
    },
    oldestWaitMs: () => connection.oldestWaitMs,
    onLabels(listener: (labelling: Labelling) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onUnchanged(listener) {
      unchangedListeners.add(listener);
      return () => unchangedListeners.delete(listener);
    },
    onState: (listener) => connection.onState((state) => listener(recognizerState(state))),
    onModelLost: (listener) => connection.onModelLost(listener),
    close() {
      connection.close();
      encoder.close();
    },
  };
}

/** The server's boxes are of the frame, which shows a part of the picture, or the picture with something around it. */
function inPicture(label: Label, fitted: Fitted): Label {
  if (label.box === undefined) return label;
  const [x, y, width, height] = boxInPicture(label.box, fitted);
  return { ...label, box: [x, y, width, height] };
}

function recognizerState(state: ConnectionState): RecognizerState {
  switch (state.kind) {
    case 'idle':
      return { kind: 'idle' };
    case 'connecting':
      return state.after === undefined ? { kind: 'connecting' } : trying(state.after, undefined);
    case 'waiting':
      return trying(state.after, state.retryAtMs);
    case 'open':
      return { kind: 'ready', model: state.welcome.model };
    case 'refused':
      return state.code === 'unauthorized'
        ? { kind: 'unauthorized', message: state.message }
        : { kind: 'failed', message: state.message };
    default:
      return state satisfies never;
  }
}

function trying(after: Trouble, retryAtMs: number | undefined): RecognizerState {
  switch (after) {
    case 'busy':
      return { kind: 'busy', retryAtMs };
    case 'lost':
      return { kind: 'reconnecting', reached: 'lost', retryAtMs };
    case 'unreachable':
      return { kind: 'reconnecting', reached: 'never', retryAtMs };
    default:
      return after satisfies never;
  }
}
