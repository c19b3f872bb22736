import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build as esbuild } from 'esbuild';

/**
 * Makes the static export work below any path, which only the browser may know. Next has written its addresses relative to the
 * page (`assetPrefix` of `next.config.js`); what is left is done here.
 * @throws Error when Next writes something else than expected
 */
export async function makePagesRelative(pagesDir: string): Promise<void> {
  await rebaseWorkers(path.join(pagesDir, '_next/static/chunks'));
  const startCheck = await bundleStartCheck();
  for (const name of (await readdir(pagesDir)).filter((file) => file.endsWith('.html'))) {
    const file = path.join(pagesDir, name);
    // The page for addresses that lead nowhere; Next writes it twice.
    if (/^(404|_not-found)\.html$/.test(name)) await rewrite(file, withoutScripts);
    else await rewrite(file, (html) => withStartCheck(html, startCheck));
  }
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
  if (found === 1) return;
  throw new Error(
    `The place where Turbopack starts workers was found ${found} times, expected once: has Next changed? See scripts/relativePages.ts.`,
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

async function bundleStartCheck(): Promise<string> {
  const { outputFiles } = await esbuild({
    entryPoints: ['app/page/startCheck.ts'],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2020',
    write: false,
    logLevel: 'warning',
  });
  return outputFiles[0]?.text.trim() ?? '';
}

async function rewrite(file: string, change: (html: string) => string): Promise<void> {
  await writeFile(file, change(await readFile(file, 'utf8')));
}
