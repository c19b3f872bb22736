import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import * as v from 'valibot';
import type { Engine, EnginePage } from './engine.ts';
import { buttonXPath, inputSelector } from './find.ts';
import { openWebDriver, type WebDriverSession } from './webDriver.ts';

const DRIVER = '/usr/bin/WebKitWebDriver';
const XVFB = '/usr/bin/Xvfb';
const SCREEN = '2048x1200x24';
/** A browser that starts does so in one or two seconds, in a few on a busy machine. */
const SESSION_MS = 10_000;
/** A 4:3 window, as the tests in Chromium have. */
const WINDOW = { x: 0, y: 0, width: 960, height: 720 };

/** What of GStreamer the page's video needs, by Debian's package: sources and sinks, VP8, parsers. */
const PLUGINS = {
  'gstreamer1.0-plugins-base': 'libgstapp.so',
  'gstreamer1.0-plugins-good': 'libgstvpx.so',
  'gstreamer1.0-plugins-bad': 'libgstvideoparsersbad.so',
};

/** Why WebKit cannot be driven here; undefined if it can. */
export function whyNoWebKit(): string | undefined {
  const missing = Object.entries(PLUGINS)
    .filter(([, file]) => findLibrary(`gstreamer-1.0/${file}`) === undefined)
    .map(([name]) => name);
  if (!existsSync(DRIVER) || findMiniBrowser() === undefined) missing.push('webkit2gtk-driver');
  if (!existsSync(XVFB)) missing.push('xvfb');
  return missing.length > 0
    ? `WebKitGTK is not installed, or not all of it (Debian: "apt-get install ${missing.join(' ')}").`
    : undefined;
}

/**
 * The machine's own WebKitGTK: MiniBrowser with WebKit's mock camera, driven by WebKitWebDriver, on a screen of its
 * own without a display (Xvfb). Not Safari: the same engine with other cameras, codecs and graphics below it.
 */
