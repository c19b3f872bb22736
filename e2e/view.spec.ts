import sharp from 'sharp';
import { type Box, fitRect, iou } from '../vision/geometry.ts';
import { FRAME_HEIGHT_PX, FRAME_WIDTH_PX, MARKER_POINTS_PX, readMarker } from './footage/marker.ts';
import { axeViolations } from './harness/axe.ts';
import { cameraStarts, VIEWPORT } from './harness/lens.ts';
import { rectOf } from './harness/rectOf.ts';
import { surround } from './harness/surroundings.ts';
import { expect, test } from './harness/test.ts';

test('a rocket is not mistaken for anything', async ({ open }) => {
  const lens = await open({ camera: 'rocket-still' });
  await cameraStarts(lens);
  await expect.poll(() => lens.answers.length).toBeGreaterThan(20);
  expect((await lens.recording()).shown).toEqual([]);
});

test('when the view changes, the old name goes and the new one comes', async ({ open }) => {
  const lens = await open({ camera: 'tour' });
  await cameraStarts(lens);
  for (const label of ['cat', 'cup', 'person']) await expect(lens.boxes(label)).toHaveCount(1);
  await expect(lens.boxes()).toHaveCount(0); // the rocket
});

test('a camera without a zoom of its own is magnified by fingers, wheel and key: models see the part in view, and its names stay in place', async ({
  open,
}) => {
  const lens = await open({ camera: 'cat-still', context: { hasTouch: true } });
  const { page } = lens;
  await cameraStarts(lens);
  const cat = lens.boxes('cat');
  await expect(cat).toHaveCount(1);
  const before = await rectOf(cat);
  const middle = { x: before.x + before.width / 2, y: before.y + before.height / 2 };
  /** Of the last answer, in what its frame showed. */
  const widthInFrame = () => lens.answers.at(-1)?.labels.find(({ label }) => label === 'cat')?.box?.[2] ?? 0;
  const whole = widthInFrame();

  await page.mouse.move(middle.x, middle.y);
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -100);
  await page.keyboard.up('Control');
  const badge = page.getByTestId('magnified-badge');
  await expect(badge).toContainText('Magnified 1.3×');
  // Beside it, presses are for the picture.
  expect((await rectOf(badge)).width).toBeLessThan(VIEWPORT.width / 2);
  await expect.poll(widthInFrame).toBeGreaterThan(whole * 1.08);
  // Where the cat is now, as far as it is in view.
  const scaled = (from: number, around: number) => around + (from - around) * 1.25;
  const [left, right] = [before.x, before.x + before.width].map((x) => scaled(x, middle.x));
  const [top, bottom] = [before.y, before.y + before.height].map((y) => scaled(y, middle.y));
  const [fromX, fromY] = [Math.max(0, left ?? 0), Math.max(0, top ?? 0)];
  const inView: Box = [
    fromX,
    fromY,
    Math.min(VIEWPORT.width, right ?? 0) - fromX,
    Math.min(VIEWPORT.height, bottom ?? 0) - fromY,
  ];
  await expect
    .poll(async () => {
      const { x, y, width, height } = await rectOf(cat);
      return iou([x, y, width, height], inView);
    })
    .toBeGreaterThan(0.75);
  expect(await axeViolations(page)).toEqual([]);
  await badge.getByRole('button', { name: 'Show the whole picture' }).click();
  await expect(badge).toBeHidden();
  await expect.poll(widthInFrame).toBeLessThan(whole * 1.04);

  const touch = await page.context().newCDPSession(page);
  const fingers = (apart: number) => [-1, 1].map((side) => ({ x: middle.x + side * apart, y: middle.y }));
  await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: fingers(60) });
  await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: fingers(90) });
  await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await expect(badge).toContainText('Magnified 1.5×');
  await expect(cat).toHaveCount(1);
  await page.keyboard.press('z');
  await expect(badge).toBeHidden();
  await page.keyboard.press('z');
  await expect(badge).toContainText('Magnified 2.5×');
  // By the arrow keys, which set the confidence while all of the picture is shown.
  const { x: leftBefore } = await rectOf(cat);
  const confidence = page.getByRole('slider', { name: 'Confidence' });
  const set = await confidence.inputValue();
  await page.keyboard.press('ArrowRight');
  await expect.poll(async () => (await rectOf(cat)).x).toBeLessThan(leftBefore);
  await expect(
    page.getByRole('status').filter({ hasText: /^In view: around \d+% from the left/ }),
  ).toHaveCount(1);
  for (let press = 0; press < 7; press++) await page.keyboard.press('ArrowUp');
  await expect(page.getByRole('status').filter({ hasText: 'The picture ends here' })).toHaveCount(1);
  expect(await confidence.inputValue()).toBe(set);
  // What is magnified is what was live: the next source begins as a whole.
  await page.keyboard.press('t');
  await expect(lens.main).toHaveAttribute('data-state', 'picture');
  await expect(badge).toBeHidden();
});

