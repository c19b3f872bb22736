import { Listeners } from '../../client/listeners.ts';
import type { ConnectionProblem, ConnectionState } from '../../client/stream/connectionState.ts';
import { createStream, type StreamOptions } from '../../client/stream/openStream.ts';
import { isTokenRefusal } from '../../client/tokenReader.ts';
import { type FrameView, MAX_FRAME_HEADER_BYTES } from '../../protocol/frame.ts';
import type { Label, ModelInfo } from '../../protocol/messages.ts';
import { type Fitted, placedInPicture } from '../../vision/fit.ts';
import { type Box, clip, WHOLE } from '../../vision/geometry.ts';
import { fitPicture, inputFor, type Size } from '../../vision/steps.ts';
import { holdMsOf } from '../../vision/tasks/taskOf.ts';
import { boxInShown, fitPart } from '../../vision/tiles/fitPart.ts';
import { MAX_FRAME_SIDE_PX, sizeOf } from '../capture/drawFitted.ts';
import { createFrameEncoder, type FrameEncoder } from '../capture/frameEncoder.ts';
import type { GrabbedFrame } from '../capture/grabFrames.ts';
import type { Look } from './closerLooks.ts';
import { FrameGate } from './frameGate.ts';
import { keepsColours, pictureQuality, type SentPicture } from './framePicture.ts';
import { planCloser } from './planCloser.ts';
import type { FrameLabels, Recognizer, RecognizerState, UnchangedFrame } from './recognizer.ts';

type OpenConnection = Extract<ConnectionState, { kind: 'open' }>;

/** Asks the server. */
export interface RemoteRecognizer extends Recognizer {
  /** @returns whether the primary model gets the frame */
  push(frame: GrabbedFrame): boolean;
  /**
   * As `push`, for the primary model and whether anything has changed or not: its labels show how the server does while
   * the scene stands still. Ask `wantsFrame` before.
   * @returns as `push`
   */
  probe(frame: GrabbedFrame): boolean;
}

export interface RemoteOptions extends Pick<StreamOptions, 'url' | 'token' | 'transport'> {
  /** For the primary model. Closed with the recognizer. */
  encoder?: FrameEncoder;
}

