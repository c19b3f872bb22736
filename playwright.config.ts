import { fileURLToPath } from 'node:url';
import { defineConfig } from 'playwright/test';

/**
 * One worker: the tests time what a person sees while a browser and a server share the machine's cores, and a
 * second browser at work would be measured along with the product.
 */
export default defineConfig({
  testDir: 'e2e',
  testMatch: '**/*.spec.ts',
  globalSetup: fileURLToPath(new URL('./e2e/harness/build.ts', import.meta.url)),
  outputDir: 'test-results',
  workers: 1,
  retries: 0,
  forbidOnly: process.env.CI !== undefined,
  timeout: 30_000,
  expect: { timeout: 5_000 },
  reporter: 'list',
  use: { screenshot: 'only-on-failure' },
});
