import { messageOf } from '../../../protocol/errors.ts';
import { cameraPermission, listCameras } from '../../capture/cameras.ts';
import { watchFrames } from '../../capture/grabFrames.ts';
import { openCamera, releaseSource } from '../../capture/liveSource.ts';
import { SourceError, type SourceProblem } from '../../capture/sourceProblem.ts';

interface Common {
  /** As the browser tells it; undefined where it does not. */
  readonly permission: PermissionState | undefined;
  /** How many it names; 0 before the permission is given. */
  readonly cameras: number;
}

/** What a look through the camera came to. */
export type CameraLook = Common &
  (
    | { readonly kind: 'not-asked' }
    | { readonly kind: 'problem'; readonly problem: SourceProblem; readonly isSecure: boolean }
    /** It was opened, but gave no picture. */
    | { readonly kind: 'still' }
    | {
        readonly kind: 'seen';
        readonly width: number;
        readonly height: number;
        readonly facing: string | undefined;
        /** From the order to the first picture, ms. */
        readonly firstFrameMs: number;
        readonly fps: number;
        /** Between the darkest and the brightest level, 0..255; undefined where pixels cannot be read. */
        readonly spread: number | undefined;
      }
  );

/** A camera that was opened shows something within this time. */
const FIRST_FRAME_MS = 5_000;
const WATCH_MS = 1_000;
const SIDE_PX = 32;

/**
 * Opens the camera, looks at a second of its pictures, and closes it.
 * @param deviceId the camera that the page uses; any where it is gone
 * @param mayAsk whether the browser may ask the person: only where the person has just pressed a button
 */
export async function lookThroughCamera(
  { deviceId, mayAsk, readsPixels }: { deviceId: string | undefined; mayAsk: boolean; readsPixels: boolean },
  signal: AbortSignal,
): Promise<CameraLook> {
  const permission = (await cameraPermission().catch(() => undefined))?.state;
  const count = async () => (await listCameras().catch(() => [])).length;
  const isSecure = window.isSecureContext;
  if (isSecure && permission !== 'granted' && permission !== 'denied' && !mayAsk) {
    return { kind: 'not-asked', permission, cameras: await count() };
  }
  const startedMs = performance.now();
  let source: Awaited<ReturnType<typeof openCamera>>;
  try {
    source = await openCamera({ deviceId });
  } catch (error) {
    const problem: SourceProblem =
      error instanceof SourceError ? error.problem : { kind: 'failed', message: messageOf(error) };
    return { kind: 'problem', problem, isSecure, permission, cameras: await count() };
  }
  const video = Object.assign(document.createElement('video'), { muted: true, playsInline: true });
  try {
    const common = { permission: 'granted', cameras: await count() } as const;
    video.srcObject = source.stream;
    // Given up while the person was asked: the camera goes off at once.
    const frames = signal.aborted ? [] : await watch(video, signal);
    const [firstMs] = frames;
    if (firstMs === undefined) return { kind: 'still', ...common };
    return {
      kind: 'seen',
      ...common,
      width: video.videoWidth,
      height: video.videoHeight,
      facing: source.facing,
      firstFrameMs: firstMs - startedMs,
      fps: rateOf(frames),
      spread: readsPixels ? spreadOf(video) : undefined,
    };
  } finally {
    video.srcObject = null;
    releaseSource(source);
  }
}

/** When each picture came, for a second from the first on. */
function watch(video: HTMLVideoElement, signal: AbortSignal): Promise<number[]> {
  return new Promise((resolve) => {
    const frames: number[] = [];
    const end = () => {
      clearTimeout(timer);
      unwatch();
      resolve(frames);
    };
    let timer = setTimeout(end, FIRST_FRAME_MS);
    const unwatch = watchFrames(video, () => {
      frames.push(performance.now());
      if (frames.length > 1) return;
      clearTimeout(timer);
      timer = setTimeout(end, WATCH_MS);
    });
    signal.addEventListener('abort', end);
    video.play().catch(() => {
      // It then gives no picture, which is what is reported.
    });
  });
}

function rateOf(frames: readonly number[]): number {
  const [first = 0] = frames;
  const last = frames.at(-1) ?? first;
  return last === first ? 0 : ((frames.length - 1) * 1000) / (last - first);
}

function spreadOf(video: HTMLVideoElement): number | undefined {
  const canvas = Object.assign(document.createElement('canvas'), { width: SIDE_PX, height: SIDE_PX });
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  if (context === null) return undefined;
  context.drawImage(video, 0, 0, SIDE_PX, SIDE_PX);
  const { data } = context.getImageData(0, 0, SIDE_PX, SIDE_PX);
  let darkest = 255;
  let brightest = 0;
  for (let at = 0; at < data.length; at += 4) {
    const level = ((data[at] ?? 0) + (data[at + 1] ?? 0) + (data[at + 2] ?? 0)) / 3;
    darkest = Math.min(darkest, level);
    brightest = Math.max(brightest, level);
  }
  return brightest - darkest;
}
