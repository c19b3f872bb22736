/** What a person can do about a browser that hides pixels from this page. */
export interface PixelsHelp {
  text: string;
  /**
   * `ask`: the browser asks by itself when a canvas is read in a press of a button. `check`: the person changes a setting,
   * and the page looks again.
   */
  action: 'ask' | 'check';
}

/** Where a person lets this page read pixels, in the words of the browser. */
export function allowPixelsHelp({ userAgent }: { userAgent: string }): PixelsHelp {
  if (/Firefox/.test(userAgent) && !/Android|Mobile/.test(userAgent)) {
    return {
      // Tor Browser, Mullvad Browser and LibreWolf say that they are Firefox, and ask as it does.
      text: 'Press the button and choose Allow, there or at the canvas icon in the address bar.',
      action: 'ask',
    };
  }
  if (/Firefox/.test(userAgent)) {
    return {
      text: 'Switch off its protection against fingerprinting, or open the page in another browser.',
      action: 'check',
    };
  }
  if (/Safari/.test(userAgent) && !/Chrom/.test(userAgent)) {
    return {
      text: 'Choose Reduce Privacy Protections in the page menu beside the address, or use a window that is not private.',
      action: 'check',
    };
  }
  return {
    text: 'Switch it off for this site (in Brave: the lion beside the address), or the extension that does it.',
    action: 'check',
  };
}
