import type { FrameSink } from './grabbedFrame.ts';
import { takePicture } from './takePicture.ts';
import { watchFrames } from './watchFrames.ts';

/** A picture that stands still is captured again at this interval. */
const STILL_MS = 400;
/**
 * And at this one for a while after it came: a new thing is shown once a second frame confirms it, and one that is gone
 * leaves the screen once frames no longer show it. At the longer interval both took up to 600 ms.
 */
const SETTLING_MS = 100;
const SETTLED_AFTER_MS = 1_000;

export interface GrabOptions {
  video: HTMLVideoElement;
  sink: FrameSink;
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
 * Captures a picture of the video whenever the sink wants one and a new one is there. Nothing queues: while a
 * picture is being captured or the sink is busy, pictures pass by.
 *
 * @returns the disposer
 */
export function grabFrames({ video, sink, repeatStill, onShown }: GrabOptions): () => void {
  let lastMs = performance.now();
  let lastShownMs = lastMs;
  let grabbing = false;
  let stopped = false;

  async function grab(capturedAtMs: number): Promise<void> {
    grabbing = true;
    try {
      const picture = await takePicture(video);
      if (stopped) picture.close();
      else sink.push({ picture, capturedAtMs });
    } catch {
      // The source changed or went away between the two lines; the next picture tries again.
    } finally {
      grabbing = false;
    }
  }

  function grabIfWanted(capturedAtMs: number): void {
    lastMs = performance.now();
    if (grabbing || document.hidden || !hasPicture(video) || !sink.wantsFrame()) return;
    void grab(capturedAtMs);
  }

  const unwatch = watchFrames(video, (capturedAtMs) => {
    lastShownMs = performance.now();
    onShown(capturedAtMs);
    grabIfWanted(capturedAtMs);
  });
  const repeat = () => {
    const nowMs = performance.now();
    const intervalMs = nowMs - lastShownMs < SETTLED_AFTER_MS ? SETTLING_MS : STILL_MS;
    if (nowMs - lastMs >= intervalMs) grabIfWanted(nowMs);
  };
  const timer = repeatStill ? setInterval(repeat, SETTLING_MS / 2) : undefined;
  return () => {
    stopped = true;
    clearInterval(timer);
    unwatch();
  };
}

/** iOS reports a size of zero for a moment after a rotation or an interruption. */
function hasPicture(video: HTMLVideoElement): boolean {
  return video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && video.videoWidth > 0;
}
