import type { Size } from '../../vision/steps.ts';

/** The size of what an element shows, in the picture's own pixels; 0 while it shows nothing. */
export function shownSize(shown: HTMLVideoElement | HTMLImageElement): Size {
  return shown instanceof HTMLVideoElement
    ? { width: shown.videoWidth, height: shown.videoHeight }
    : { width: shown.naturalWidth, height: shown.naturalHeight };
}
