import type { ConnectionState, Trouble } from '../../client/stream/connectionState.ts';
import { createStream, type StreamOptions } from '../../client/stream/openStream.ts';
import type { Label } from '../../protocol/messages.ts';
import { boxInPicture, type Fitted } from '../../vision/fit.ts';
import { fitPicture } from '../../vision/steps.ts';
import { sizeOf } from '../capture/drawFitted.ts';
import { createFrameEncoder, type FrameEncoder } from '../capture/frameEncoder.ts';
import type { GrabbedFrame } from '../capture/grabbedFrame.ts';
import { LookTurns } from './modelRoundRobin.ts';
import { watchRestraint } from './powerSaver.ts';
import { StillScene } from './stillScene.ts';
import type { Labelling, Recognizer, RecognizerState } from './recognizer.ts';

/** Asks the server. */
export interface RemoteRecognizer extends Recognizer {
  /**
   * As `push`, for the first model and whether anything has changed or not: its labels tell how the server does while
   * the scene stands still. Ask `wantsFrame` before.
   */
  probe(frame: GrabbedFrame): void;
}

export interface RemoteOptions extends Pick<StreamOptions, 'url' | 'token'> {
  /** Closed with the recognizer. */
  encoder?: FrameEncoder;
}

/** A recognizer that asks the server: encodes each frame in a worker and sends it over the socket. */
export function createRemoteRecognizer({
  encoder = createFrameEncoder(),
  ...options
}: RemoteOptions): RemoteRecognizer {
  /** Which part of its picture a frame shows comes back with its labels. */
  const stream = createStream<Fitted>(options);
  const unchangedListeners = new Set<(capturedAtMs: number, looks: readonly number[]) => void>();
  const scene = new StillScene();
  const turns = new LookTurns();
  /** Whether the last frame sent has been answered, by labels: then they hold for what shows the same. */
  let isLabelled = false;
  const restraint = watchRestraint();
  let lastGrabMs = Number.NEGATIVE_INFINITY;
  const listeners = new Set<(labelling: Labelling) => void>();

  async function encodeAndSend({ picture, capturedAtMs }: GrabbedFrame, isProbe: boolean): Promise<void> {
    const { state } = stream;
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
      quality: stream.pace.quality,
      skipUnchanged: look === 0 && !isProbe && scene.maySkip(grabbedAtMs),
      isAside: look > 0,
    });
    // Captured for a connection or a model that is gone: the camera has newer ones.
    if (stream.state !== state) return;
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
    stream.send({ image, format, modelIndex: look, capturedAtMs, sceneAtMs, grabbedAtMs, context: fitted });
  }

  function take(frame: GrabbedFrame, isProbe: boolean): void {
    encodeAndSend(frame, isProbe).catch((error: unknown) => {
      // One frame that fails is replaced by the next; a browser that can encode none shows no labels.
      console.warn('A frame could not be encoded.', error);
    });
  }

  function wantsFrame(): boolean {
    if (!stream.hasRoom || encoder.busy) return false;
    const intervalMs = Math.max(stream.pace.intervalMs, restraint.intervalMs());
    return performance.now() - lastGrabMs >= intervalMs;
  }

  stream.onDropped(() => scene.wake(performance.now()));
  stream.onLabels(({ modelIndex: look, context: fitted, session, capturedAtMs, trace, ...frame }) => {
    if (look === 0) isLabelled = stream.framesInFlight === 0;
    const labels = fitted ? frame.labels.map((label) => inPicture(label, fitted)) : frame.labels;
    const boundMs = frame.maxLabelAgeMs;
    const labelling: Labelling = { place: 'server', session, look, labels, capturedAtMs, boundMs, trace };
    for (const listener of listeners) listener(labelling);
  });
  stream.onError((error) => console.warn(`The server sent an error (${error.code}).`, error));
  stream.onState((state) => {
    // Another model, or a server that has not seen the scene.
    isLabelled = false;
    turns.reset(state.kind === 'open' ? state.welcome.also.length : 0);
    scene.wake(performance.now());
  });

  return {
    start: () => stream.start(),
    stop: () => stream.close(),
    configure(selection) {
      stream.select(selection);
      // It holds from the next labels on.
      scene.wake(performance.now());
    },
    retryNow: () => stream.retryNow(),
    wantsFrame,
    push: (frame) => take(frame, false),
    probe: (frame) => take(frame, true),
    readLink: () => stream.readLink(),
    oldestWaitMs: () => stream.oldestWaitMs,
    onLabels(listener: (labelling: Labelling) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onUnchanged(listener) {
      unchangedListeners.add(listener);
      return () => unchangedListeners.delete(listener);
    },
    onState: (listener) => stream.onState((state) => listener(recognizerState(state))),
    onModelLost: (listener) => stream.onModelLost(listener),
    close() {
      stream.close();
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
