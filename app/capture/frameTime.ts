/** A camera pipeline that is slower than this is not believed: some report times of another clock. */
const MAX_PIPELINE_MS = 1000;

/**
 * When the picture on screen was captured, in ms of the page's clock: what the camera says where it says
 * something sane, else now.
 *
 * @param captureTime `VideoFrameCallbackMetadata.captureTime`, known for cameras in some browsers
 */
export function frameTimeMs(nowMs: number, captureTime: number | undefined): number {
  if (captureTime === undefined) return nowMs;
  const pipelineMs = nowMs - captureTime;
  return pipelineMs >= 0 && pipelineMs <= MAX_PIPELINE_MS ? captureTime : nowMs;
}
