import { attachSource } from '../../app/capture/attachSource.ts';
import { takePicture, watchFrames } from '../../app/capture/grabFrames.ts';
import { type CameraSource, type Facing, openCamera } from '../../app/capture/liveSource.ts';
import type { Label } from '../../protocol/messages.ts';
import type { PointsLayout } from '../../protocol/points.ts';
import { type Fitted, placedInPicture } from '../../vision/fit.ts';
import { ClientError } from '../clientError.ts';
import type { ConnectionState } from '../stream/connectionState.ts';
import { createStream } from '../stream/openStream.ts';
import type { Pace } from '../stream/pacing.ts';
import type { Stream } from '../stream/stream.ts';
import type { Token } from '../tokenReader.ts';
import { cameraError, toCameraError } from './cameraError.ts';
import { FrameCanvas } from './frameCanvas.ts';

/**
 * - `off`: not started, or stopped
 * - `starting`: the browser asks for the camera
 * - `connecting`: to the server, for the first time
 * - `live`: frames go out, labels come back
 * - `reconnecting`: the server was reached before, or is not there yet; it tries again on its own
 * - `failed`: `error` says why; only `start` tries again
 */
export type LensStatus = 'off' | 'starting' | 'connecting' | 'live' | 'reconnecting' | 'failed';

/** Labels of one picture. Times in ms of the page's clock. */
export interface LensLabels {
  /** Boxes are `[x, y, width, height]` in 0..1 of the video's picture. Empty again when they are too old to be shown. */
  readonly labels: readonly Label[];
  /** Ids of labels hold within one session. */
  readonly session: string;
  readonly capturedAtMs: number;
  readonly maxLabelAgeMs: number;
  /** What the key points of its labels are, and which a line joins; where the model has them. */
  readonly points?: PointsLayout;
}

export interface CameraLensOptions {
  /** Shows the picture. It is muted, and plays inline. */
  readonly video: HTMLVideoElement;
  /** `camera` opens one; `video` takes what the element plays. */
  readonly source: 'camera' | 'video';
  /** Address of the server. */
  readonly url: string;
  readonly token?: Token;
  readonly model?: string | undefined;
  readonly minScore?: number | undefined;
  /** Which camera, where there are several. Default `environment`. */
  readonly facing?: Facing | undefined;
  onStatus(status: LensStatus, error: ClientError | undefined): void;
  onLabels(labels: LensLabels): void;
  /** A picture is on the screen from now on. */
  onShown?(capturedAtMs: number): void;
}

/** One camera, or video, that a server labels: what the React hook and the custom element share. No part of it runs before `start`. */
export class CameraLens {
  readonly #options: CameraLensOptions;
  #status: LensStatus = 'off';
  /** Ends all that the last start began; undefined while off or failed. */
  #running: AbortController | undefined;
  #stream: Stream<Fitted> | undefined;
  #selection: Pick<CameraLensOptions, 'model' | 'minScore'>;

  constructor(options: CameraLensOptions) {
    this.#options = options;
    this.#selection = { model: options.model, minScore: options.minScore };
  }

  /** Whether it was started, and has neither failed nor been stopped. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** What suits the link now; undefined while off. */
  get pace(): Pace | undefined {
    return this.#stream?.pace;
  }

