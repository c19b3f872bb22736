import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import type { Box } from '../../vision/geometry.ts';
import { SAMPLE_MARGIN } from '../../vision/things/sampleViews.ts';

/** Things in the photos of e2e/media, whole or in part, in 0..1 of them. */
export const KNOWN_THINGS: Readonly<Record<string, PhotoPart>> = {
  cat: { photo: 'cat.png', box: [0.08, 0.05, 0.78, 0.93] },
  cup: { photo: 'cup.png', box: [0.28, 0.04, 0.42, 0.72] },
  helmet: { photo: 'astronaut.png', box: [0.53, 0.66, 0.46, 0.34] },
  shuttle: { photo: 'astronaut.png', box: [0.68, 0, 0.22, 0.56] },
  woman: { photo: 'astronaut.png', box: [0.28, 0.02, 0.32, 0.36] },
  rocket: { photo: 'rocket.jpg', box: [0.45, 0.29, 0.12, 0.66] },
};
export const UNKNOWN_THINGS: Readonly<Record<string, PhotoPart>> = {
  spoon: { photo: 'cup.png', box: [0.53, 0.58, 0.16, 0.25] },
  badge: { photo: 'astronaut.png', box: [0.25, 0.67, 0.17, 0.17] },
  flag: { photo: 'astronaut.png', box: [0, 0, 0.17, 0.6] },
  tower: { photo: 'rocket.jpg', box: [0.04, 0, 0.12, 0.7] },
  nose: { photo: 'cat.png', box: [0.48, 0.72, 0.22, 0.2] },
  ring: { photo: 'astronaut.png', box: [0.21, 0.28, 0.39, 0.3] },
};

interface PhotoPart {
  readonly photo: string;
  readonly box: Box;
}

/** RGB, row by row. */
export interface RgbPicture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** The side of the pictures that are made, pixels. */
const SIDE_PX = 240;

/** Where the thing is in them: they have its margin around it. */
export const THING_BOX: Box = [
  SAMPLE_MARGIN / (1 + 2 * SAMPLE_MARGIN),
  SAMPLE_MARGIN / (1 + 2 * SAMPLE_MARGIN),
  1 / (1 + 2 * SAMPLE_MARGIN),
  1 / (1 + 2 * SAMPLE_MARGIN),
];

/**
 * A view of a thing as somebody would hold it up again: turned, nearer or farther, in another light, out of focus, before another
 * background, and not quite in the middle of its box.
 * @param random 0..1, as Math.random
 */
export async function viewOf({ photo, box }: PhotoPart, random: () => number): Promise<RgbPicture> {
  const between = (low: number, high: number) => low + (high - low) * random();
  const whole = await rgbOf(photo);
  const degrees = between(-15, 15);
  const farther = between(0.35, 1);
  const thing = await cutOut(whole, box, Math.round(SIDE_PX * farther));
  const backgrounds = ['cat.png', 'cup.png', 'astronaut.png', 'rocket.jpg'].filter((name) => name !== photo);
  const background = backgrounds[Math.floor(random() * backgrounds.length)] ?? photo;
  const patch: Box = [between(0, 0.6), between(0, 0.6), 0.4, 0.4];
  const behind = await cutOut(await rgbOf(background), patch, SIDE_PX);
  const side = Math.round(SIDE_PX / (1 + 2 * SAMPLE_MARGIN));
  const mask = Buffer.from(
    `<svg width="${side}" height="${side}"><rect width="${side}" height="${side}" rx="${side * 0.22}"/></svg>`,
  );
  const turned = await sharp(thing)
    .resize(side, side, { fit: 'fill' })
    .ensureAlpha()
    .composite([{ input: mask, blend: 'dest-in' }])
    .rotate(degrees, { background: { r: 0, g: 0, b: 0, alpha: 0 } })
    .png()
    .toBuffer({ resolveWithObject: true });
  const move = () => between(-0.05, 0.05) * side;
  const place = (size: number) => Math.round((SIDE_PX - size) / 2 + move());
  const larger = Math.ceil(Math.max(SIDE_PX, turned.info.width, turned.info.height));
  const pad = Math.ceil((larger - SIDE_PX) / 2) + Math.ceil(0.05 * side);
  const scene = await sharp(behind)
    .resize(SIDE_PX, SIDE_PX, { fit: 'fill' })
    .extend({ top: pad, bottom: pad, left: pad, right: pad, extendWith: 'mirror' })
    .composite([
      { input: turned.data, left: pad + place(turned.info.width), top: pad + place(turned.info.height) },
    ])
    .png()
    .toBuffer();
  const blur = between(0, 1.6);
  const light = sharp(scene)
    .extract({ left: pad, top: pad, width: SIDE_PX, height: SIDE_PX })
    .removeAlpha()
    .linear(
      [between(0.65, 1.25), between(0.65, 1.25), between(0.65, 1.25)].map(
        (each, _i, [first = 1]) => (each + 3 * first) / 4,
      ),
      [0, 0, 0],
    )
    .gamma(between(1, 1.6));
  const seen = await (blur > 0.3 ? light.blur(blur) : light).raw().toBuffer();
  return { data: new Uint8Array(seen), width: SIDE_PX, height: SIDE_PX };
}

const photos = new Map<string, Promise<Buffer>>();
function rgbOf(name: string): Promise<Buffer> {
  const found =
    photos.get(name) ??
    readFile(`e2e/media/${name}`).then((bytes) => sharp(bytes).flatten().png().toBuffer());
  photos.set(name, found);
  return found;
}

async function cutOut(picture: Buffer, [x, y, width, height]: Box, sidePx: number): Promise<Buffer> {
  const { width: w, height: h } = await sharp(picture).metadata();
  const left = Math.round(x * w);
  const top = Math.round(y * h);
  return sharp(picture)
    .extract({
      left,
      top,
      width: Math.min(w - left, Math.round(width * w)),
      height: Math.min(h - top, Math.round(height * h)),
    })
    .resize(sidePx, sidePx, { fit: 'fill' })
    .png()
    .toBuffer();
}
