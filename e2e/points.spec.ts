import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BackendMode } from '../app/recognizers/backend.ts';
import type { addPoseModel } from '../server/import/testing/poseModel.ts';
import { importApart } from './harness/importApart.ts';
import type { Lens } from './harness/lens.ts';
import { elementPage, openSite, type SiteFiles } from './harness/openSite.ts';
import { test as base, expect } from './harness/test.ts';

const test = base.extend<{ modelsDir: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's text to learn what is needed.
  modelsDir: async ({}, use) => {
    const dir = await mkdtemp(path.join(tmpdir(), 'livelens-models-'));
    await importApart<typeof addPoseModel>('poseModel.ts', 'addPoseModel', dir, 2);
    await use(dir);
    await rm(dir, { recursive: true, force: true });
  },
});

test('skeletons lie over the picture, of the server and of the device alike', async ({
  open,
  serve,
  modelsDir,
}) => {
  const { url } = await serve({ env: { MODELS_DIR: modelsDir } });
  const places: Readonly<Record<string, number[]>>[] = [];
  for (const place of ['server', 'device'] satisfies BackendMode[]) {
    const lens = await open({ url, place, camera: 'cat-still' });
    const skeletons = lens.page.getByTestId('skeleton');
    await expect(skeletons).toHaveCount(2, { timeout: 30_000 });
    await expect(lens.main).toHaveAttribute('data-state', 'live');
    const chip = lens.page.getByTestId('label-chip').first();
    // The left ear is hidden.
    await expect(chip).toHaveAttribute('aria-description', '16 of 17 key points');
    const drawn = await drawnIn(lens);
    for (const { bones, joints, inBox } of drawn) {
      // Of 19 lines those to the ear and from it are left out.
      expect([bones, joints]).toEqual([17, 16]);
      expect(inBox, 'all points in the box of their person').toBe(true);
    }
    places.push(Object.fromEntries(drawn.map(({ left, top }, at) => [at, [left, top]])));
    await lens.page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
    await expect(skeletons.first()).toHaveCSS('animation-name', 'none');
    const [stroke, text] = await skeletons.first().evaluate((group) => {
      const probe = document.body.appendChild(document.createElement('i'));
      probe.style.color = 'CanvasText';
      const found = [getComputedStyle(group.lastElementChild ?? group).stroke, getComputedStyle(probe).color];
      probe.remove();
      return found;
    });
    expect(stroke).toBe(text);
    await lens.page.emulateMedia({ forcedColors: null, reducedMotion: null });
  }
  const [server, device] = places;
  for (const [at, [left = 0, top = 0]] of Object.entries(server ?? {})) {
    expect(Math.abs((device?.[at]?.[0] ?? 0) - left)).toBeLessThan(3);
    expect(Math.abs((device?.[at]?.[1] ?? 0) - top)).toBeLessThan(3);
  }
});

test('<live-lens> draws them, too', async ({ browsers, serve, modelsDir }) => {
  const files: SiteFiles = {};
  const site = await openSite(files);
  const server = await serve({ env: { MODELS_DIR: modelsDir, ALLOWED_ORIGINS: site.origin } });
  files['/'] = elementPage(await readFile('examples/element.html', 'utf8'), server.url);
  const { browser } = await browsers.get({ camera: 'cat-still', answer: 'allow', flags: [] });
  const page = await browser.newPage();
  await page.goto(site.origin);
  const lens = page.locator('live-lens');
  await lens.getByRole('button', { name: 'Start the camera' }).click();
  const bones = lens.locator('[part="bones"]');
  await expect(bones).toHaveCount(2, { timeout: 30_000 });
  await expect(bones.first()).toHaveAttribute('d', /^(M[\d.]+ [\d.]+L[\d.]+ [\d.]+){17}$/);
  await expect(lens.locator('[part="joints"]').first()).toHaveAttribute('d', /^(M[\d.]+ [\d.]+h0){16}$/);
  await page.close();
  site.close();
});

/** What is drawn of each person, from left to right. Pixels. */
const drawnIn = ({ page }: Lens) =>
  page.getByTestId('skeleton').evaluateAll((groups) =>
    groups
      .map((group) => {
        const paths = [...group.querySelectorAll('path')];
        const [halo, bones, joints] = paths.map((path) => path.getAttribute('d') ?? '');
        const { left, top, right, bottom } = group.getBoundingClientRect();
        const track = group.getAttribute('data-track');
        const corners = [...document.querySelectorAll(`[data-testid="label-box"][data-track="${track}"] i`)];
        const rects = corners.map((corner) => corner.getBoundingClientRect());
        const inBox =
          rects.length === 4 &&
          left >= Math.min(...rects.map((rect) => rect.left)) - 12 &&
          top >= Math.min(...rects.map((rect) => rect.top)) - 12 &&
          right <= Math.max(...rects.map((rect) => rect.right)) + 12 &&
          bottom <= Math.max(...rects.map((rect) => rect.bottom)) + 12;
        const count = (path = '') => path.split('M').length - 1;
        return { bones: halo === bones ? count(bones) : -1, joints: count(joints), left, top, inBox };
      })
      .sort((a, b) => a.left - b.left),
  );