test('on a laptop, on a phone upright and on its side the box lies on the cat that is on the screen', async ({
  open,
}) => {
  const lens = await open({ camera: 'cat-still' });
  await cameraStarts(lens);
  for (const viewport of [
    { width: 1440, height: 900 },
    { width: 390, height: 844 },
    { width: 844, height: 390 },
  ]) {
    const size = `${viewport.width}x${viewport.height}`;
    await surround(lens.page, { name: size, ...viewport });
    await expect(lens.boxes('cat')).toHaveCount(1);
    // What the page says of its layout is not asked: the marker is looked for in the pixels of the screen. Where the
    // window cuts it off, the picture must fill the window.
    const screen = await sharp(await lens.page.screenshot())
      .greyscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const layouts = (['cover', 'contain'] as const).flatMap((fit) =>
      [false, true].map((isMirrored) => ({
        content: fitRect({ width: FRAME_WIDTH_PX, height: FRAME_HEIGHT_PX }, viewport, fit),
        isMirrored,
      })),
    );
    const found = layouts.find(({ content, isMirrored }) => {
      const brightness = MARKER_POINTS_PX.map((pair) =>
        pair.map((point) => {
          const x =
            content.x + ((isMirrored ? FRAME_WIDTH_PX - point.x : point.x) / FRAME_WIDTH_PX) * content.width;
          const y = content.y + (point.y / FRAME_HEIGHT_PX) * content.height;
          const isInside = x >= 0 && y >= 0 && x < viewport.width && y < viewport.height;
          return isInside ? (screen.data[Math.floor(y) * screen.info.width + Math.floor(x)] ?? 0) : 0;
        }),
      );
      return readMarker(brightness.map(([bit = 0, complement = 0]) => [bit, complement] as const)) !== null;
    });
    const layout = found ?? (viewport.width < viewport.height ? layouts[0] : undefined);
    expect(layout, `${size}: the camera picture is on the screen`).toBeDefined();
    if (layout === undefined) return;

    const rect = await rectOf(lens.boxes('cat'));
    const [cat] = lens.footage.frames[0]?.things ?? [];
    expect(cat).toBeDefined();
    if (!cat) return;
    const { content } = layout;
    const width = rect.width / content.width;
    const x = (rect.x - content.x) / content.width;
    const box: Box = [
      layout.isMirrored ? 1 - x - width : x,
      (rect.y - content.y) / content.height,
      width,
      rect.height / content.height,
    ];
    expect(iou(box, cat.box), size).toBeGreaterThan(0.8);
  }
});

test('two people use one server, and each sees what is before their own camera', async ({ open }) => {
  const [first, second] = [await open({ camera: 'cat-still' }), await open({ camera: 'cup-still' })];
  await Promise.all([cameraStarts(first), cameraStarts(second)]);
  await Promise.all([expect(first.boxes('cat')).toHaveCount(1), expect(second.boxes('cup')).toHaveCount(1)]);
  await expect(first.boxes('cup')).toHaveCount(0);
  await expect(second.boxes('cat')).toHaveCount(0);
});
