import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { build as esbuild } from 'esbuild';
import { pageAddress, policiesOf } from '../server/http/pages.ts';

interface PrecacheEntry {
  url: string;
  /** Changes with the content, unless the name does, and with the headers, which are kept with it. */
  revision: string;
  integrity: string;
}

/**
 * Writes `sw.js` into the pages, with the list of what the page is made of, as it lies there now. The same pages give the
 * same bytes: a browser takes any other byte for a new version.
 */
export async function buildServiceWorker(pagesDir: string): Promise<void> {
  await esbuild({
    entryPoints: { sw: 'app/offline/sw.ts' },
    outdir: pagesDir,
    bundle: true,
    minify: true,
    // Modules as service workers are younger than service workers.
    format: 'iife',
    target: 'es2022',
    define: {
      'process.env.NODE_ENV': '"production"',
      PRECACHE_ENTRIES: JSON.stringify(await precacheEntries(pagesDir)),
    },
    logLevel: 'warning',
  });
}

/** @param policies the headers with which the server serves a file */
export async function precacheEntries(pagesDir: string, policies = policiesOf): Promise<PrecacheEntry[]> {
  const page = await readFile(path.join(pagesDir, 'index.html'), 'utf8');
  const all = await readdir(pagesDir, { withFileTypes: true, recursive: true });
  const files = all
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(pagesDir, path.join(entry.parentPath, entry.name)))
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => isOfPage(file) && !isForOldBrowsers(file, page))
    .sort();
  return Promise.all(
    files.map(async (file) => {
      const content = await readFile(path.join(pagesDir, file));
      // While machines are updated one by one, the answer may come from one that has other pages: then it is not kept.
      const integrity = `sha256-${createHash('sha256').update(content).digest('base64')}`;
      // Relative to `sw.js`: the page may be below any path.
      const url = (pageAddress(file) ?? file) || './';
      const headers = JSON.stringify(policies(file, content));
      const changing = file.startsWith('_next/static/') ? headers : `${integrity} ${headers}`;
      return { url, revision: createHash('sha256').update(changing).digest('base64url'), integrity };
    }),
  );
}

/** The runtime for devices is not: it is large, and kept when it is used. */
function isOfPage(file: string): boolean {
  // The bundler leaves the source of each worker there; pages load what it made of that.
  if (/\.(br|map|ts)$/.test(file)) return false;
  if (pageAddress(file) !== undefined) return true;
  return /^(manifest\.webmanifest|icon\.svg|icons\/.*|_next\/static\/.*)$/.test(file);
}

/** Browsers with service workers support modules. */
function isForOldBrowsers(file: string, page: string): boolean {
  const tag = page.match(/<script[^>]*\snoModule[^>]*>/gi)?.find((script) => script.includes(`"./${file}"`));
  return tag !== undefined;
}
