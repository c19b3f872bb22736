/** The page's ground, for what the system draws around it: the splash screen, the bar of an installed app. */
export const GROUND_COLOUR = '#0a0b0d';

/** A square PNG that the build draws from app/icon.svg. */
export interface AppIcon {
  /** Below the folder of the pages. */
  readonly path: string;
  readonly sizePx: number;
  /**
   * `drawn`: as the drawing is, with round corners. `full`: the ground reaches into the corners, which the system cuts,
   * and the drawing stays inside the circle that it never cuts (of 0.4 of the size around the middle).
   */
  readonly shape: 'drawn' | 'full';
}

export const APP_ICONS = {
  small: { path: 'icons/icon-192.png', sizePx: 192, shape: 'drawn' },
  large: { path: 'icons/icon-512.png', sizePx: 512, shape: 'drawn' },
  maskable: { path: 'icons/maskable-512.png', sizePx: 512, shape: 'full' },
  apple: { path: 'icons/apple-touch-icon.png', sizePx: 180, shape: 'full' },
} as const satisfies Record<string, AppIcon>;
