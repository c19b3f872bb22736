import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build as esbuild } from 'esbuild';
import { pageAddress } from '../server/http/pages.ts';

/**
 * Makes the static export work below any path, which only the browser may know. Next has written its addresses relative to the
 * page (`assetPrefix` of `next.config.js`); what is left is done here.
 * @throws Error when Next writes something else than expected
 */
export async function makePagesRelative(pagesDir: string): Promise<void> {
  await rebaseWorkers(path.join(pagesDir, '_next/static/chunks'));
  for (const file of await readdir(pagesDir)) {
    if (pageAddress(file) === undefined) continue;
    const startCheck = await bundleStartCheck(file);
    await rewrite(path.join(pagesDir, file), (html) => withStartCheck(html, startCheck));
  }
  await rewrite(path.join(pagesDir, '404.html'), withoutScripts);
}

/**
 * Turbopack resolves the address of a worker, and those of the chunks that it names to the worker, from the root of the
 * origin. Its base for all of them is made absolute here, from the address of the page.
 */
const WORKER_BASE = /("SharedWorker"===\w+\.name,\w+=)(\w+\.b)(?=,)/g;

async function rebaseWorkers(chunksDir: string): Promise<void> {
  let found = 0;
  for (const name of (await readdir(chunksDir)).filter((file) => file.endsWith('.js'))) {
    const file = path.join(chunksDir, name);
    const code = await readFile(file, 'utf8');
    const rebased = code.replace(WORKER_BASE, (_, before: string, base: string) => {
      found += 1;
      return `${before}new URL(${base},document.baseURI).pathname`;
    });
    if (rebased !== code) await writeFile(file, rebased);
  }
  // Each page has a runtime of its own.
  if (found > 0) return;
  throw new Error(
    'The place where Turbopack starts workers was not found: has Next changed? See scripts/relativePages.ts.',
  );
}

/** Before all other scripts, so that it sees which of them do not load. */
export function withStartCheck(html: string, startCheck: string): string {
  const absolute = /(?:src|href)=\\?"\/[^"]*"|\\"\/_next\/[^"]*"/.exec(html)?.[0];
  if (absolute !== undefined) throw new Error(`The page has an address that is not relative: ${absolute}`);
  if (!html.includes('<head>')) throw new Error('The page has no <head>.');
  return html.replace('<head>', () => `<head><script>${startCheck}</script>`);
}

/** It is shown at any depth, and needs none of them. */
export function withoutScripts(html: string): string {
  return html.replaceAll(/<script\b[\s\S]*?<\/script>|<link rel="preload"[^>]*>/g, '');
}

/** @param page the page's file, such as `measure.html` */
async function bundleStartCheck(page: string): Promise<string> {
  const { outputFiles } = await esbuild({
    entryPoints: ['app/page/startCheck.ts'],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2020',
    write: false,
    define: { PAGE: JSON.stringify(path.parse(page).name) },
    logLevel: 'warning',
  });
  return outputFiles[0]?.text.trim() ?? '';
}

async function rewrite(file: string, change: (html: string) => string | Promise<string>): Promise<void> {
  await writeFile(file, await change(await readFile(file, 'utf8')));
}
