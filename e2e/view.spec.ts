import sharp from 'sharp';
import { type Box, fitRect, iou } from '../vision/geometry.ts';
import { FRAME_HEIGHT_PX, FRAME_WIDTH_PX, MARKER_POINTS_PX, readMarker } from './footage/marker.ts';
import { cameraStarts } from './harness/lens.ts';
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

    const rect = await lens.boxes('cat').boundingBox();
    const [cat] = lens.footage.frames[0]?.things ?? [];
    expect(rect && cat).toBeTruthy();
    if (!rect || !cat) return;
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
