import { Listeners } from '../../client/listeners.ts';
import type { ConnectionProblem, ConnectionState } from '../../client/stream/connectionState.ts';
import { createStream, type StreamOptions } from '../../client/stream/openStream.ts';
import type { FrameView } from '../../protocol/frame.ts';
import type { Label, ModelInfo } from '../../protocol/messages.ts';
import { boxInPicture, type Fitted } from '../../vision/fit.ts';
import { type Box, clip, WHOLE } from '../../vision/geometry.ts';
import { fitPicture, type Size } from '../../vision/steps.ts';
import { boxInShown, fitPart } from '../../vision/tiles/fitPart.ts';
import { sizeOf } from '../capture/drawFitted.ts';
import { createFrameEncoder, type FrameEncoder } from '../capture/frameEncoder.ts';
import type { GrabbedFrame } from '../capture/grabFrames.ts';
import type { Look } from './closerLooks.ts';
import { FrameGate } from './frameGate.ts';
import { planCloser } from './planCloser.ts';
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
  const stream = createStream<SentFrame>(options);
  const gate = new FrameGate();
  const labelsListeners = new Listeners<FrameLabels>();
  const unchangedListeners = new Listeners<UnchangedFrame>();
  /** What the primary model shows. */
  let things: readonly Label[] = [];
  let focus: Box | undefined;

  async function encodeAndSend(
    { picture, capturedAtMs }: GrabbedFrame,
    state: OpenConnection,
    isProbe: boolean,
  ): Promise<void> {
    const size = sizeOf(picture);
    const { parts, model } = state.welcome;
    const planParts = parts ? planCloser(model, size, () => ({ things, focus })) : undefined;
    const admitted = gate.admit(capturedAtMs, { isProbe, planParts });
    const { modelIndex, skipUnchanged, part, grabbedAtMs } = admitted;
    const { input } = state.welcome.also[modelIndex - 1] ?? model;
    const fitted = fitPicture(size, input);
    const encoded = await encoder.encode(picture, {
      input,
      quality: stream.pace.quality,
      skipUnchanged,
      isSecondary: modelIndex > 0,
      part,
    });
    // Captured for a connection or a model that is gone: the camera has newer ones.
    if (stream.state !== state) return;
    if (encoded.image === undefined) {
      const modelIndexes = gate.skipped(admitted);
      if (modelIndexes.length > 0) unchangedListeners.emit({ capturedAtMs, modelIndexes });
      return;
    }
    const { image, format, changed } = encoded;
    const { sceneAtMs, shows, look } = gate.sent(admitted, changed);
    const view = planParts && look && viewOf(look, shows, fitted, size, input);
    const context = { fitted, look };
    stream.send({ image, format, modelIndex, capturedAtMs, sceneAtMs, grabbedAtMs, view, context });
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

  stream.onDropped(({ context }) => gate.dropped(context?.look));
  stream.onLabels(({ modelIndex, context, session, capturedAtMs, maxLabelAgeMs, trace, ...sent }) => {
    gate.labelled(modelIndex, stream.framesInFlight === 0, sent.answer, context?.look);
    const labels = context ? sent.labels.map((label) => inPicture(label, context.fitted)) : sent.labels;
    if (modelIndex === 0) things = labels;
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
    lookCloser(box) {
      focus = box;
      if (box) gate.lookCloser();
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

/** What comes back with a frame's labels. */
interface SentFrame {
  /** Which part of the picture a frame of the whole shows: boxes are of that, whatever the frame itself shows. */
  readonly fitted: Fitted;
  readonly look: Look | undefined;
}

function viewOf(
  { part }: Look,
  shows: FrameView['shows'],
  whole: Fitted,
  picture: Size,
  input: ModelInfo['input'],
): FrameView {
  if (part === undefined) return { shows, part: WHOLE, inputRect: whole.inputRect };
  const fitted = fitPart(picture, input, part);
  return { shows, part: clip(boxInShown(fitted.part, whole.part)), inputRect: fitted.inputRect };
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
