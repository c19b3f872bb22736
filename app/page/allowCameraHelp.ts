import { isIos } from '../browser/isIos.ts';

/** Where a person allows the camera again after it was blocked. */
export function allowCameraHelp({
  userAgent,
  maxTouchPoints,
}: {
  userAgent: string;
  maxTouchPoints: number;
}): string {
  if (isIos({ userAgent, maxTouchPoints })) {
    return /CriOS|FxiOS|EdgiOS/.test(userAgent)
      ? 'Open the Settings app, find this browser in the list of apps, and switch Camera on. Then try again.'
      : 'Tap the page menu beside the address, then Website Settings, and set Camera to Allow. Then try again.';
  }
  if (/Firefox/.test(userAgent)) {
    return /Android/.test(userAgent)
      ? 'Tap the lock beside the address and allow the camera. Then try again.'
      : 'Click the crossed-out camera beside the address and take the block away. Then try again.';
  }
  if (/Android/.test(userAgent)) {
    return 'Tap the symbol beside the address, then Permissions, and allow the camera.';
  }
  if (/Safari/.test(userAgent) && !/Chrom/.test(userAgent)) {
    return 'In the Safari menu choose Settings for This Website and set Camera to Allow. Then try again.';
  }
  return 'Click the symbol beside the address and switch Camera on.';
}
