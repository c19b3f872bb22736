import { defineConfig } from 'playwright/test';
import config from '../playwright.config.ts';

/** `npm run screenshot`: the pictures in README and docs, taken from the running product. */
export default defineConfig({
  ...config,
  testDir: '.',
  outputDir: '../test-results',
  testMatch: 'screenshot.ts',
});
