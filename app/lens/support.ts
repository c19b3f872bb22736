import type { View } from './lensState.ts';

/**
 * What this browser lacks of what the page cannot do without, in words for a person; empty if nothing. The
 * camera is not in it: without one there are still pictures and videos.
 */
export function missingFeatures(): string[] {
  const missing: string[] = [];
  if (typeof WebSocket === 'undefined') missing.push('WebSocket');
  if (typeof createImageBitmap === 'undefined') missing.push('createImageBitmap');
  if (typeof ResizeObserver === 'undefined') missing.push('ResizeObserver');
  if (typeof HTMLCanvasElement.prototype.toBlob === 'undefined') missing.push('canvas.toBlob');
  return missing;
}

/** The view for a page that the browser gives no cameras; undefined if it does. */
export function cameraUnavailableReason(): View | undefined {
  // Browsers hide the camera altogether from pages that did not come over https or from localhost.
  if (!window.isSecureContext) return { kind: 'insecure' };
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  return devices?.getUserMedia === undefined ? { kind: 'no-camera', reason: 'withheld' } : undefined;
}
