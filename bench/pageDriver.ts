import type { Browser } from 'playwright';
import { type EngineName, type EnginePage, openEngine } from '../e2e/engines/engine.ts';
import { launchChromium } from './chromium.ts';

export type BrowserName = 'chromium' | EngineName;

/** As a reader knows them. */
export const BROWSER_NAMES: Readonly<Record<BrowserName, string>> = {
  chromium: 'Chromium',
  firefox: 'Firefox',
  webkit: 'WebKit',
};

/** A page of a browser. Functions that run in it are sent there as text: self-contained, and without functions that have names. */
export type DrivenPage = Pick<EnginePage, 'evaluate' | 'close'>;

/** How long a script in the page may wait: some drivers end it after 30 s. */
const SCRIPT_MS = 10_000;

/**
 * Waits for what happens in a page.
 * @param ask runs in the page; null where nothing came within its time, then it is asked again
 * @throws Error with `problem` if nothing has come after `ms`
 */
export async function askUntil<Answer>(
  page: DrivenPage,
  ask: (withinMs: number) => Promise<Answer | null>,
  limit?: { ms: number; problem: string },
): Promise<Answer> {
  const startedAt = performance.now();
  for (;;) {
    const answer = await page.evaluate(ask, SCRIPT_MS);
    if (answer !== null) return answer;
    if (limit && performance.now() - startedAt > limit.ms) throw new Error(limit.problem);
  }
}

/** A browser that forgets all, whichever it is. */
export interface DrivenBrowser {
  open(url: string): Promise<DrivenPage>;
  close(): Promise<void>;
}

/** @throws Error if it is not installed */
export async function openBrowser(name: BrowserName): Promise<DrivenBrowser> {
  return name === 'chromium' ? drivenChromium(await launchChromium()) : openEngine(name);
}

export const drivenChromium = (browser: Browser): DrivenBrowser => ({
  async open(url) {
    const page = await browser.newPage();
    await page.goto(url);
    return {
      evaluate: <Result, Given>(work: (given: Given) => Result | Promise<Result>, given?: Given) =>
        // The signature has an argument or none; Playwright's cannot say so.
        page.evaluate(work as (given: unknown) => Result | Promise<Result>, given),
      close: () => page.close(),
    };
  },
  close: () => browser.close(),
});
