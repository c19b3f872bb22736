import { fileURLToPath } from 'node:url';
import { defineConfig } from 'playwright/test';

/**
 * What asserts when something happens, or lets the page choose by how fast server and device are: alone on the machine,
 * as a second browser at work would be measured along with the product.
 */
const TIMED = /[\\/](live|place|recovery|stream)\.spec\.ts$/;

/** Firefox and WebKit. */
const OTHER_ENGINES = /[\\/]engines[\\/]/;

/**
 * Three projects for `scripts/test.ts`, which runs one at a time: `together` with a worker for each of two cores,
 * `alone` with one, and `engines`, only when asked for, with two. In `together` what comes is asserted, not when. Timeouts are for a machine several times slower than
 * the one on which the tests were written: they end a test that hangs, and measure nothing.
 */
export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.spec.ts',
  globalSetup: fileURLToPath(new URL('./e2e/harness/build.ts', import.meta.url)),
  retries: 0,
  forbidOnly: process.env.CI !== undefined,
  reporter: 'list',
  timeout: 240_000,
  expect: { timeout: 30_000 },
  use: { screenshot: 'only-on-failure' },
  workers: 1,
  projects: [
    { name: 'together', testIgnore: [TIMED, OTHER_ENGINES], outputDir: 'test-results/together' },
    { name: 'alone', testMatch: TIMED, outputDir: 'test-results/alone' },
    { name: 'engines', testMatch: /[\\/]engines[\\/].*\.spec\.ts$/, outputDir: 'test-results/engines' },
  ],
});
