import type { Box } from '../../vision/geometry.ts';
import { frameTimeMs } from './frameTime.ts';

/** A picture taken from the source, in the source's own pixels. Whoever gets it closes the picture. */
export interface GrabbedFrame {
  picture: ImageBitmap | VideoFrame;
  /** Which part of the source it shows, in 0..1; undefined: all of it. */
  part?: Box | undefined;
  /** When the picture was captured, in ms of the page's clock. */
  capturedAtMs: number;
}

/** Where captured frames go. */
export interface FrameSink {
  /** Whether a frame pushed now would be used. Ask before capturing: nothing may queue in the page. */
  wantsFrame(): boolean;
  /** Hands a frame over; the sink closes its picture. */
  push(frame: GrabbedFrame): void;
}

/** A picture that stands still is captured again at this interval. */
const STILL_MS = 400;
/**
 * And at this one for a while after it came: a new thing is shown once a second frame confirms it, and one that is gone
 * leaves the screen once frames no longer show it. At the longer interval both took up to 600 ms.
 */
const SETTLING_MS = 100;
const SETTLED_AFTER_MS = 1_000;

export interface Grabber {
  sink: FrameSink;
  /** Which part of the source to capture, in 0..1; undefined: all of it. */
  part?(): Box | undefined;
}

export interface GrabOptions {
  video: HTMLVideoElement;
  /** They share one watch of the video: each watch costs the page a callback and a message for each picture. */
  grabbers: readonly Grabber[];
  /**
   * Whether a picture that stands still is captured again: a paused video or a screen on which nothing changes gives
   * no new pictures, and the last one may have come before any backend could take it. Not for cameras: one that stands
   * still is broken.
   */
  repeatStill: boolean;
  /** Called for every picture shown, captured or not, with its capture time in ms of the page's clock. */
  onShown(capturedAtMs: number): void;
}

/**
 * Captures a picture of the video whenever a sink wants one and a new one is there. Nothing queues: while a picture is
 * being captured or a sink is busy, pictures pass it by.
 *
 * @returns the disposer
 */
export function grabFrames({ video, grabbers, repeatStill, onShown }: GrabOptions): () => void {
  let lastShownMs = performance.now();
  const grabs = grabbers.map((grabber) => new Grab(video, grabber));
  const unwatch = watchFrames(video, (capturedAtMs) => {
    lastShownMs = performance.now();
    onShown(capturedAtMs);
    for (const grab of grabs) grab.takeIfWanted(capturedAtMs);
  });
  const repeat = () => {
    const nowMs = performance.now();
    const intervalMs = nowMs - lastShownMs < SETTLED_AFTER_MS ? SETTLING_MS : STILL_MS;
    for (const grab of grabs) if (nowMs - grab.lastMs >= intervalMs) grab.takeIfWanted(nowMs);
  };
  const timer = repeatStill ? setInterval(repeat, SETTLING_MS / 2) : undefined;
  return () => {
    for (const grab of grabs) grab.stop();
    clearInterval(timer);
    unwatch();
  };
}

/** Captures for one sink. */
class Grab {
  readonly #video: HTMLVideoElement;
  readonly #grabber: Grabber;
  #lastMs = performance.now();
  #isGrabbing = false;
  #isStopped = false;

  constructor(video: HTMLVideoElement, grabber: Grabber) {
    this.#video = video;
    this.#grabber = grabber;
  }

  /** When the sink was last asked. */
  get lastMs(): number {
    return this.#lastMs;
  }

  takeIfWanted(capturedAtMs: number): void {
    this.#lastMs = performance.now();
    const { sink } = this.#grabber;
    if (this.#isGrabbing || document.hidden || !hasPicture(this.#video) || !sink.wantsFrame()) return;
    void this.#take(capturedAtMs);
  }

  stop(): void {
    this.#isStopped = true;
  }

  async #take(capturedAtMs: number): Promise<void> {
    const { sink, part: partOf } = this.#grabber;
    this.#isGrabbing = true;
    try {
      const part = partOf?.();
      const picture = await (part ? takePart(this.#video, part) : takePicture(this.#video));
      if (this.#isStopped) picture.close();
      else sink.push({ picture, capturedAtMs, part });
    } catch {
      // The source changed or went away between the two lines; the next picture tries again.
    } finally {
      this.#isGrabbing = false;
    }
  }
}

/** iOS reports a size of zero for a moment after a rotation or an interruption. */
function hasPicture(video: HTMLVideoElement): boolean {
  return video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && video.videoWidth > 0;
}

/**
 * The picture that the video shows now, at its full size: scaling is the encoder's work, off this thread. (Asked to
 * scale here too, Safari blocks for 20 ms.)
 * @throws DOMException if there is none at the moment
 */
export async function takePicture(video: HTMLVideoElement): Promise<ImageBitmap | VideoFrame> {
  if (!canTakeFrame(video)) return createImageBitmap(video);
  const frame = new VideoFrame(video);
  // Turned pictures must not arrive lying on their side.
  if (frame.displayWidth === video.videoWidth && frame.displayHeight === video.videoHeight) return frame;
  frame.close();
  return createImageBitmap(video);
}

/** The same of a part of it. */
function takePart(video: HTMLVideoElement, [x, y, width, height]: Box): Promise<ImageBitmap> {
  const { videoWidth, videoHeight } = video;
  const [left, top] = [Math.round(x * videoWidth), Math.round(y * videoHeight)];
  const right = Math.max(left + 1, Math.round((x + width) * videoWidth));
  const bottom = Math.max(top + 1, Math.round((y + height) * videoHeight));
  return createImageBitmap(video, left, top, right - left, bottom - top);
}

/**
 * Whether the frame itself can be had, without a copy: 0.03 ms of this thread instead of 2.4 ms for a bitmap of
 * 640x480 (Chromium 156). Only in Chromium, which alone has track processors here, because only there it was tried;
 * and only for streams, because files can carry a rotation that a frame does not.
 */
function canTakeFrame(video: HTMLVideoElement): boolean {
  return video.srcObject !== null && 'VideoFrame' in window && 'MediaStreamTrackProcessor' in window;
}

/**
 * Calls `onFrame` for each picture that the video shows, with the time it was captured (ms of the page's clock).
 * Where the browser cannot say when a new picture comes (Firefox before 132), once per display frame.
 *
 * @returns the disposer
 */
export function watchFrames(video: HTMLVideoElement, onFrame: (capturedAtMs: number) => void): () => void {
  let handle: number;
  if (!('requestVideoFrameCallback' in HTMLVideoElement.prototype)) {
    let lastTimeS = -1;
    const tick = (nowMs: number) => {
      handle = requestAnimationFrame(tick);
      if (video.currentTime === lastTimeS) return;
      lastTimeS = video.currentTime;
      onFrame(nowMs);
    };
    handle = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(handle);
  }
  // The next picture is asked for from a task of its own: asked from within the callback, Chromium runs a second, empty
  // display frame for each picture, about 1 ms of this thread. Not from a timer, which a busy thread puts off too long.
  const later = new MessageChannel();
  const request = () => {
    handle = video.requestVideoFrameCallback((nowMs, metadata) => {
      later.port2.postMessage(undefined);
      onFrame(frameTimeMs(nowMs, metadata.captureTime));
    });
  };
  later.port1.onmessage = request;
  request();
  return () => {
    later.port1.close();
    video.cancelVideoFrameCallback(handle);
  };
}
