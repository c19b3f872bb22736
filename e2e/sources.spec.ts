import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright';
import { type Box, fitRect, iou } from '../vision/geometry.ts';
import { thingsOfPhoto } from './footage/clips.ts';
import { photoPath } from './footage/footage.ts';
import { cameraStarts, type Lens } from './harness/lens.ts';
import { rectOf } from './harness/rectOf.ts';
import { expect, test } from './harness/test.ts';
import { videoOf } from './harness/videoOf.ts';

test('a picture that is picked: its labels lie on it, once, and stay', async ({ open }) => {
  const lens = await open({ camera: 'none' });
  const chooser = lens.page.waitForEvent('filechooser');
  await choose(lens.page, 'Picture');
  await (await chooser).setFiles(photoPath('cup'));
  await expect(lens.main).toHaveAttribute('data-state', 'picture');
  await expect(lens.main).toHaveAttribute('data-source', 'picture');
  await expect(lens.boxes('cup')).toHaveCount(1);

  const [cup] = thingsOfPhoto('cup');
  expect(cup && iou(await boxOnPicture(lens, 'cup'), cup.box)).toBeGreaterThan(0.5);
  const { shown } = await lens.recording();
  expect(shown, 'all labels come at once').toHaveLength(1);
});

test('a picture that is dropped on the page is labelled', async ({ open }) => {
  const lens = await open({ camera: 'none' });
  await handOver(lens, 'drop', 'cat.png', await readFile(photoPath('cat')));
  await expect(lens.main).toHaveAttribute('data-state', 'picture');
  await expect(lens.boxes('cat')).toHaveCount(1);
});

test('a picture that is pasted is labelled, in place of the camera', async ({ open }) => {
  const lens = await open({ camera: 'cat-still' });
  await cameraStarts(lens);
  await expect(lens.boxes('cat')).toHaveCount(1);
  await handOver(lens, 'paste', 'image.png', await readFile(photoPath('person')));
  await expect(lens.main).toHaveAttribute('data-state', 'picture');
  await expect(lens.boxes('person')).toHaveCount(1);
  await expect(lens.boxes('cat')).toHaveCount(0);
});

test('a picture of a rocket: the page says that it knows nothing in it', async ({ open }) => {
  const lens = await open({ camera: 'none' });
  await handOver(lens, 'drop', 'rocket.jpg', await readFile(photoPath('rocket')));
  await expect(lens.main).toHaveAttribute('data-state', 'picture');
  await expect(lens.says(/nothing|no label/i)).toBeVisible();
  await expect(lens.boxes()).toHaveCount(0);
});

test('a file that is no picture: the page says so, and the camera goes on', async ({ open }) => {
  const lens = await open({ camera: 'cat-still' });
  await cameraStarts(lens);
  await handOver(lens, 'drop', 'notes.txt', Buffer.from('not a picture'));
  await expect(lens.says(/picture|file/i)).toBeVisible();
  await expect(lens.main).toHaveAttribute('data-state', 'live');
  await expect(lens.boxes('cat')).toHaveCount(1);
});

test('a video file is played and labelled', async ({ open }) => {
  const lens = await open({ camera: 'none' });
  const video = await videoOf('cat', lens.page);
  const chooser = lens.page.waitForEvent('filechooser');
  await choose(lens.page, 'Video');
  await (await chooser).setFiles({ name: 'cat.webm', mimeType: 'video/webm', buffer: video });
  await expect(lens.main).toHaveAttribute('data-state', 'live');
  await expect(lens.main).toHaveAttribute('data-source', 'video');
  await expect(lens.boxes('cat')).toHaveCount(1);
});

declare global {
  interface Window {
    livelensFocus: string[];
  }
}

/** Notes which of the two tabs is to be in front when one shares the other; it is done all the same. */
function noteFocus(): void {
  window.livelensFocus = [];
  const { prototype } = Reflect.get(window, 'CaptureController');
  const { setFocusBehavior } = prototype;
  prototype.setFocusBehavior = function (behavior: string) {
    window.livelensFocus.push(behavior);
    setFocusBehavior.call(this, behavior);
  };
}