  /** Opens the camera and connects. Call it on a person's action. Never rejects: `onStatus` has the error. */
  async start(): Promise<void> {
    if (this.#running) return;
    const running = new AbortController();
    this.#running = running;
    this.#tell('starting');
    try {
      if (this.#options.source === 'camera') await this.#openCamera(running.signal);
      if (!running.signal.aborted) this.#connect(running.signal);
    } catch (error) {
      if (!running.signal.aborted) this.#fail(toCameraError(error));
    }
  }

  /** Lets go of camera and connection. Idempotent. */
  stop(): void {
    this.#end();
    this.#tell('off');
  }

  /** From the next labels on. */
  select(selection: Pick<CameraLensOptions, 'model' | 'minScore'>): void {
    this.#selection = selection;
    this.#stream?.select(selection);
  }

  async #openCamera(signal: AbortSignal): Promise<void> {
    const { video, facing } = this.#options;
    const source = await openCamera({ facing });
    const release = () => {
      for (const track of source.stream.getTracks()) track.stop();
    };
    if (signal.aborted) return release();
    video.muted = true;
    video.playsInline = true;
    const detach = attachSource(video, source satisfies CameraSource, {
      onEnded: () => this.#fail(cameraError('camera_lost')),
      // Pictures stop and come again, and labels with them.
      onInterrupted() {},
      onPaused() {},
    });
    signal.addEventListener('abort', () => {
      detach();
      release();
    });
  }

  #connect(signal: AbortSignal): void {
    const { url, token } = this.#options;
    const stream = createStream<Fitted>({ url, token, selection: this.#selection, signal });
    this.#stream = stream;
    stream.onState((state) => this.#onConnection(state));
    stream.onModelLost((message) => this.#tell(this.#status, new ClientError('unknown_model', message)));
    stream.onError((error) => this.#tell(this.#status, error));
    this.#giveLabels(stream, signal);
    this.#sendFrames(stream, signal);
    stream.start();
  }

  #onConnection(state: ConnectionState): void {
    switch (state.kind) {
      case 'idle':
        break;
      case 'connecting':
        this.#tell(state.after === undefined ? 'connecting' : 'reconnecting');
        break;
      case 'waiting':
        this.#tell('reconnecting');
        break;
      case 'open':
        this.#tell('live');
        break;
      case 'refused':
        this.#fail(new ClientError(state.code, state.message));
        break;
      default:
        state satisfies never;
    }
  }

  #giveLabels(stream: Stream<Fitted>, signal: AbortSignal): void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    stream.onLabels(({ session, capturedAtMs, maxLabelAgeMs, context, ...sent }) => {
      const { points } = sent;
      const given = { session, capturedAtMs, maxLabelAgeMs, ...(points && { points }) };
      // Boxes are of the frame, which may show a part of the picture, or the picture with something around it.
      const labels = context ? sent.labels.map((label) => placedInPicture(label, context)) : sent.labels;
      this.#options.onLabels({ labels, ...given });
      clearTimeout(timer);
      const leftMs = capturedAtMs + maxLabelAgeMs - performance.now();
      timer = setTimeout(() => this.#options.onLabels({ labels: [], ...given }), leftMs);
    });
    signal.addEventListener('abort', () => clearTimeout(timer));
  }

  /** One picture at a time, and only when the server would process it now: nothing waits in the page. */
  #sendFrames(stream: Stream<Fitted>, signal: AbortSignal): void {
    const { video, onShown } = this.#options;
    const canvas = new FrameCanvas();
    let isBusy = false;
    const send = async (capturedAtMs: number) => {
      const { state } = stream;
      if (isBusy || state.kind !== 'open' || document.hidden || video.videoWidth === 0) return;
      if (!stream.wantsFrame()) return;
      isBusy = true;
      try {
        const picture = await takePicture(video);
        try {
          const { model } = state.welcome;
          const { image, fitted } = await canvas.encode(picture, model, stream.pace.quality);
          // Not for a connection or a model that is gone.
          if (stream.state === state) stream.send({ image, capturedAtMs, context: fitted });
        } finally {
          picture.close();
        }
      } catch (error) {
        // The next picture tries again.
        console.warn('A picture could not be encoded.', error);
      } finally {
        isBusy = false;
      }
    };
    const unwatch = watchFrames(video, (capturedAtMs) => {
      onShown?.(capturedAtMs);
      void send(capturedAtMs);
    });
    signal.addEventListener('abort', () => {
      unwatch();
      canvas.close();
    });
  }

  #fail(error: ClientError): void {
    this.#end();
    this.#tell('failed', error);
  }

  #end(): void {
    this.#running?.abort();
    this.#running = undefined;
    this.#stream = undefined;
  }

  #tell(status: LensStatus, error?: ClientError): void {
    if (status === this.#status && error === undefined) return;
    this.#status = status;
    this.#options.onStatus(status, error);
  }
}
