import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { APP_ICONS, type AppIcon, GROUND_COLOUR } from '../app/offline/appIcons.ts';

const DRAWING = 'app/icon.svg';
/** How large the drawing is in a `full` icon: its brackets end 0.414 of the size from the middle, 0.4 are never cut. */
const FULL_SCALE = 0.9;

/** Draws the icons of the installed app into the pages: from the one drawing, so that none drifts from it. */
export async function drawIcons(pagesDir: string): Promise<void> {
  // Only now: `npm start` comes by here without anything to build.
  const { default: sharp } = await import('sharp');
  const drawing = await readFile(DRAWING);
  const { width = 64 } = await sharp(drawing).metadata();
  await Promise.all(Object.values(APP_ICONS).map(draw));

  async function draw({ path: name, sizePx, shape }: AppIcon): Promise<void> {
    const file = path.join(pagesDir, name);
    await mkdir(path.dirname(file), { recursive: true });
    const drawnPx = shape === 'full' ? Math.round((sizePx * FULL_SCALE) / 2) * 2 : sizePx;
    const density = (72 * drawnPx) / width;
    const image = sharp(drawing, { density }).resize(drawnPx, drawnPx);
    if (shape === 'full') {
      image.flatten({ background: GROUND_COLOUR });
      const edgePx = (sizePx - drawnPx) / 2;
      image.extend({
        top: edgePx,
        bottom: edgePx,
        left: edgePx,
        right: edgePx,
        background: GROUND_COLOUR,
      });
    }
    await image.png({ compressionLevel: 9 }).toFile(file);
  }
}
