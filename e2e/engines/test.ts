import type { PlaceMode } from '../../app/recognizers/place.ts';
import { framesOf } from '../footage/clips.ts';
import { drawClip } from '../footage/footage.ts';
import { test as base, expect } from '../harness/test.ts';
import { type Engine, type EngineName, type EnginePage, openEngine, scriptOf } from './engine.ts';
import { beCamera, choosePlace, countCalls, isAtWork, noteProblems, problemsOf, see } from './inPage.ts';

export interface OpenIn {
  url: string;
  /** JPEGs, base64: what the camera shows; the engine's own fake camera if left out. */
  camera?: readonly string[];
  /** Where frames are looked at, as if a person had chosen it before. Default `server`. */
  place?: PlaceMode;
  /** More to run before the page's code. */
  before?: string;
}

interface TestFixtures {
  /** Opens the page. An error or a violation of the content security policy fails the test. */
  openIn: (name: EngineName, options: OpenIn) => Promise<EnginePage>;
}

interface WorkerFixtures {
  engines: { get(name: EngineName): Promise<Engine> };
  /** A camera before which a cat sits, as JPEGs (base64). */
  cats: readonly string[];
}

/** For what is looked at until it fits: the machine may have much else to do. */
export const PATIENTLY = { timeout: 15_000, intervals: [100] };

/** So many frames differ in their number, which is enough that the scene does not stand still. */
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
  // After `serve`, so that pages are closed before their servers.
  openIn: async ({ engines, serve: _ }, use) => {
    const pages: EnginePage[] = [];
    await use(async (name, { url, camera, place = 'server', before = '' }) => {
      const engine = await engines.get(name);
      const setUp = [
        scriptOf(noteProblems, undefined),
        scriptOf(countCalls, undefined),
        scriptOf(choosePlace, { place, base: new URL('.', url).pathname }),
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

/** What the page shows, looked at until it fits. */
export const seen = (page: EnginePage, options = PATIENTLY) => expect.poll(() => page.evaluate(see), options);

export const seesLabel = (page: EnginePage, label: string): Promise<void> =>
  seen(page).toMatchObject({ labels: expect.arrayContaining([label]) });

export { expect };
