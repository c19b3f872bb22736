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
  for (const file of (await readdir(pagesDir)).filter((name) => name.endsWith('.html'))) {
    const name = file.replace(/(index)?\.html$/, '');
    const change = isShownAnywhere(file)
      ? withoutScripts
      : async (html: string) => withStartCheck(html, await bundleStartCheck(name));
    await rewrite(path.join(pagesDir, file), change);
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
  // Each page has a runtime of its own.
  if (found > 0) return;
  throw new Error(
    'The place where Turbopack starts workers was not found: has Next changed? See scripts/relativePages.ts.',
  );
}

/** What says that there is nothing, at any address: `404.html`, and Next's own copy of it. */
const isShownAnywhere = (file: string) => /^(404|_)/.test(file);

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

/** @param page its name in the address, empty for the main page */
async function bundleStartCheck(page: string): Promise<string> {
  const { outputFiles } = await esbuild({
    entryPoints: ['app/page/startCheck.ts'],
    bundle: true,
    minify: true,
    define: { PAGE_NAME: JSON.stringify(page) },
    format: 'iife',
    target: 'es2020',
    write: false,
    logLevel: 'warning',
  });
  return outputFiles[0]?.text.trim() ?? '';
}

async function rewrite(file: string, change: (html: string) => string | Promise<string>): Promise<void> {
  await writeFile(file, await change(await readFile(file, 'utf8')));
}