/** A recognizer that asks the server: encodes each frame in a worker and sends it over the socket. */
export function createRemoteRecognizer({
  encoder = createFrameEncoder(),
  ...options
}: RemoteOptions): RemoteRecognizer {
  const stream = createStream<SentFrame>(options);
  /** Of its own, since a picture to read text in takes several times as long as one to see things in. */
  let secondaryEncoder: FrameEncoder | undefined;
  const gate = new FrameGate();
  const labelsListeners = new Listeners<FrameLabels>();
  const unchangedListeners = new Listeners<UnchangedFrame>();
  /** What the primary model shows. */
  let things: readonly Label[] = [];
  let focus: Box | undefined;
  let sentPicture: SentPicture | undefined;

  async function encodeAndSend(
    { picture, capturedAtMs }: GrabbedFrame,
    state: OpenConnection,
    { modelIndex, isProbe }: { modelIndex: number; isProbe: boolean },
  ): Promise<void> {
    const size = sizeOf(picture);
    const { parts, model } = state.welcome;
    const planParts = parts ? planCloser(model, size, () => ({ things, focus })) : undefined;
    const admitted = gate.admit(capturedAtMs, { isProbe, modelIndex, planParts });
    const { skipUnchanged, isSignOfLife, part, followsMotion, grabbedAtMs } = admitted;
    const { input } = state.welcome.also[modelIndex - 1] ?? model;
    const { quality, reason } = pictureQuality(stream.pace.quality, gate.saving);
    const wantsColours = keepsColours(input);
    const fitted = fitPicture(size, input);
    const encoded = await encoderOf(modelIndex).encode(picture, {
      input,
      quality,
      maxBytes: state.welcome.maxFrameBytes - MAX_FRAME_HEADER_BYTES,
      keepsColours: wantsColours,
      skipUnchanged,
      isSignOfLife,
      isSecondary: modelIndex > 0,
      part,
      followsMotion,
    });
    // Captured for a connection or a model that is gone: the camera has newer ones.
    if (stream.state !== state) return;
    if (encoded.image === undefined) {
      const modelIndexes = gate.skipped(admitted);
      if (modelIndexes.length > 0) unchangedListeners.emit({ capturedAtMs, modelIndexes });
      return;
    }
    const { image, format, keptColours, ...seen } = encoded;
    if (modelIndex === 0) {
      const { width: widthPx, height: heightPx } = inputFor(input, size, MAX_FRAME_SIDE_PX);
      const isSlow = reason === 'best' && wantsColours && !keptColours;
      sentPicture = { widthPx, heightPx, format, quality, reason: isSlow ? 'device' : reason };
    }
    const { sceneAtMs, shows, look } = gate.sent(admitted, seen);
    const view = planParts && look && viewOf(look, shows, fitted, size, input);
    const context = { fitted, look };
    let isTaken = false;
    try {
      isTaken = stream.send({
        image,
        format,
        modelIndex,
        capturedAtMs,
        sceneAtMs,
        grabbedAtMs,
        view,
        context,
      });
    } finally {
      // Else what it shows would count as seen: the last credit may be gone, or the socket about to close.
      if (!isTaken) gate.dropped(modelIndex, look);
    }
  }

  function encoderOf(modelIndex: number): FrameEncoder {
    if (modelIndex === 0) return encoder;
    secondaryEncoder ??= createFrameEncoder();
    return secondaryEncoder;
  }

  function begin(
    frame: GrabbedFrame,
    state: OpenConnection,
    how: { modelIndex: number; isProbe: boolean },
  ): void {
    encodeAndSend(frame, state, how).catch((error: unknown) => {
      // One frame that fails is replaced by the next; a browser that can encode none shows no labels.
      console.warn('A frame could not be encoded.', error);
    });
  }

  const isPrimaryFree = () => stream.hasRoomFor(0) && !encoder.busy;

  /** The secondary model whose turn it is, if it can have a frame now; else 0. */
  function dueSecondary(): number {
    if (secondaryEncoder?.busy || !stream.hasRoomFor(1)) return 0;
    // The primary model is not passed over: before its first labels it is the one whose turn it is.
    return gate.nextModel();
  }

  function take({ picture, capturedAtMs }: GrabbedFrame, isProbe: boolean): boolean {
    const { state } = stream;
    const secondary = state.kind === 'open' && !isProbe ? dueSecondary() : 0;
    if (state.kind === 'open' && secondary > 0) {
      const copy = copyOf(picture);
      begin({ picture: copy ?? picture, capturedAtMs }, state, { modelIndex: secondary, isProbe });
      if (copy === undefined) return false;
    }
    if (state.kind !== 'open' || !isPrimaryFree()) {
      picture.close();
      return false;
    }
    begin({ picture, capturedAtMs }, state, { modelIndex: 0, isProbe });
    return true;
  }

  stream.onDropped(({ modelIndex, context }) => gate.dropped(modelIndex, context?.look));
  stream.onLabels(({ modelIndex, context, session, capturedAtMs, maxLabelAgeMs, trace, ...sent }) => {
    const isLast = stream.framesInFlight === stream.secondaryInFlight;
    gate.labelled(modelIndex, isLast, sent.answer, context?.look);
    if (modelIndex === 0) gate.waited(trace.timing);
    // The server's boxes are of the frame, which shows a part of the picture, or the picture with something around it.
    const labels = context ? sent.labels.map((label) => placedInPicture(label, context.fitted)) : sent.labels;
    if (modelIndex === 0) things = labels;
    labelsListeners.emit({
      backend: 'server',
      session,
      modelIndex,
      labels,
      capturedAtMs,
      maxLabelAgeMs,
      trace,
      ...(sent.points && { points: sent.points }),
    });
  });
  stream.onError((error) => console.warn(`The server sent an error (${error.code}).`, error));
  stream.onState((state) => {
    const models = state.kind === 'open' ? [state.welcome.model, ...state.welcome.also] : [];
    gate.reset(models.map(({ task }) => holdMsOf(task)));
  });

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
    wantsFrame: () => gate.isDue(stream.pace.intervalMs) && (isPrimaryFree() || dueSecondary() > 0),
    push: (frame) => take(frame, false),
    probe: (frame) => take(frame, true),
    readLink: () => stream.readLink(),
    readPicture: () => (stream.state.kind === 'open' ? sentPicture : undefined),
    oldestWaitMs: () => stream.oldestWaitMs,
    onLabels: (listener) => labelsListeners.add(listener),
    onUnchanged: (listener) => unchangedListeners.add(listener),
    onState: (listener) => stream.onState((state) => listener(recognizerState(state))),
    onModelLost: (listener) => stream.onModelLost(listener),
    close() {
      stream.close();
      encoder.close();
      secondaryEncoder?.close();
    },
  };
}

/** The same picture once more, where that costs nothing. */
const copyOf = (picture: GrabbedFrame['picture']): VideoFrame | undefined =>
  'clone' in picture ? picture.clone() : undefined;

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
      return isTokenRefusal(state.code)
        ? { kind: 'unauthorized', code: state.code, message: state.message }
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
