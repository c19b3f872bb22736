import { existsSync } from 'node:fs';
import puppeteer from 'puppeteer-core';
import type { Engine, EnginePage } from './engine.ts';
import { buttonXPath, inputSelector } from './find.ts';

const FILES = [
  '/usr/bin/firefox-esr',
  '/usr/bin/firefox',
  '/Applications/Firefox.app/Contents/MacOS/firefox',
];

/** Why Firefox cannot be driven here; undefined if it can. */
export function whyNoFirefox(): string | undefined {
  return findFirefox() === undefined
    ? 'Firefox is not installed (Debian: "apt-get install firefox-esr").'
    : undefined;
}

/** The machine's own Firefox, driven over WebDriver BiDi, with the fake camera that it brings and no question asked. */
export async function openFirefox(): Promise<Engine> {
  const executablePath = findFirefox();
  if (executablePath === undefined) throw new Error(whyNoFirefox());
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath,
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
    },
  });
  return {
    async open(url, { before } = {}): Promise<EnginePage> {
      const context = await browser.createBrowserContext();
      const page = await context.newPage();
      if (before !== undefined) await page.evaluateOnNewDocument(before);
      await page.goto(url);
      return {
        evaluate: <Result, Given>(work: (given: Given) => Result | Promise<Result>, given?: Given) =>
          // Our signature has an argument or none; puppeteer's list of arguments cannot say so.
          page.evaluate(work as (given: unknown) => Result | Promise<Result>, given),
        async press(name) {
          const button = await page.waitForSelector(`::-p-xpath(${buttonXPath(name)})`, { timeout: 5_000 });
          await button?.click();
        },
        async pressElement(selector) {
          await (await page.waitForSelector(selector, { timeout: 5_000 }))?.click();
        },
        async chooseFile(testId, file) {
          const input = await page.waitForSelector(inputSelector(testId));
          await (await input?.toElement('input'))?.uploadFile(file);
        },
        reload: async () => {
          await page.reload();
        },
        screenshot: async () => Buffer.from(await page.screenshot()),
        close: async () => {
          if (!context.closed) await context.close();
        },
      };
    },
    close: () => browser.close(),
  };
}

const findFirefox = () => FILES.find((file) => existsSync(file));
