import { isIos } from '../browser/isIos.ts';
import type { Words } from '../ui/words/en.ts';

/** Which words tell a person where to allow the camera again after it was blocked. */
export function allowCameraHelp({
  userAgent,
  maxTouchPoints,
}: {
  userAgent: string;
  maxTouchPoints: number;
}): keyof Words['allowCamera'] {
  if (isIos({ userAgent, maxTouchPoints })) {
    return /CriOS|FxiOS|EdgiOS/.test(userAgent) ? 'iosApp' : 'iosSafari';
  }
  if (/Firefox/.test(userAgent)) return /Android/.test(userAgent) ? 'firefoxAndroid' : 'firefox';
  if (/Android/.test(userAgent)) return 'android';
  return /Safari/.test(userAgent) && !/Chrom/.test(userAgent) ? 'safari' : 'other';
}
