import { fileURLToPath } from 'node:url';
import { defineConfig } from 'playwright/test';

/**
 * What asserts when something happens, or lets the page choose by how fast server and device are: alone on the machine,
 * as a second browser at work would be measured along with the product. Firefox and WebKit draw without a GPU here, and
 * need both cores for their boxes to keep up with the video.
 */
const TIMED =
  /[\\/]((controls|device|deviceModels|live|models|place|recovery|stream)|engines[\\/]\w+)\.spec\.ts$/;

/**
 * Two projects, for `scripts/test.ts` to run one after the other: `together` with a worker for each of two cores,
 * `alone` with one. What the first waits for may take longer, as its neighbour takes half of the machine; what comes is
 * asserted, not when.
 */
export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.spec.ts',
  globalSetup: fileURLToPath(new URL('./e2e/harness/build.ts', import.meta.url)),
  retries: 0,
  forbidOnly: process.env.CI !== undefined,
  reporter: 'list',
  use: { screenshot: 'only-on-failure' },
  workers: 1,
  projects: [
    {
      name: 'together',
      testIgnore: TIMED,
      outputDir: 'test-results/together',
      timeout: 120_000,
      expect: { timeout: 20_000 },
    },
    {
      name: 'alone',
      testMatch: TIMED,
      outputDir: 'test-results/alone',
      timeout: 30_000,
      expect: { timeout: 5_000 },
    },
  ],
});
