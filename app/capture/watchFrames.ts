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
