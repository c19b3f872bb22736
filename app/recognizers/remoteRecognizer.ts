import { Listeners } from '../../client/listeners.ts';
import type { ConnectionProblem, ConnectionState } from '../../client/stream/connectionState.ts';
import { createStream, type StreamOptions } from '../../client/stream/openStream.ts';
import type { Label } from '../../protocol/messages.ts';
import { boxInPicture, type Fitted } from '../../vision/fit.ts';
import { fitPicture } from '../../vision/steps.ts';
import { sizeOf } from '../capture/drawFitted.ts';
import { createFrameEncoder, type FrameEncoder } from '../capture/frameEncoder.ts';
import type { GrabbedFrame } from '../capture/grabFrames.ts';
import { FrameGate } from './frameGate.ts';
import type { FrameLabels, Recognizer, RecognizerState, UnchangedFrame } from './recognizer.ts';

type OpenConnection = Extract<ConnectionState, { kind: 'open' }>;

/** Asks the server. */
export interface RemoteRecognizer extends Recognizer {
  /** @returns whether the frame is used; else its picture is closed at once */
  push(frame: GrabbedFrame): boolean;
  /**
   * As `push`, for the primary model and whether anything has changed or not: its labels show how the server does while
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
  const gate = new FrameGate();
  const labelsListeners = new Listeners<FrameLabels>();
  const unchangedListeners = new Listeners<UnchangedFrame>();

  async function encodeAndSend(
    { picture, capturedAtMs }: GrabbedFrame,
    state: OpenConnection,
    isProbe: boolean,
  ): Promise<void> {
    const admitted = gate.admit(capturedAtMs, { isProbe });
    const { modelIndex, skipUnchanged, grabbedAtMs } = admitted;
    const { input } = state.welcome.also[modelIndex - 1] ?? state.welcome.model;
    const fitted = fitPicture(sizeOf(picture), input);
    const encoded = await encoder.encode(picture, {
      input,
      quality: stream.pace.quality,
      skipUnchanged,
      isSecondary: modelIndex > 0,
    });
    // Captured for a connection or a model that is gone: the camera has newer ones.
    if (stream.state !== state) return;
    if (encoded.image === undefined) {
      const modelIndexes = gate.skipped(admitted);
      if (modelIndexes.length > 0) unchangedListeners.emit({ capturedAtMs, modelIndexes });
      return;
    }
    const { image, format, changed } = encoded;
    const sceneAtMs = gate.sent(admitted, changed);
    stream.send({ image, format, modelIndex, capturedAtMs, sceneAtMs, grabbedAtMs, context: fitted });
  }

  function take(frame: GrabbedFrame, isProbe: boolean): boolean {
    const { state } = stream;
    if (state.kind !== 'open' || encoder.busy) {
      frame.picture.close();
      return false;
    }
    encodeAndSend(frame, state, isProbe).catch((error: unknown) => {
      // One frame that fails is replaced by the next; a browser that can encode none shows no labels.
      console.warn('A frame could not be encoded.', error);
    });
    return true;
  }

  stream.onDropped(() => gate.wake());
  stream.onLabels(({ modelIndex, context: fitted, session, capturedAtMs, maxLabelAgeMs, trace, ...sent }) => {
    gate.labelled(modelIndex, stream.framesInFlight === 0, sent.answer);
    const labels = fitted ? sent.labels.map((label) => inPicture(label, fitted)) : sent.labels;
    labelsListeners.emit({
      backend: 'server',
      session,
      modelIndex,
      labels,
      capturedAtMs,
      maxLabelAgeMs,
      trace,
    });
  });
  stream.onError((error) => console.warn(`The server sent an error (${error.code}).`, error));
  stream.onState((state) => gate.reset(state.kind === 'open' ? state.welcome.also.length : 0));

  return {
    start: () => stream.start(),
    stop: () => stream.close(),
    configure(selection) {
      stream.select(selection);
      // In effect from the next labels on.
      gate.wake();
    },
    retryNow: () => stream.retryNow(),
    wantsFrame: () => stream.hasRoom && !encoder.busy && gate.isDue(stream.pace.intervalMs),
    push: (frame) => take(frame, false),
    probe: (frame) => take(frame, true),
    readLink: () => stream.readLink(),
    oldestWaitMs: () => stream.oldestWaitMs,
    onLabels: (listener) => labelsListeners.add(listener),
    onUnchanged: (listener) => unchangedListeners.add(listener),
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
        : { kind: 'failed', code: state.code, message: state.message };
    default:
      return state satisfies never;
  }
}

function trying(after: ConnectionProblem, retryAtMs: number | undefined): RecognizerState {
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
