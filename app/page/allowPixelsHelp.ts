import type { Words } from '../ui/words/en.ts';

/** What a person can do about a browser that hides pixels from this page. */
export interface PixelsHelp {
  /** Which words tell where a person lets this page read pixels. */
  words: keyof Words['allowPixels'];
  /**
   * `ask`: the browser asks when a canvas is read in a press of a button. `check`: the person changes a setting, and the
   * page checks again.
   */
  action: 'ask' | 'check';
}

export function allowPixelsHelp({ userAgent }: { userAgent: string }): PixelsHelp {
  // Tor Browser, Mullvad Browser and LibreWolf say that they are Firefox, and ask as it does.
  if (/Firefox/.test(userAgent)) {
    return /Android|Mobile/.test(userAgent)
      ? { words: 'firefoxAndroid', action: 'check' }
      : { words: 'firefox', action: 'ask' };
  }
  if (/Safari/.test(userAgent) && !/Chrom/.test(userAgent)) return { words: 'safari', action: 'check' };
  return { words: 'other', action: 'check' };
}
