import { frameTimeMs } from './frameTime.ts';

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
  const tick: VideoFrameRequestCallback = (nowMs, metadata) => {
    handle = video.requestVideoFrameCallback(tick);
    onFrame(frameTimeMs(nowMs, metadata.captureTime));
  };
  handle = video.requestVideoFrameCallback(tick);
  return () => video.cancelVideoFrameCallback(handle);
}
