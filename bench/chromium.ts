import { type Browser, type BrowserContext, chromium } from 'playwright';
import { findChromium } from '../scripts/browser.ts';

/** A browser that forgets all. */
export const launchChromium = (args: readonly string[] = []): Promise<Browser> =>
  chromium.launch({ executablePath: findOrThrow(), args: [...args] });

/** A browser that keeps what it loads, and what pages store, in a folder; the next one that is started there has them. */
export const launchProfile = (dir: string, args: readonly string[]): Promise<BrowserContext> =>
  chromium.launchPersistentContext(dir, {
    executablePath: findOrThrow(),
    args: [...args],
    viewport: { width: 1280, height: 800 },
  });

function findOrThrow(): string {
  const executablePath = findChromium(process.env);
  if (executablePath === undefined) throw new Error('No Chromium found; "npm test" gets one.');
  return executablePath;
}
