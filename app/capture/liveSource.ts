import { cameraProblem, SourceError, screenProblem } from './sourceProblem.ts';

export type Facing = 'user' | 'environment';

/** A moving picture. */
export type LiveSource =
  | {
      readonly kind: 'camera';
      readonly stream: MediaStream;
      readonly deviceId: string | undefined;
      /** Undefined where neither the camera nor the one who asked for it says. */
      readonly facing: Facing | undefined;
    }
  | { readonly kind: 'screen'; readonly stream: MediaStream }
  /** The built-in footage. */
  | { readonly kind: 'demo'; readonly stream: MediaStream }
  /** A video file; `url` is an object URL that is revoked when the source is released. */
  | { readonly kind: 'video'; readonly url: string; readonly name: string };

export type LiveKind = LiveSource['kind'];
export type CameraSource = Extract<LiveSource, { kind: 'camera' }>;

export interface CameraRequest {
  deviceId?: string | undefined;
  facing?: Facing | undefined;
}

// More pixels would only be scaled away, fewer are blurred on a full screen.
const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };

/**
 * Asks for a camera: the one with `deviceId`, else one with the requested `facing`, else any. The default is the
 * camera that faces the world.
 * @throws SourceError
 */
export async function openCamera(request: CameraRequest): Promise<CameraSource> {
  // Not there at all on an insecure origin, whatever the type says.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices?.getUserMedia) throw new SourceError({ kind: 'withheld' });
  const { deviceId, facing = 'environment' } = request;
  const anyCamera: MediaTrackConstraints = { ...PICTURE, facingMode: { ideal: facing } };
  const open = (video: MediaTrackConstraints) => devices.getUserMedia({ video, audio: false });
  let stream: MediaStream;
  try {
    stream = await (deviceId === undefined
      ? open(anyCamera)
      : open({ ...PICTURE, deviceId: { exact: deviceId } }).catch((error: unknown) => {
          // The remembered camera was unplugged, or its id has changed since.
          const isGone = error instanceof Error && /Overconstrained|NotFound/.test(error.name);
          return isGone ? open(anyCamera) : Promise.reject(error);
        }));
  } catch (cause) {
    throw new SourceError(cameraProblem(cause), { cause });
  }
  const settings = stream.getVideoTracks()[0]?.getSettings();
  const reported = settings?.facingMode;
  return {
    kind: 'camera',
    stream,
    deviceId: settings?.deviceId,
    facing: reported === 'user' || reported === 'environment' ? reported : request.facing,
  };
}

/**
 * Asks for a screen, window or tab. Needs a person's click just before.
 * @throws SourceError
 */
export async function openScreen(): Promise<LiveSource> {
  try {
    const options: DisplayMediaStreamOptions = { video: { frameRate: { ideal: 30 } }, audio: false };
    const stream = await navigator.mediaDevices.getDisplayMedia({ ...options, ...stayInFront() });
    return { kind: 'screen', stream };
  } catch (cause) {
    throw new SourceError(screenProblem(cause), { cause });
  }
}

/** As much of it as is needed here; TypeScript's types lack it. https://w3c.github.io/mediacapture-screen-share/#capturecontroller */
interface CaptureController {
  setFocusBehavior(behavior: 'no-focus-change'): void;
}

/** Else Chromium turns to the tab that is shared, and this page, hidden behind it, would take no more pictures. */
function stayInFront(): { controller?: CaptureController } {
  const { CaptureController: Controller } = window as { CaptureController?: new () => CaptureController };
  if (Controller === undefined) return {};
  const controller = new Controller();
  controller.setFocusBehavior('no-focus-change');
  return { controller };
}

/** Whether a screen can be shared here; phones cannot. */
export function canShareScreen(): boolean {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  return typeof devices?.getDisplayMedia === 'function';
}

/** How long a file may take to show that it can be played. */
const METADATA_TIMEOUT_MS = 10_000;

/**
 * A video file, once it is known that the browser can show its picture.
 * @throws Error if it cannot
 */
export async function openVideoFile(file: File): Promise<LiveSource> {
  const url = URL.createObjectURL(file);
  const probe = document.createElement('video');
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = () =>
        reject(new Error(probe.error?.message || 'The file has no picture that can be shown.'));
      const timer = setTimeout(fail, METADATA_TIMEOUT_MS);
      probe.onerror = fail;
      probe.onloadedmetadata = () => {
        clearTimeout(timer);
        // A sound file has metadata too, but no picture.
        if (probe.videoWidth > 0) resolve();
        else fail();
      };
      probe.preload = 'metadata';
      probe.muted = true;
      probe.src = url;
    });
    return { kind: 'video', url, name: file.name };
  } catch (error) {
    URL.revokeObjectURL(url);
    throw error;
  } finally {
    probe.removeAttribute('src');
  }
}

/** Switches the camera off or frees the file. Idempotent. */
export function releaseSource(source: LiveSource): void {
  if (source.kind === 'video') URL.revokeObjectURL(source.url);
  else for (const track of source.stream.getTracks()) track.stop();
}
