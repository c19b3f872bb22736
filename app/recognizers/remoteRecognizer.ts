import { createFrameEncoder, JPEG_QUALITY } from '../capture/frameEncoder.ts';
import { ClockOffset } from '../socket/clockOffset.ts';
import { Connection } from '../socket/connection.ts';
import type { ConnectionState, Trouble } from '../socket/connectionState.ts';
import type { FrameTrace } from '../stream/age.ts';
import { LinkMeter } from '../stream/linkMeter.ts';
import type { GrabbedFrame, Labelling, Recognizer, RecognizerState } from './recognizer.ts';

/** A recognizer that asks the server: encodes each frame in a worker and sends it over the socket. */
export function createRemoteRecognizer(options: { url: string; token(): string | undefined }): Recognizer {
  const connection = new Connection(options);
  const encoder = createFrameEncoder();
  const clock = new ClockOffset();
  const meter = new LinkMeter();
  const listeners = new Set<(labelling: Labelling) => void>();

  async function encodeAndSend({ picture, capturedAtMs }: GrabbedFrame): Promise<void> {
    const { state } = connection;
    if (state.kind !== 'open' || encoder.busy) {
      picture.close();
      return;
    }
    const grabbedAtMs = performance.now();
    const { width, height } = state.welcome.model.input;
    const image = await encoder.encode(picture, { width, height });
    // Captured for a connection or a model that is gone: the camera has newer ones.
    if (connection.state !== state) return;
    const sent = connection.send({ image, format: 'jpeg', capturedAtMs, grabbedAtMs });
    if (sent) meter.sent(sent.sentAtMs, sent.bytes);
  }

  connection.onAnswer(({ message, sent, arrivedAtMs }) => {
    if (message.type !== 'labels') return;
    const { timing, receivedAtMs, labels } = message;
    const { capturedAtMs, grabbedAtMs, sentAtMs } = sent;
    const times = { sentAtMs, arrivedAtMs, receivedAtMs, serverMs: timing.serverMs };
    clock.add(times);
    const link = clock.split(times);
    meter.labelled(arrivedAtMs, link.uplinkMs + link.downlinkMs);
    const trace: FrameTrace = { capturedAtMs, grabbedAtMs, sentAtMs, arrivedAtMs, timing, link };
    const labelling: Labelling = { session: connection.session, labels, capturedAtMs, trace };
    for (const listener of listeners) listener(labelling);
  });
  connection.onState((state) => {
    if (state.kind !== 'connecting') return;
    // Perhaps another machine, or another way to it.
    clock.reset();
    meter.reset(performance.now());
  });

  return {
    start: () => connection.start(),
    stop: () => connection.close(),
    configure: (settings) => connection.configure(settings),
    retryNow: () => connection.retryNow(),
    wantsFrame: () => connection.hasCredit && !encoder.busy,
    push(frame) {
      encodeAndSend(frame).catch((error: unknown) => {
        // One frame that fails is replaced by the next; a browser that can encode none shows no labels.
        console.warn('A frame could not be encoded.', error);
      });
    },
    readLink() {
      if (connection.state.kind !== 'open') return undefined;
      const { framesInFlight } = connection;
      return { ...meter.read(performance.now()), framesInFlight, quality: JPEG_QUALITY };
    },
    onLabels(listener: (labelling: Labelling) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onState: (listener) => connection.onState((state) => listener(recognizerState(state))),
    close() {
      connection.close();
      encoder.close();
    },
  };
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
