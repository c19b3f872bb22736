import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright';

/** Sets the browser to test with; before all others. */
const BROWSER_VARIABLE = 'LIVELENS_CHROMIUM';

/**
 * A Chromium or Chrome on this machine, or undefined: the one that LIVELENS_CHROMIUM names, else one that the
 * system has, else Playwright's own download.
 * @throws Error if LIVELENS_CHROMIUM names a file that is not there
 */
export function findChromium(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const named = env[BROWSER_VARIABLE];
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return named;
    throw new Error(`${BROWSER_VARIABLE} names ${named}, and there is no such file.`);
  }
  return [...systemBrowsers(env), chromium.executablePath()].find((file) => existsSync(file));
}

function systemBrowsers(env: Readonly<Record<string, string | undefined>>): string[] {
  switch (process.platform) {
    case 'win32':
      return [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA]
        .filter((folder) => folder !== undefined)
        .flatMap((folder) => [
          path.join(folder, 'Google/Chrome/Application/chrome.exe'),
          path.join(folder, 'Chromium/Application/chrome.exe'),
        ]);
    case 'darwin':
      return [
        '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
        '/Applications/Chromium.app/Contents/MacOS/Chromium',
      ];
    default:
      return ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].map((name) =>
        path.join('/usr/bin', name),
      );
  }
}
