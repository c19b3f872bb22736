import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import * as v from 'valibot';
import { Prediction } from '../protocol/messages.ts';
import { type Box, iou } from '../vision/geometry.ts';
import { photoPath } from './footage/footage.ts';
import type { Lens } from './harness/lens.ts';
import { rectOf } from './harness/rectOf.ts';
import { expect, test } from './harness/test.ts';

/** Pictures that decoders read in different ways, each of a cat. */
const PICTURES: Readonly<Record<string, () => Promise<{ name: string; bytes: Buffer }>>> = {
  'black ink on nothing': async () => {
    const { data, info } = await sharp(photoPath('cat'))
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const rgba = new Uint8Array(info.width * info.height * 4);
    for (let i = 0; i < info.width * info.height; i++) rgba[i * 4 + 3] = 255 - (data[i] ?? 0);
    const { width, height } = info;
    const bytes = await sharp(rgba, { raw: { width, height, channels: 4 } })
      .png()
      .toBuffer();
    return { name: 'ink.png', bytes };
  },
  'CMYK with a profile': async () => {
    // Mirrored: where its box lies tells it from the pictures before and after it.
    const bytes = await sharp(photoPath('cat'))
      .flop()
      .withIccProfile('cmyk')
      .toColourspace('cmyk')
      .jpeg({ quality: 95 })
      .toBuffer();
    return { name: 'ink.jpg', bytes };
  },
  '16,384 pixels wide': async () => {
    const bytes = await sharp(photoPath('cat'))
      .resize(16_384, 1_800, { fit: 'fill' })
      .jpeg({ quality: 60 })
      .toBuffer();
    return { name: 'wide.jpg', bytes };
  },
};

test('a picture that is opened before the browser says that the camera is allowed is shown, not the camera', async ({
  open,
}) => {
  const lens = await open({ camera: 'cat-still', before: holdAnswers });
  const { page } = lens;
  await page.getByTestId('picture-input').setInputFiles(photoPath('cup'));
  await page.evaluate(() => Reflect.get(window, 'decodes'));
  await page.evaluate(async () => {
    Reflect.get(window, 'answerPermission')();
    await new Promise((resolve) => setTimeout(resolve));
    Reflect.get(window, 'answerDecode')();
  });
  await expect(lens.main).toHaveAttribute('data-state', 'picture');
  await expect(lens.boxes('cup')).toHaveCount(1);
});

/** Of the page: what the browser says of the camera's permission and of the first picture waits until it is released. */
function holdAnswers(): void {
  const held = (name: string) => new Promise<void>((resolve) => Reflect.set(window, name, resolve));
  const [permission, decode] = [held('answerPermission'), held('answerDecode')];
  const query = navigator.permissions.query.bind(navigator.permissions);
  navigator.permissions.query = async (descriptor) => {
    await permission;
    return query(descriptor);
  };
  const { decode: original } = HTMLImageElement.prototype;
  Reflect.set(
    window,
    'decodes',
    new Promise<void>((resolve) => {
      HTMLImageElement.prototype.decode = async function () {
        resolve();
        await decode;
        return original.call(this);
      };
    }),
  );
}

test('a picture that is chosen before the page can act on it is shown', async ({ open }) => {
  const { main, page } = await open({ camera: 'none', before: chooseAtOnce });
  await expect(main).toHaveAttribute('data-state', 'picture');
  // Nothing less certain is hidden: no dot that would come before it.
  const found = page.locator('p:not([role])', { hasText: 'Nothing found' });
  await expect(found).toBeVisible();
  await expect(found.locator(':empty')).toHaveCount(0);
});

/** Of the page: a picture is chosen as soon as its input is there, before any script of the page has run. */
function chooseAtOnce(): void {
  const watch = new MutationObserver(() => {
    const input = document.querySelector('[data-testid="picture-input"]');
    if (!(input instanceof HTMLInputElement)) return;
    watch.disconnect();
    const dataUrl = document.createElement('canvas').toDataURL();
    const bytes = Uint8Array.from(atob(dataUrl.slice(dataUrl.indexOf(',') + 1)), (char) =>
      char.charCodeAt(0),
    );
    const chosen = new DataTransfer();
    chosen.items.add(new File([bytes], 'blank.png', { type: 'image/png' }));
    input.files = chosen.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  });
  watch.observe(document, { childList: true, subtree: true });
}

for (const place of ['server', 'device'] as const) {
  test(`the page finds on pictures what the API finds, by the ${place}`, async ({ open, server }) => {
    const lens = await open({ camera: 'none', place });
    const folder = await mkdtemp(path.join(tmpdir(), 'livelens-picture-'));
    let before: Box = [0, 0, 0, 0];
    try {
      for (const [what, make] of Object.entries(PICTURES)) {
        const { name, bytes } = await make();
        const file = path.join(folder, name);
        await writeFile(file, bytes);
        const answer = await fetch(`${server.url}/v1/predict?minScore=0.5`, {
          method: 'POST',
          body: new Uint8Array(bytes),
        });
        const { labels } = v.parse(Prediction, await answer.json());
        expect(labels, what).toMatchObject([{ label: 'cat' }]);
        const found = labels[0]?.box ?? before;
        expect(iou(found, before), `${what}: a box of the picture before would be noticed`).toBeLessThan(0.9);

        await lens.page.getByTestId('picture-input').setInputFiles(file);
        await expect(lens.main, what).toHaveAttribute('data-state', 'picture');
        // The device prepares its model first.
        await expect(lens.boxes('cat'), what).toHaveCount(1, { timeout: 60_000 });
        const overlap = async () => iou(await boxOnPicture(lens), found);
        await expect.poll(overlap, { message: what }).toBeGreaterThan(0.9);
        await expect(lens.boxes(), what).toHaveCount(1);
        before = found;
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}

/** The box of the cat, in 0..1 of the picture. */
async function boxOnPicture({ page, boxes }: Lens): Promise<Box> {
  const [left = 0, top = 0, width = 1, height = 1] = (
    (await page.getByTestId('picture').getAttribute('data-content-rect')) ?? ''
  )
    .split(',')
    .map(Number);
  const box = await rectOf(boxes('cat'));
  return [(box.x - left) / width, (box.y - top) / height, box.width / width, box.height / height];
}
