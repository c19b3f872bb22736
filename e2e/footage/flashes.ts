import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { type FlashCode, FRAME, PHOTO_RECTS, whiteCells } from '../../app/measure/flashCode.ts';
import { ROOT } from '../harness/root.ts';
import { FRAMES_PER_SECOND } from './clips.ts';

/** The photos of the page, in its order. */
const PHOTOS = ['cat', 'person'] as const;

/** The card that the page flashes, drawn without a browser: a PNG of `side` pixels. */
export async function drawFlash(code: FlashCode, side: number): Promise<Buffer> {
  const rect = (x: number, y: number, width: number, height: number, fill: string) =>
    `<rect x="${x * side}" y="${y * side}" width="${width * side}" height="${height * side}" fill="${fill}"/>`;
  const inside = 1 - 2 * FRAME;
  const cells = whiteCells(code).map(({ x, y, width, height }) => rect(x, y, width, height, '#fff'));
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}">${rect(0, 0, 1, 1, '#fff')}${rect(FRAME, FRAME, inside, inside, '#000')}${cells.join('')}</svg>`;
  const index = code.picture % 2 === 0 ? 0 : 1;
  const [name, rectOfPhoto] = [PHOTOS[index], PHOTO_RECTS[index]];
  const photo = await sharp(path.join(ROOT, `app/measure/photos/${name}.jpg`))
    .resize(Math.round(rectOfPhoto.width * side), Math.round(rectOfPhoto.height * side), { fit: 'fill' })
    .png()
    .toBuffer();
  return sharp(Buffer.from(svg))
    .composite([
      { input: photo, left: Math.round(rectOfPhoto.x * side), top: Math.round(rectOfPhoto.y * side) },
    ])
    .removeAlpha()
    .png()
    .toBuffer();
}

/** A recording of a screen that flashes, as a camera's file: the way there from the screen is no part of it. */
export async function recordFlashes({ flashes, gapMs }: { flashes: number; gapMs: number }): Promise<string> {
  const frames: Buffer[] = [];
  for (let flash = 0; flash < flashes; flash++) {
    const card = await drawFlash({ clockMs: flash * gapMs, picture: flash % PHOTOS.length }, 420);
    const frame = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#000' } })
      .composite([{ input: card, gravity: 'centre' }])
      .jpeg({ quality: 88 })
      .toBuffer();
    frames.push(...Array<Buffer>(Math.round((gapMs * FRAMES_PER_SECOND) / 1_000)).fill(frame));
  }
  const file = path.join(await mkdtemp(path.join(tmpdir(), 'livelens-flashes-')), 'flashes.mjpeg');
  await writeFile(file, Buffer.concat(frames));
  return file;
}
