import { createFrameEncoder } from '../capture/frameEncoder.ts';
import { Connection } from '../socket/connection.ts';
import type { ConnectionState, Trouble } from '../socket/connectionState.ts';
import type { GrabbedFrame, Labelling, Recognizer, RecognizerState } from './recognizer.ts';

/** A recognizer that asks the server: encodes each frame in a worker and sends it over the socket. */
export function createRemoteRecognizer(options: { url: string; token(): string | undefined }): Recognizer {
  const connection = new Connection(options);
  const encoder = createFrameEncoder();

  async function encodeAndSend({ picture, capturedAtMs }: GrabbedFrame): Promise<void> {
    const { state } = connection;
    if (state.kind !== 'open' || encoder.busy) {
      picture.close();
      return;
    }
    const { width, height } = state.welcome.model.input;
    const image = await encoder.encode(picture, { width, height });
    // Captured for a connection or a model that is gone: the camera has newer ones.
    if (connection.state !== state) return;
    connection.send({ image, format: 'jpeg', capturedAtMs });
  }

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
    onLabels: (listener: (labelling: Labelling) => void) =>
      connection.onAnswer((message) => {
        if (message.type === 'labels') {
          const { labels, capturedAtMs } = message;
          listener({ session: connection.session, labels, capturedAtMs });
        }
      }),
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
