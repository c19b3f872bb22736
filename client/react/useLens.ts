import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import type { Label } from '../../protocol/messages.ts';
import { CameraLens, type LensStatus } from '../camera/cameraLens.ts';
import type { ClientError } from '../clientError.ts';
import type { Pace } from '../stream/pacing.ts';
import { type Token, tokenReader } from '../tokenReader.ts';

export interface UseLensOptions {
  /** Address of the server, such as `https://lens.example`. */
  url: string;
  /** The token that the server may ask for; a function is called for each connection, and may return a promise. */
  token?: Token;
  /** Id of a model. Default: the server's choice. */
  model?: string | undefined;
  /** Lowest score of a label, 0..1. Default: the model's. */
  minScore?: number | undefined;
  /** A video of your own, whose picture is labelled as it plays. Default: a camera is opened. */
  video?: RefObject<HTMLVideoElement | null> | undefined;
  /** Which camera, where there are several. Default `environment`, which looks at the world. */
  facing?: 'environment' | 'user' | undefined;
}

export interface Lens {
  /** For the `<video>` that shows the camera; your own, where you gave one. */
  readonly videoRef: RefObject<HTMLVideoElement | null>;
  /** Of the newest picture. Boxes are `[x, y, width, height]` in 0..1 of it. Empty when they are too old to be shown. */
  readonly labels: readonly Label[];
  readonly status: LensStatus;
  /** Why it failed, with a code and a message for a reader; also, while it goes on, what was refused. */
  readonly error: ClientError | undefined;
  /** Opens the camera and connects. Call it on a person's action. Rejects only where `videoRef` is on no video: `error` has all else. */
  readonly start: () => Promise<void>;
  /** Lets go of camera and connection. */
  readonly stop: () => void;
  /** What suits the link now: JPEG quality, frames in flight, interval. Undefined while off. */
  readonly pace: Pace | undefined;
}

const NOTHING: readonly Label[] = [];

/**
 * A camera that a server of Livelens labels, in a component. Nothing happens before `start`; all ends when the component
 * goes. Renders on a server as `off`.
 *
 * @example
 * import { useLens } from 'livelens-client/react';
 *
 * function Camera() {
 *   const { videoRef, labels, status, error, start } = useLens({ url: 'https://lens.example' });
 *   return (
 *     <>
 *       <video ref={videoRef} muted playsInline />
 *       {status === 'off' && <button onClick={start}>Start</button>}
 *       <p>{error?.message ?? labels.map(({ label }) => label).join(', ')}</p>
 *     </>
 *   );
 * }
 */
export function useLens(options: UseLensOptions): Lens {
  const { url, model, minScore, video, facing } = options;
  const ownRef = useRef<HTMLVideoElement | null>(null);
  const videoRef = video ?? ownRef;
  const lens = useRef<CameraLens | undefined>(undefined);
  const token = useRef(options.token);
  const [labels, setLabels] = useState(NOTHING);
  const [{ status, error }, setState] = useState<Pick<Lens, 'status' | 'error'>>(OFF);

  useEffect(() => {
    token.current = options.token;
  });

  const stop = useCallback(() => {
    lens.current?.stop();
    lens.current = undefined;
  }, []);

  const start = useCallback(async () => {
    const element = videoRef.current;
    if (element === null) {
      throw new Error('useLens: put videoRef on a <video> that is rendered before start is called.');
    }
    if (lens.current !== undefined) {
      if (lens.current.isRunning) return;
      lens.current.stop();
    }
    const started = new CameraLens({
      ...{ url, model, minScore, facing, video: element },
      source: video === undefined ? 'camera' : 'video',
      token: () => tokenReader(token.current)(),
      onStatus(next, problem) {
        // Of one that another has taken the place of, or whose component is gone.
        if (lens.current !== started) return;
        setState({ status: next, error: problem });
        if (next === 'off' || next === 'failed') setLabels(NOTHING);
      },
      onLabels: (given) => {
        if (lens.current === started) setLabels(given.labels);
      },
    });
    lens.current = started;
    await started.start();
  }, [url, model, minScore, facing, video, videoRef]);

  // Strict mode runs this twice before a person can start anything: there is nothing to end then.
  useEffect(() => stop, [stop]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another server or camera needs a start, not another model.
  useEffect(() => {
    if (!lens.current?.isRunning) return;
    stop();
    void start();
  }, [url, facing, video]);

  useEffect(() => lens.current?.select({ model, minScore }), [model, minScore]);

  return { videoRef, labels, status, error, start, stop, pace: lens.current?.pace };
}

const OFF = { status: 'off', error: undefined } as const;
