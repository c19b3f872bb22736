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

/**
 * Whether the frame itself can be had, without a copy: 0.03 ms of this thread instead of 2.4 ms for a bitmap of
 * 640x480 (Chromium 156). Only in Chromium, which alone has track processors here, because only there it was tried;
 * and only for streams, because files can carry a rotation that a frame does not.
 */
function canTakeFrame(video: HTMLVideoElement): boolean {
  return video.srcObject !== null && 'VideoFrame' in window && 'MediaStreamTrackProcessor' in window;
}