export async function openWebKit(): Promise<Engine> {
  const binary = findMiniBrowser();
  const missing = whyNoWebKit();
  if (binary === undefined || missing !== undefined) throw new Error(missing);
  const screen = spawn(XVFB, ['-displayfd', '3', '-screen', '0', SCREEN, '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const display = await firstLine(screen, screen.stdio[3] as Readable);
  const startDriver = () =>
    openWebDriver(DRIVER, {
      ...process.env,
      DISPLAY: `:${display}`,
      // Off by default in WebKitGTK, whether isolated or not; in Safari it comes with isolation.
      JSC_useSharedArrayBuffer: '1',
    });
  const capabilities = {
    // As a person who goes on in spite of the warning.
    acceptInsecureCerts: true,
    'webkitgtk:browserOptions': {
      binary,
      args: [
        '--automation',
        '--enable-media-stream=true',
        '--enable-mock-capture-devices=true',
        '--enable-webrtc=true',
        '--media-playback-requires-user-gesture=false',
        // For `openWindow`.
        '--javascript-can-open-windows-automatically=true',
      ],
    },
  };
  let driver = await startDriver().catch(async (error: unknown) => {
    await end(screen);
    throw error;
  });
  const newSession = async () => {
    try {
      return await driver.newSession(capabilities, SESSION_MS);
    } catch (error) {
      if (!isTimeout(error)) throw error;
      // Now and then the driver never answers; a new one does.
      await driver.close();
      driver = await startDriver();
      return driver.newSession(capabilities, 4 * SESSION_MS);
    }
  };
  return {
    async open(url, { before = '' } = {}) {
      // A session is a browser of its own, with nothing stored.
      const session = await newSession();
      return openPage(session, url, before);
    },
    async close() {
      await driver.close();
      await end(screen);
    },
  };
}

/**
 * WebDriver cannot run a script before a page's own. So a first page of the same origin opens the real
 * one as a window: what is done to the window's global object before it is there stays
 * (https://html.spec.whatwg.org/multipage/browsing-the-web.html, "initial about:blank").
 */
async function openWindow(session: WebDriverSession, url: string, before: string): Promise<void> {
  await session.call('POST', '/url', { url: new URL('/healthz', url).href });
  const [first] = await session.handles();
  // By the driver and not by eval: the first page's policy holds in the window, too, and lets nothing be evaluated.
  await session.call('POST', '/execute/sync', {
    script: `const opened = window.open(arguments[0]);
      if (opened === null) throw new Error('WebKit opened no window.');
      with (opened) { ${before} }`,
    args: [url],
  });
  const handle = (await session.handles()).find((other) => other !== first);
  await session.call('POST', '/window', { handle });
  await session.call('POST', '/window/rect', WINDOW);
  await session.execute(
    () =>
      new Promise<void>((resolve) => {
        if (document.readyState === 'complete') resolve();
        else window.addEventListener('load', () => resolve(), { once: true });
      }),
    undefined,
  );
}

async function openPage(session: WebDriverSession, url: string, before: string): Promise<EnginePage> {
  await openWindow(session, url, before);
  const on = async (using: string, value: string, how: string, body: object) =>
    session.call('POST', `/element/${await session.find(using, value)}/${how}`, body);
  const press = async (using: string, value: string) => {
    for (let isPressed = false; !isPressed; ) {
      const id = await session.find(using, value);
      await session.execute(noteClick, { [WEB_ELEMENT]: id });
      await session.call('POST', `/element/${id}/click`, {});
      isPressed = await session.execute(wasClicked, CLICK_MS);
    }
  };
  return {
    evaluate: <Result, Given>(work: (given: Given) => Result | Promise<Result>, given?: Given) =>
      session.execute(work as (given: unknown) => Result | Promise<Result>, given),
    async press(name) {
      await press('xpath', buttonXPath(name));
    },
    async pressElement(selector) {
      await press('css selector', selector);
    },
    async chooseFile(testId, file) {
      await on('css selector', inputSelector(testId), 'value', { text: file });
    },
    reload: async () => {
      await session.call('POST', '/refresh', {});
    },
    async openAgain() {
      const here = await session.call('GET', '/window');
      const first = (await session.handles()).find((other) => other !== here);
      await session.call('POST', '/window', { handle: first });
      await session.execute(holdCaches, undefined);
      await session.call('POST', '/window', { handle: here });
      await session.call('DELETE', '/window');
      await session.call('POST', '/window', { handle: first });
      return openPage(session, url, before);
    },
    async resize(width, height) {
      // The window has a border and a bar of its own around the page.
      const inner = () => ({ width: innerWidth, height: innerHeight });
      const outer = v.parse(RECT, await session.call('GET', '/window/rect'));
      const now = await session.execute(inner, undefined);
      await session.call('POST', '/window/rect', {
        width: outer.width + width - now.width,
        height: outer.height + height - now.height,
      });
      const deadline = Date.now() + RESIZE_MS;
      for (let size = now; size.width !== width || size.height !== height; ) {
        if (Date.now() > deadline) {
          throw new Error(`The page is ${size.width}x${size.height} instead of ${width}x${height}.`);
        }
        size = await session.execute(inner, undefined);
      }
    },
    async key(name) {
      const active = Object.values(v.parse(ELEMENT, await session.call('GET', '/element/active')))[0];
      // A window without a window manager has no focus, and keys that go to it are lost; an element takes them.
      await session.call('POST', `/element/${active}/value`, { text: KEYS[name] ?? name });
    },
    screenshot: async () => Buffer.from(String(await session.call('GET', '/screenshot')), 'base64'),
    close: () => session.close(),
  };
}

/**
 * Runs in the page behind. A session of the driver is a private one, whose caches lose what is in them when no page has them open
 * any more; their names stay.
 */
async function holdCaches(): Promise<void> {
  const names = await caches.keys();
  Reflect.set(window, 'heldCaches', await Promise.all(names.map((name) => caches.open(name))));
}

/** How long a click may take from the driver to the page, where the machine is busy. */
const CLICK_MS = 3_000;

/** How an element is named in JSON: https://www.w3.org/TR/webdriver2/#elements */
const WEB_ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/**
 * Runs in the page, with an element in place of its name. After a change of the window's size, a click that the driver
 * counts as done may be where the element was before.
 */
function noteClick(element: object): void {
  delete document.documentElement.dataset.clicked;
  const note = () => {
    document.documentElement.dataset.clicked = '';
  };
  if (element instanceof Element) element.addEventListener('click', note, { capture: true, once: true });
}

/** Runs in the page. */
async function wasClicked(withinMs: number): Promise<boolean> {
  const endMs = performance.now() + withinMs;
  while (performance.now() < endMs) {
    if (document.documentElement.dataset.clicked !== undefined) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

const ELEMENT = v.record(v.string(), v.string());
const RECT = v.object({ width: v.number(), height: v.number() });
/** A window manager may take a moment; there is none here. */
const RESIZE_MS = 20_000;
/** Keys without a character: https://www.w3.org/TR/webdriver2/#keyboard-actions */
const KEYS: Readonly<Record<string, string>> = {
  Tab: '\uE004',
  Enter: '\uE007',
  Escape: '\uE00C',
  ArrowLeft: '\uE012',
  ArrowRight: '\uE014',
};

const isTimeout = (error: unknown): boolean => error instanceof DOMException && error.name === 'TimeoutError';

const findMiniBrowser = () => findLibrary('webkit2gtk-4.1/MiniBrowser');

/** A file below the folder of this machine's architecture, such as `/usr/lib/x86_64-linux-gnu`. */
function findLibrary(name: string): string | undefined {
  const folders = existsSync('/usr/lib') ? readdirSync('/usr/lib') : [];
  return folders.map((folder) => `/usr/lib/${folder}/${name}`).find((file) => existsSync(file));
}

/** @throws Error if the process ends without one */
async function firstLine(child: ChildProcess, output: Readable): Promise<string> {
  const [line] = await Promise.race([
    once(createInterface(output), 'line'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`${child.spawnfile} ended with ${code}.`);
    }),
  ]);
  return String(line);
}

async function end(child: ChildProcess): Promise<void> {
  const gone = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
  child.kill();
  await gone;
}
