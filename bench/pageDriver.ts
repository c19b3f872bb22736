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
