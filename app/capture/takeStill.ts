import { canvasToPng } from './canvasToPng.ts';
import { cropPicture } from './cropPicture.ts';
import type { LiveSource } from './liveSource.ts';
import { shownSize } from './shownSize.ts';

/** A photo that takes longer shows another moment than the one that was to be held, ms. */
const PHOTO_DEADLINE_MS = 600;
/** A photo of another shape shows another part of the world than the video did. */
const MAX_SHAPE_DIFFERENCE = 0.02;

/** As much of it as is needed here; TypeScript's types lack it. https://w3c.github.io/mediacapture-image/#imagecapture-section */
interface ImageCapture {
  takePhoto(): Promise<Blob>;
}
type ImageCaptureConstructor = new (track: MediaStreamTrack) => ImageCapture;

/**
 * The moment that the video shows, with as many pixels as there are: a photo of the camera, where it takes one quickly, larger
 * than the video and of the same part of the world; else the video's own picture.
 * @param isTrue whether the browser encodes what is drawn on a canvas
 * @throws Error if the browser cannot encode it
 */
export async function takeStill(video: HTMLVideoElement, source: LiveSource, isTrue: boolean): Promise<Blob> {
  // Drawn at once: a photo that fails comes too late to draw it then.
  const canvas = cropPicture(video, undefined);
  try {
    const photo = source.kind === 'camera' ? await takePhoto(source.stream, shownSize(video)) : undefined;
    return photo ?? (await canvasToPng(canvas, isTrue));
  } finally {
    canvas.width = 0;
  }
}

async function takePhoto(
  stream: MediaStream,
  video: { width: number; height: number },
): Promise<Blob | undefined> {
  const { ImageCapture: Capture } = window as { ImageCapture?: ImageCaptureConstructor };
  const [track] = stream.getVideoTracks();
  if (Capture === undefined || track?.readyState !== 'live') return undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PHOTO_DEADLINE_MS);
  });
  try {
    const photo = await Promise.race([new Capture(track).takePhoto(), tooLate]);
    if (photo === undefined) return undefined;
    const bitmap = await createImageBitmap(photo);
    const { width, height } = bitmap;
    bitmap.close();
    const shape = Math.abs((width / height) * (video.height / video.width) - 1);
    return width > video.width && shape <= MAX_SHAPE_DIFFERENCE ? photo : undefined;
  } catch {
    // Cameras refuse it for reasons of their own; the video has the moment, too.
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
