import path from 'node:path';
import type { CDPSession, Page } from 'playwright';
import { axeViolations } from './axe.ts';
import { layoutFaults } from './layoutFaults.ts';
import type { Lens } from './lens.ts';
import { expect } from './test.ts';

interface Surroundings {
  readonly name: string;
  /**
   * Which rules of axe are tried here: all once where there is least room and once with all controls; those of layout where
   * it is another one; none where it is that of another entry.
   */
  readonly rules: 'all' | 'layout' | 'none';
  readonly width: number;
  readonly height: number;
  /** The size of text that a person has set in the browser, pixels. Default 16, as browsers come. */
  readonly textPx?: number;
  readonly forcedColors?: 'active';
  readonly reducedMotion?: 'reduce';
}

/** What people look at the page with. */
export const SURROUNDINGS: readonly Surroundings[] = [
  { name: 'small phone', rules: 'all', width: 320, height: 640 },
  { name: 'phone', rules: 'layout', width: 390, height: 844 },
  { name: 'phone on its side', rules: 'layout', width: 844, height: 390 },
  { name: 'laptop', rules: 'all', width: 1280, height: 800 },
  { name: 'projector', rules: 'layout', width: 1920, height: 1080 },
  // 1280 by 1024.
  { name: 'zoomed to 400 %', rules: 'layout', width: 320, height: 256 },
  { name: 'large text', rules: 'layout', width: 1280, height: 800, textPx: 32 },
  { name: 'large text, phone', rules: 'layout', width: 390, height: 844, textPx: 32 },
  { name: 'forced colours', rules: 'none', width: 1280, height: 800, forcedColors: 'active' },
  { name: 'forced colours, phone', rules: 'none', width: 390, height: 844, forcedColors: 'active' },
  { name: 'reduced motion', rules: 'none', width: 390, height: 844, reducedMotion: 'reduce' },
];

const sessions = new WeakMap<Page, CDPSession>();

/** A folder for pictures of each screen, for a person to look at; none by default. */
const SHOTS = process.env.LIVELENS_SHOTS;

export async function surround(page: Page, surroundings: Omit<Surroundings, 'rules'>): Promise<void> {
  const { width, height, textPx = 16, forcedColors, reducedMotion } = surroundings;
  const devtools = sessions.get(page) ?? (await page.context().newCDPSession(page));
  sessions.set(page, devtools);
  await Promise.all([
    page.setViewportSize({ width, height }),
    page.emulateMedia({
      forcedColors: forcedColors ?? 'none',
      reducedMotion: reducedMotion ?? 'no-preference',
    }),
    devtools.send('Page.setFontSizes', { fontSizes: { standard: textPx, fixed: textPx } }),
  ]);
  // What changed has been laid out, and is where it comes to rest.
  await page.evaluate(async () => {
    const drawn = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    await drawn();
    const ending = document.getAnimations().filter(({ effect }) => effect?.getTiming().iterations === 1);
    for (const animation of ending) animation.finish();
    if (ending.length > 0) await drawn();
  });
}

/** Times in a row, a drawn picture apart, that a fault is seen before it counts. */
const LASTING = 3;

/**
 * What is wrong with the layout, and stays so. Over a moving picture names are written first and laid out when the browser has
 * measured them, before it draws: what is read between the two is never on a screen.
 */
async function lastingFaults(page: Page): Promise<string[]> {
  // A name is the same with another score.
  const withoutScores = (fault: string) => fault.replace(/\d+/g, '');
  let lasting: string[] | undefined;
  for (let time = 0; time < LASTING && lasting?.length !== 0; time++) {
    if (time > 0) {
      await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
    }
    const before = lasting?.map(withoutScores);
    const faults = await page.evaluate(layoutFaults);
    lasting = faults.filter((fault) => before?.includes(withoutScores(fault)) ?? true);
  }
  return lasting ?? [];
}

/**
 * The page as it is, in all surroundings: nothing that axe finds, nothing cut off, covered or out of reach.
 * @param isWithin what is on the screen is also on the next one that is looked at, where axe reads it: only its layout is
 *   looked at here
 */
export async function looksRight(
  { page }: Lens,
  screen: string,
  { isWithin = false }: { isWithin?: boolean } = {},
): Promise<void> {
  for (const surroundings of SURROUNDINGS) {
    await surround(page, surroundings);
    if (SHOTS) await page.screenshot({ path: path.join(SHOTS, `${screen} ${surroundings.name}.png`) });
    if (surroundings.reducedMotion) {
      const moving = await page.evaluate(() =>
        document
          .getAnimations()
          .filter(
            ({ playState, effect }) => playState === 'running' && Number(effect?.getTiming().duration) > 1,
          )
          .map((animation) =>
            'animationName' in animation ? String(animation.animationName) : 'a transition',
          ),
      );
      expect.soft(moving, `${screen}: what moves`).toEqual([]);
    }
    const faults = [
      ...(await lastingFaults(page)),
      ...(isWithin || surroundings.rules === 'none' ? [] : await axeViolations(page, surroundings.rules)),
    ];
    expect.soft(faults, `${screen}, ${surroundings.name}`).toEqual([]);
  }
  const [first] = SURROUNDINGS;
  if (first) await surround(page, first);
}
