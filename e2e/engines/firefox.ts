import { existsSync } from 'node:fs';
import puppeteer, { type Browser, type BrowserContext, type KeyInput } from 'puppeteer-core';
import * as v from 'valibot';
import type { Engine, EnginePage } from './engine.ts';
import { buttonXPath, inputSelector } from './find.ts';

/** How long an element is waited for. */
const FIND_MS = 20_000;

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

/** Settings of Firefox as in about:config. */
export type FirefoxPrefs = Readonly<Record<string, boolean | number | string>>;

export interface FirefoxEngine extends Engine {
  /** As a person who chooses Allow where Firefox asks whether a page may read canvases; also while it is open. */
  allowCanvas(url: string): Promise<void>;
  /** Whether Firefox has that question open now. */
  asksForCanvas(): Promise<boolean>;
}

/**
 * The machine's own Firefox, driven over WebDriver BiDi, with the fake camera that it brings and no question asked.
 * @param prefs differing from a new profile's
 */
export async function openFirefox(prefs: FirefoxPrefs = {}): Promise<FirefoxEngine> {
  const executablePath = findFirefox();
  if (executablePath === undefined) throw new Error(whyNoFirefox());
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath,
    // Its first start on a busy machine takes longer than the default of 30 s.
    timeout: 80_000,
    // As a person who goes on in spite of the warning.
    acceptInsecureCerts: true,
    // For `inChrome`.
    args: ['-remote-allow-system-access'],
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      ...prefs,
    },
  });
  await inChrome(browser, LEAVE_WORKERS_ALONE);
  return {
    async allowCanvas(url) {
      await inChrome(
        browser,
        `for (const { linkedBrowser } of gBrowser.tabs) {
          const { contentPrincipal } = linkedBrowser;
          if (contentPrincipal.originNoSuffix === ${JSON.stringify(url)}) {
            Services.perms.addFromPrincipal(contentPrincipal, 'canvas', Services.perms.ALLOW_ACTION);
          }
        }`,
      );
    },
    async asksForCanvas() {
      const asks = await inChrome(
        browser,
        `PopupNotifications._currentNotifications
          .some(({ id, dismissed }) => id === 'canvas-permissions-prompt' && !dismissed)`,
      );
      return asks === true;
    },
    open: async (url, { before } = {}) => openIn(await browser.createBrowserContext(), url, before),
    close: () => browser.close(),
  };
}

async function openIn(context: BrowserContext, url: string, before: string | undefined): Promise<EnginePage> {
  const page = await context.newPage();
  if (before !== undefined) await page.evaluateOnNewDocument(before);
  await page.goto(url);
  return {
    evaluate: <Result, Given>(work: (given: Given) => Result | Promise<Result>, given?: Given) =>
      // Our signature has an argument or none; puppeteer's list of arguments cannot say so.
      page.evaluate(work as (given: unknown) => Result | Promise<Result>, given),
    async press(name) {
      const button = await page.waitForSelector(`::-p-xpath(${buttonXPath(name)})`, { timeout: FIND_MS });
      await button?.click();
    },
    async pressElement(selector) {
      await (await page.waitForSelector(selector, { timeout: FIND_MS }))?.click();
    },
    async chooseFile(testId, file) {
      const input = await page.waitForSelector(inputSelector(testId));
      await (await input?.toElement('input'))?.uploadFile(file);
    },
    reload: async () => {
      await page.reload();
    },
    async openAgain() {
      await page.close();
      return openIn(context, url, before);
    },
    resize: (width, height) => page.setViewport({ width, height }),
    key: (name) => page.keyboard.press(name as KeyInput),
    screenshot: async () => Buffer.from(await page.screenshot()),
    close: async () => {
      if (!context.closed) await context.close();
    },
  };
}

/**
 * WebDriver BiDi registers a listener to workers, as the developer tools do. With one, a worker that starts another waits until that is
 * registered, on a condition that the new worker's thread waits on as well, and one of the two is woken: in one round of sixteen, of eight
 * workers each, it waited forever, and LiteRT.js with it. A person's Firefox has no such listener.
 */
const LEAVE_WORKERS_ALONE = `ChromeUtils.unregisterProcessActor('WebDriverWorkerListener')`;

const TREE = v.object({ result: v.object({ contexts: v.array(v.object({ context: v.string() })) }) });
const EVALUATED = v.object({
  result: v.object({ type: v.literal('success'), result: v.looseObject({ value: v.optional(v.unknown()) }) }),
});

/** Evaluates JavaScript in the browser's own window, where the permissions of pages are. */
async function inChrome(browser: Browser, expression: string): Promise<unknown> {
  // Puppeteer's types know the browser of all protocols; the connection is that of BiDi.
  const connection: { send(method: string, params: object): Promise<unknown> } = Reflect.get(
    browser,
    'connection',
  );
  const tree = await connection.send('browsingContext.getTree', { 'moz:scope': 'chrome' });
  const [context] = v.parse(TREE, tree).result.contexts;
  const evaluated = await connection.send('script.evaluate', {
    expression,
    target: context,
    awaitPromise: true,
  });
  return v.parse(EVALUATED, evaluated).result.result.value;
}

const findFirefox = () => FILES.find((file) => existsSync(file));
