import type { Page } from 'playwright';
import sharp from 'sharp';

/** A point of the window, CSS pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Reads contrasts off the page as it is drawn, by WCAG's ratio: 1 (none) to 21. */
export async function openContrast(page: Page): Promise<(one: Point, other: Point) => number> {
  const { data, info } = await sharp(await page.screenshot({ scale: 'css' }))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const luminance = ({ x, y }: Point) => {
    const at = (Math.round(y) * info.width + Math.round(x)) * info.channels;
    const [r = 0, g = 0, b = 0] = [...data.subarray(at, at + 3)].map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return (one, other) => {
    const [dark = 0, bright = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };
}
