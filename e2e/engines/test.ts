import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BackendMode } from '../../app/recognizers/backend.ts';
import { framesOf } from '../footage/clips.ts';
import { drawClip } from '../footage/footage.ts';
import { giveRectOfBox } from '../harness/rectOf.ts';
import { test as base, expect } from '../harness/test.ts';
import { videoOf } from '../harness/videoOf.ts';
import { type Engine, type EngineName, type EnginePage, openEngine, scriptOf } from './engine.ts';
import { type FirefoxEngine, type FirefoxPrefs, openFirefox } from './firefox.ts';
import { beCamera, chooseBackend, countCalls, isAtWork, noteProblems, problemsOf, see } from './inPage.ts';

export interface OpenIn {
  url: string;
  /** JPEGs, base64: what the camera shows; the engine's own fake camera if left out. */
  camera?: readonly string[];
  /** Where frames are processed, as if a person had chosen it before. Default `server`. */
  place?: BackendMode;
  /** More to run before the page's code. */
  before?: string;
}

interface TestFixtures {
  /** Opens the page. An error or a violation of the content security policy fails the test. */
  openIn: (name: EngineName | Engine, options: OpenIn) => Promise<EnginePage>;
  /** A Firefox of its own with these settings. */
  firefoxWith: (prefs: FirefoxPrefs) => Promise<FirefoxEngine>;
}

interface WorkerFixtures {
  engines: { get(name: EngineName): Promise<Engine> };
  /** A camera before which a cat sits, as JPEGs (base64). */
  cats: readonly string[];
  /** A video file (WebM) of a cat. Made by Chromium: not every WebKit has an encoder. */
  catVideo: string;
}

/** For what is polled until it fits: the machine may have much else to do. */
export const PATIENTLY = { timeout: 30_000, intervals: [100] };

/** Runtime and model are downloaded, compiled and proven first. */
export const WHILE_PREPARING = { ...PATIENTLY, timeout: 90_000 };

/** Number of frames, which differ in their marker only: enough that the scene does not stand still. */
const FRAMES = 10;

export const test = base.extend<TestFixtures, WorkerFixtures>({
  engines: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's text to learn what is needed.
    async ({}, use) => {
      const open = new Map<EngineName, Promise<Engine>>();
      await use({
        get(name) {
          const engine = open.get(name) ?? openEngine(name);
          open.set(name, engine);
          return engine;
        },
      });
      for (const engine of open.values()) await (await engine).close();
    },
    { scope: 'worker' },
  ],
  cats: [
    // biome-ignore lint/correctness/noEmptyPattern: as above
    async ({}, use) => {
      const jpegs = await drawClip(framesOf('cat-still').slice(0, FRAMES));
      await use(jpegs.map((jpeg) => jpeg.toString('base64')));
    },
    { scope: 'worker' },
  ],
  catVideo: [
    async ({ browsers }, use) => {
      const { browser } = await browsers.get({ camera: 'none', answer: 'allow', flags: [] });
      const studio = await browser.newPage();
      const folder = await mkdtemp(path.join(tmpdir(), 'livelens-video-'));
      const file = path.join(folder, 'cat.webm');
      await writeFile(file, await videoOf('cat', studio));
      await studio.close();
      await use(file);
      await rm(folder, { recursive: true });
    },
    { scope: 'worker' },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: as above
  firefoxWith: async ({}, use) => {
    const open: FirefoxEngine[] = [];
    await use(async (prefs) => {
      const engine = await openFirefox(prefs);
      open.push(engine);
      return engine;
    });
    for (const engine of open) await engine.close();
  },
  // After `serve` and `firefoxWith`, so that pages are closed before their servers and browsers.
  openIn: async ({ engines, serve: _, firefoxWith: __ }, use) => {
    const pages: EnginePage[] = [];
    await use(async (name, { url, camera, place = 'server', before = '' }) => {
      const engine = typeof name === 'string' ? await engines.get(name) : name;
      const setUp = [
        scriptOf(noteProblems, undefined),
        scriptOf(countCalls, undefined),
        scriptOf(giveRectOfBox, undefined),
        scriptOf(chooseBackend, { place, base: new URL('.', url).pathname }),
        camera === undefined ? '' : scriptOf(beCamera, camera),
        before,
      ];
      const page = await engine.open(url, { before: setUp.join('\n') });
      pages.push(page);
      // Until the page is at work, its buttons are disabled and files that are chosen are lost.
      await expect.poll(() => page.evaluate(isAtWork), PATIENTLY).toBe(true);
      return page;
    });
    for (const page of pages) {
      expect.soft(await page.evaluate(problemsOf), 'errors and violations').toEqual([]);
      await page.close();
    }
  },
});

/** What the page shows, polled until it fits. */
export const seen = (page: EnginePage, options = PATIENTLY) => expect.poll(() => page.evaluate(see), options);

export const seesLabel = (page: EnginePage, label: string): Promise<void> =>
  seen(page).toMatchObject({ labels: expect.arrayContaining([label]) });

export { expect };