test('a shared tab is labelled, and the labels end with the sharing', async ({ open }) => {
  // Chromium shares the tab with this title without asking; it does so only for real capture, so no fake devices.
  const title = 'A tab that shows a cat';
  const lens = await open({
    camera: 'system',
    flags: [`--auto-select-tab-capture-source-by-title=${title}`],
    before: noteFocus,
  });
  const tab = await lens.context.newPage();
  const cat = (await readFile(photoPath('cat'))).toString('base64');
  await tab.setContent(`<title>${title}</title><img src="data:image/png;base64,${cat}" width="700">`);
  // A tab that goes to the background before it was ever painted is shared as an empty one.
  await tab.locator('img').evaluate((image: HTMLImageElement) => image.decode());
  await tab.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
  await lens.page.bringToFront();
  await choose(lens.page, 'Screen');
  await expect(lens.main).toHaveAttribute('data-state', 'live');
  await expect(lens.main).toHaveAttribute('data-source', 'screen');
  await expect(lens.boxes('cat')).toHaveCount(1);
  expect(await lens.page.evaluate(() => window.livelensFocus), 'this page stays in front').toEqual([
    'no-focus-change',
  ]);
  await tab.close();
  await expect(lens.main).not.toHaveAttribute('data-state', 'live');
  await expect(lens.boxes()).toHaveCount(0);
});

/** Chooses what to look at, as a person does: in the menu of sources where there is one. */
async function choose(page: Page, source: 'Camera' | 'Picture' | 'Video' | 'Screen'): Promise<void> {
  const control = page.getByRole('button', { name: source }).or(page.getByRole('menuitem', { name: source }));
  const menu = page.getByRole('button', { name: 'Source' });
  await expect(control.or(menu).first()).toBeEnabled();
  if (await menu.isVisible()) await menu.click();
  await control.click();
}

/** Drops a file on the page, or pastes it. */
async function handOver(
  { page, main }: Lens,
  how: 'drop' | 'paste',
  name: string,
  content: Buffer,
): Promise<void> {
  await expect(main, 'the page is at work').not.toHaveAttribute('data-state', 'welcome');
  const type = name.endsWith('.png') ? 'image/png' : name.endsWith('.jpg') ? 'image/jpeg' : 'text/plain';
  await page.evaluate(
    async ({ how, name, type, base64 }) => {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], name, { type }));
      const target = document.querySelector('main') ?? document.body;
      const options = { bubbles: true, cancelable: true };
      if (how === 'paste') {
        target.dispatchEvent(new ClipboardEvent('paste', { ...options, clipboardData: data }));
      } else {
        for (const event of ['dragenter', 'dragover', 'drop']) {
          target.dispatchEvent(new DragEvent(event, { ...options, dataTransfer: data }));
        }
      }
    },
    { how, name, type, base64: content.toString('base64') },
  );
}

/** The box with `label` in 0..1 of the picture on the page. */
async function boxOnPicture({ page, boxes }: Lens, label: string): Promise<Box> {
  const rect = await rectOf(boxes(label));
  const picture = await page.getByTestId('picture').evaluate((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    const image = element instanceof HTMLImageElement ? element : element.querySelector('img');
    const canvas = element instanceof HTMLCanvasElement ? element : element.querySelector('canvas');
    return {
      rect: { x, y, width, height },
      fit: getComputedStyle(element).objectFit,
      width: image?.naturalWidth ?? canvas?.width ?? 0,
      height: image?.naturalHeight ?? canvas?.height ?? 0,
    };
  });
  const content = fitRect(picture, picture.rect, picture.fit === 'cover' ? 'cover' : 'contain');
  return [
    (rect.x - picture.rect.x - content.x) / content.width,
    (rect.y - picture.rect.y - content.y) / content.height,
    rect.width / content.width,
    rect.height / content.height,
  ];
}
