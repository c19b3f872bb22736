import type { FrameView, ImageFormat } from '../../protocol/frame.ts';
import type { DropReason, Label, ServerMessageOf } from '../../protocol/messages.ts';
import type { PointsLayout } from '../../protocol/points.ts';
import type { ClientError } from '../clientError.ts';
import type { ConnectionState } from './connectionState.ts';
import type { FrameTrace } from './frameAge.ts';
import type { LinkReading } from './linkMeter.ts';
import type { ModelSelection } from './modelSelection.ts';
import type { Pace } from './pacing.ts';

/** A frame to send. Times in ms of the client's clock (`performance.now()`). */
export interface OutgoingFrame<Context = undefined> {
  /**
   * An encoded picture: JPEG, PNG or WebP. The size that the model needs is best, `state.welcome.model.input`; the server
   * fits others.
   */
  image: Uint8Array;
  /** Default: what the first bytes of `image` say. */
  format?: ImageFormat | undefined;
  /** Which model it is for: 0 is the primary one, from 1 on the secondary ones. Default 0. */
  modelIndex?: number | undefined;
  /** When the picture was taken. Default: now. */
  capturedAtMs?: number | undefined;
  /**
   * The capture time that the server gets, by which it follows things from frame to frame: of a clock that may stand still
   * while the scene does. Default: `capturedAtMs`.
   */
  sceneAtMs?: number | undefined;
  /** What it shows of the scene, so that the server merges parts with the whole; only where `welcome.parts` (SPEC.md, S11). */
  view?: FrameView | undefined;
  /** When encoding began. Default: `capturedAtMs`. */
  grabbedAtMs?: number | undefined;
  /** Anything that belongs to the frame; it comes back with its labels. */
  context?: Context | undefined;
}

/** The labels of one frame. Times in ms of the client's clock. */
export interface FrameLabels<Context = undefined> {
  /** Boxes are in 0..1 of the picture that was sent. */
  readonly labels: readonly Label[];
  /** Which model gave them: 0 is the primary one, from 1 on the secondary ones. */
  readonly modelIndex: number;
  /** Its id and version, `id@version`. */
  readonly model: string;
  /** Ids of labels hold within one session; a resumed session keeps its id. */
  readonly session: string;
  readonly capturedAtMs: number;
  /** Do not draw labels that are older than this, ms from `capturedAtMs`. */
  readonly maxLabelAgeMs: number;
  /** Where the time went. */
  readonly trace: FrameTrace;
  /** What the model's task says beyond labels (protocol/SPEC.md, S10). */
  readonly answer?: unknown;
  /** Of a model that finds key points: what they are, and how they are joined. */
  readonly points?: PointsLayout | undefined;
  readonly context: Context | undefined;
}

/** A frame that gets no labels. */
export interface DroppedFrame<Context = undefined> {
  readonly reason: DropReason;
  readonly modelIndex: number;
  readonly capturedAtMs: number;
  readonly context: Context | undefined;
}

/**
 * A live stream: frames go out, labels come back. It reconnects on its own after a loss, resumes its session, and adapts
 * to the link: ask `wantsFrame` before you take a picture, and encode it with `pace.quality`.
 *
 * Each `on…` returns a function that removes the listener.
 */
export interface Stream<Context = undefined> {
  readonly state: ConnectionState;
  /** Id of the session that answers now, or of the last one. */
  readonly session: string;
  /** What suits the link now: JPEG quality, frames in flight, and the least time between frames. */
  readonly pace: Pace;
  /** Number of frames that wait for their answer. */
  readonly framesInFlight: number;
  /** Of these, those of secondary models. */
  readonly secondaryInFlight: number;
  /** How long the oldest frame has been waiting for its answer, ms; undefined if none waits. */
  readonly oldestWaitMs: number | undefined;
  /**
   * Whether a frame of this model would leave at once: 0 is the primary one, from 1 on the secondary ones, which share a place
   * of their own, so that none of the primary model waits for them. `wantsFrame` also keeps the time between frames.
   *
   * @example
   * if (stream.hasRoomFor(1)) stream.send({ image: await takePicture(), modelIndex: 1 });
   */
  hasRoomFor(modelIndex: number): boolean;

