import path from 'node:path';
import { build } from 'esbuild';
import type { Page } from 'playwright';
import sharp from 'sharp';
import type { ModelInfo } from '../protocol/messages.ts';
import { cropped, type Pixels, padded, resized } from '../vision/pixels.ts';
import { fitOf, follow, type Step, stepsOf } from '../vision/steps.ts';
import { photoPath } from './footage/footage.ts';
import { ROOT } from './harness/root.ts';
import { expect, test } from './harness/test.ts';

const cut = (side: number): Step => ({ op: 'crop', width: side, height: side });

/** How an input is prepared, and how far the page may be from the server: in the mean, of 255. */
const INPUTS: Readonly<Record<string, { input: ModelInfo['input']; mean: number }>> = {
  'scaled and cut': described(224, [{ op: 'resize', shortest: 256, resample: 'antialiased' }, cut(224)], 1.2),
  'enlarged and cut': described(
    500,
    [{ op: 'resize', shortest: 573, resample: 'antialiased' }, cut(500)],
    0.5,
  ),
  'cut, as older servers say it': {
    input: { width: 224, height: 192, fit: 'crop', crop: 0.875 },
    mean: 1.5,
  },
  'letterboxed, as older servers say it': {
    input: { width: 320, height: 320, fit: 'letterbox' },
    mean: 1,
  },
  'on a colour of its own': described(
    224,
    [
      { op: 'resize', within: { width: 235, height: 235 }, resample: 'bicubic' },
      { op: 'pad', width: 224, height: 224, colour: [124, 16, 104] },
      cut(224),
    ],
    1.2,
  ),
  nearest: described(160, [{ op: 'resize', width: 160, height: 160, resample: 'nearest' }], 0.01),
};

function described(side: number, steps: Step[], mean: number) {
  const size = { width: side, height: side };
  return { input: { ...size, ...fitOf({ ...size, steps }), steps }, mean };
}

test('the page draws what the server prepares, for inputs of all kinds', async ({ open }) => {
  const { page } = await open({ camera: 'none' });
  for (const [what, { input, mean }] of Object.entries(INPUTS)) {
    const drawn = await drawInPage(page, photoPath('cat'), input);
    const expected = await prepared(photoPath('cat'), input);
    expect(drawn.length, what).toBe(expected.data.length);
    const found = difference(drawn, expected.data);
    console.log(`    ${what}: ${found.toFixed(2)} of 255 in the mean`);
    expect.soft(found, what).toBeLessThanOrEqual(mean);
    // What surrounds the picture has its colour to the bit, up to the last row.
    const { inputRect } = follow(stepsOf(input), await sizeOfPhoto()).fitted;
    const around = Math.round(inputRect[1] * input.height) * input.width * 3;
    const isSame = Buffer.from(drawn.subarray(0, around)).equals(expected.data.subarray(0, around));
    expect.soft(isSame, `${what}: what surrounds the picture`).toBe(true);
  }
});

async function sizeOfPhoto() {
  const { width, height } = await sharp(photoPath('cat')).metadata();
  return { width, height };
}

/** What the server makes of a picture, step by step. */
async function prepared(file: string, input: ModelInfo['input']): Promise<Pixels> {
  const { data, info } = await sharp(file).flatten().raw().toBuffer({ resolveWithObject: true });
  let pixels: Pixels = { data, width: info.width, height: info.height };
  for (const move of follow(stepsOf({ resample: 'antialiased', ...input }), pixels).moves) {
    if (move.op === 'crop') pixels = cropped(pixels, move);
    else if (move.op === 'pad') pixels = padded(pixels, move);
    else pixels = resized(pixels, move.to, { left: 0, top: 0, ...move.to }, move.resample);
  }
  return pixels;
}

/** Runs the page's own `drawFitted` in it, on a canvas as its encoder has one. */
async function drawInPage(page: Page, file: string, input: ModelInfo['input']): Promise<Uint8Array> {
  const { outputFiles } = await build({
    entryPoints: [path.join(ROOT, 'app/capture/drawFitted.ts')],
    bundle: true,
    format: 'iife',
    globalName: 'drawing',
    write: false,
  });
  const png = (await sharp(file).flatten().png().toBuffer()).toString('base64');
  const rgb: number[] = await page.evaluate(`(async () => {
    ${outputFiles[0]?.text}
    const bytes = Uint8Array.from(atob(${JSON.stringify(png)}), (letter) => letter.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], { type: 'image/png' }), { colorSpaceConversion: 'none' });
    const input = ${JSON.stringify(input)};
    const canvas = new OffscreenCanvas(input.width, input.height);
    const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
    context.imageSmoothingQuality = 'medium';
    drawing.drawFitted(context, picture, input);
    const { data } = context.getImageData(0, 0, input.width, input.height);
    return Array.from(data).filter((_, at) => at % 4 !== 3);
  })()`);
  return Uint8Array.from(rgb);
}

function difference(one: Uint8Array, other: Uint8Array): number {
  return one.reduce((sum, value, at) => sum + Math.abs(value - (other[at] ?? 0)), 0) / one.length;
}
