import type { FrameSink } from '../recognizers/recognizer.ts';
import { takePicture } from './takePicture.ts';
import { watchFrames } from './watchFrames.ts';

/**
 * Captures a picture of the video whenever the sink wants one and a new one is there. Nothing queues: while a
 * picture is being captured or the sink is busy, pictures pass by.
 *
 * @param onShown called for every picture shown, captured or not, with its capture time
 * @returns the disposer
 */
export function grabFrames(
  video: HTMLVideoElement,
  sink: FrameSink,
  onShown: (capturedAtMs: number) => void,
): () => void {
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

  const unwatch = watchFrames(video, (capturedAtMs) => {
    onShown(capturedAtMs);
    if (grabbing || document.hidden || !hasPicture(video) || !sink.wantsFrame()) return;
    void grab(capturedAtMs);
  });
  return () => {
    stopped = true;
    unwatch();
  };
}

/** iOS reports a size of zero for a moment after a rotation or an interruption. */
function hasPicture(video: HTMLVideoElement): boolean {
  return video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && video.videoWidth > 0;
}