  /**
   * Connects, and stays connected until `close`; also after a refusal. Does nothing while connected or connecting.
   *
   * @example
   * stream.close(); // The page is hidden.
   * stream.start(); // It is visible again.
   */
  start(): void;

  /**
   * Ends the wait for the next try. After a refusal only `start` tries again.
   *
   * @example
   * window.addEventListener('online', () => stream.retryNow());
   */
  retryNow(): void;

  /**
   * Waits until the server has said `welcome`.
   *
   * @returns the models of the session and the server's limits
   * @throws ClientError with the server's code when it refuses, `closed` when the stream is closed; the reason of `signal`
   * when that aborts
   *
   * @example
   * const { model } = await stream.whenOpen({ signal: AbortSignal.timeout(10_000) });
   * console.log(`${model.name} knows ${model.labels.length} labels`);
   */
  whenOpen(options?: { signal?: AbortSignal | undefined }): Promise<ServerMessageOf<'welcome'>>;

  /**
   * Replaces the selection of models and the lowest score; kept over reconnections.
   *
   * @example
   * stream.select({ model: 'coco-ssd', minScore: 0.6 });
   */
  select(selection: ModelSelection): void;

  /**
   * Whether a frame would be processed now. Ask before you take a picture, so that no picture ever waits.
   *
   * @param modelIndex which model it is for, as in `send`. Default 0
   *
   * @example
   * if (stream.wantsFrame()) stream.send({ image: await takePicture() });
   */
  wantsFrame(modelIndex?: number): boolean;

  /**
   * Sends a frame. When the stream is not open, or all credits are spent, it is let go: a newer one will come.
   *
   * @returns whether it was sent
   * @throws ClientError `frame_too_large`; `undecodable` when `format` is missing and the bytes do not tell
   *
   * @example
   * stream.send({ image: await takePicture(), capturedAtMs: performance.now() });
   */
  send(frame: OutgoingFrame<Context>): boolean;

  /**
   * Measures the last five seconds; undefined while not connected.
   *
   * @example
   * const link = stream.readLink();
   * if (link?.roundTripMs !== undefined) console.log(`${link.roundTripMs} ms there and back`);
   */
  readLink(): LinkReading | undefined;

  /**
   * Called with the labels of each frame, in the order in which the frames were sent.
   *
   * @example
   * stream.onLabels(({ labels }) => {
   *   for (const { id, label, score, box } of labels) console.log(id, label, score, box);
   * });
   */
  onLabels(listener: (frame: FrameLabels<Context>) => void): () => void;

  /**
   * Called with each frame that gets no labels.
   *
   * @example
   * stream.onDropped(({ reason }) => console.log(`A frame was dropped: ${reason}`));
   */
  onDropped(listener: (frame: DroppedFrame<Context>) => void): () => void;

  /**
   * Called when `state` changes.
   *
   * @example
   * stream.onState((state) => {
   *   if (state.kind === 'waiting') console.log('Reconnecting');
   *   if (state.kind === 'refused') console.log(state.code, state.message);
   * });
   */
  onState(listener: (state: ConnectionState) => void): () => void;

  /**
   * Called when the server does not have the selected models (any more). The selection is dropped, and the session goes on
   * with the server's choice. `message` is for a reader.
   *
   * @example
   * stream.onModelLost((message) => console.log(message));
   */
  onModelLost(listener: (message: string) => void): () => void;

  /**
   * Called with errors that do not end the connection.
   *
   * @example
   * stream.onError((error) => console.warn(error.code, error.message));
   */
  onError(listener: (error: ClientError) => void): () => void;

  /**
   * Disconnects and ends the session. `start` begins a new one. Idempotent.
   *
   * @example
   * stream.close();
   */
  close(): void;
}
