import type { Locator, Page } from 'playwright';
import { expect } from 'playwright/test';
import { readMarker } from '../footage/marker.ts';
import type { Browsers } from './browsers.ts';
import { MARKER_POINTS } from './lens.ts';

/** `/screen`, open in a browser without a camera. */
export interface Screen {
  readonly page: Page;
  readonly wall: Locator;
  /** Those that are shown. */
  readonly tiles: Locator;
  /** The tile of this name. */
  tile(name: string): Locator;
  /** Looks at a tile with each display frame. */
  watch(durationMs: number): Promise<TileSample[]>;
  /** Errors in the console, and what the content security policy stopped. */
  readonly problems: readonly string[];
  close(): Promise<void>;
}

/** A tile with a picture, at one moment. */
interface TileSample {
  camera: string;
  /** ms since 1970. */
  atMs: number;
  /** Age of the picture by the page's own word, and its bound. */
  ageMs: number;
  maxAgeMs: number;
  /** Which frame of the footage it shows; null where that cannot be read. */
  frame: number | null;
}

export async function openScreen(
  browsers: Browsers,
  url: string,
  { fragment = '', locale = 'en', viewport = { width: 1280, height: 800 } } = {},
): Promise<Screen> {
  const { browser } = await browsers.get({ camera: 'none', answer: 'allow', flags: [] });
  const context = await browser.newContext({ viewport, locale, serviceWorkers: 'block' });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.goto(`${url}/screen${fragment}`);
  const tiles = page.getByTestId('tile').filter({ visible: true });
  return {
    page,
    wall: page.getByTestId('wall'),
    tiles,
    tile: (name) => tiles.filter({ has: page.getByText(name, { exact: true }) }),
    problems,
    async watch(durationMs) {
      const raw = await page.evaluate(sampleTiles, { durationMs, points: MARKER_POINTS });
      return raw.map(({ brightness, ...sample }) => ({ ...sample, frame: readMarker(brightness) }));
    },
    close: () => context.close(),
  };
}

/** Waits until a tile shows a picture. */
export const hasPicture = (tile: Locator) => expect(tile).toHaveAttribute('data-picture', 'live');

/** Runs in the page. */
async function sampleTiles({
  durationMs,
  points,
}: {
  durationMs: number;
  points: readonly (readonly [{ x: number; y: number }, { x: number; y: number }])[];
}) {
  const samples: {
    camera: string;
    atMs: number;
    ageMs: number;
    maxAgeMs: number;
    brightness: [number, number][];
  }[] = [];
  const scratch = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const untilMs = performance.now() + durationMs;
  while (performance.now() < untilMs) {
    // After the display frame is drawn, with the time of its start.
    const nowMs = await new Promise<number>((resolve) => {
      requestAnimationFrame(() => {
        const atMs = performance.now();
        const drawn = new MessageChannel();
        drawn.port1.onmessage = () => resolve(atMs);
        drawn.port2.postMessage(undefined);
      });
    });
    for (const tile of document.querySelectorAll<HTMLElement>('[data-testid="tile"][data-picture="live"]')) {
      const canvas = tile.querySelector('canvas');
      if (canvas === null || scratch === null) continue;
      const lightAt = ({ x, y }: { x: number; y: number }) => {
        scratch.drawImage(canvas, x * canvas.width, y * canvas.height, 1, 1, 0, 0, 1, 1);
        return scratch.getImageData(0, 0, 1, 1).data[1] ?? 0;
      };
      samples.push({
        camera: tile.dataset.camera ?? '',
        atMs: performance.timeOrigin + nowMs,
        ageMs: nowMs - Number(tile.dataset.capturedAtMs),
        maxAgeMs: Number(tile.dataset.maxAgeMs),
        brightness: points.map(([bit, complement]) => [lightAt(bit), lightAt(complement)]),
      });
    }
  }
  return samples;
}
