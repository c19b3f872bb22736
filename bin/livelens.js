#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// In a checkout the sources are what counts, whatever was built of them; elsewhere there is only what was built.
const source = new URL('../server/cli/main.ts', import.meta.url);
const isCheckout = existsSync(fileURLToPath(source));
if (isCheckout) {
  const { register } = await import('tsx/esm/api');
  register();
}

const [role, ...more] = process.argv.slice(2);
const isServer = role === 'serve' || role === 'worker';
if (isServer && !more.includes('--help') && !more.includes('-h')) {
  // Pages and models are in the package; a file of settings may be where the person is.
  process.env.LIVELENS_STARTED_IN = process.cwd();
  process.chdir(fileURLToPath(new URL('..', import.meta.url)));
  // The word "serve" would be Amazon SageMaker's.
  if (role === 'serve') process.argv[2] = 'start';
  await import(new URL(isCheckout ? '../server/main.ts' : '../dist/server/main.js', import.meta.url).href);
} else {
  await import(new URL(isCheckout ? source : '../dist/server/cli.js', import.meta.url).href);
}
