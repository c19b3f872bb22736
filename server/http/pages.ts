import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Handler } from 'hono';
import { SECURITY_HEADERS } from './securityHeaders.ts';
import { serveFiles } from './staticFiles.ts';

/** Where the runtimes of models on devices are served: `/runtime/VERSION/FILE`. */
export const RUNTIME_PATH = '/runtime/';

/**
 * The content security policy of a page of the static export: nothing from elsewhere, and of inline scripts only those
 * that the build wrote, each by its hash.
 */
function contentSecurityPolicy(html: string): string {
  const inlineScripts = [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)];
  const hashes = inlineScripts.map(
    ([, code = '']) => `'sha256-${createHash('sha256').update(code).digest('base64')}'`,
  );
  return [
    "default-src 'none'",
    `script-src 'self' ${[...new Set(hashes)].join(' ')}`,
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/**
 * What a script may do that runs as a worker: its own policy, as the page's does not apply to it. Workers compile
 * WebAssembly, which the page must not. Where a script is loaded into a page, its headers mean nothing.
 */
const WORKER_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "connect-src 'self'",
  "worker-src 'self'",
].join('; ');

/** @param file the name of what is served, not of its compressed copy */
export const scriptHeaders = (file: string): Readonly<Record<string, string>> =>
  /\.m?js$/.test(file) ? { 'Content-Security-Policy': WORKER_POLICY } : {};

/** The headers of a file of the static export that say what it may do. Who keeps the file keeps them with it. */
export function policiesOf(file: string, content: Uint8Array): Readonly<Record<string, string>> {
  if (!file.endsWith('.html')) return { ...SECURITY_HEADERS, ...scriptHeaders(file) };
  const policy = contentSecurityPolicy(new TextDecoder().decode(content));
  return { ...SECURITY_HEADERS, 'Content-Security-Policy': policy };
}

/**
 * The address of a page of the static export, below the server's: `measure` of `measure.html`, empty of `index.html`; undefined of
 * other files, and of the pages that say that there is nothing.
 */
export function pageAddress(file: string): string | undefined {
  const name = /^(?!404|_)([^/]+)\.html$/.exec(file)?.[1];
  return name === 'index' ? '' : name;
}

/**
 * Serves the static export, and the runtime for devices that the build puts next to it.
 * @throws Error when there is none
 */
export async function openPages(pagesDir: string): Promise<{ files: Handler; notFound: Handler }> {
  const found = await readdir(pagesDir, { recursive: true }).catch((): string[] => []);
  const files = new Set(found.map((file) => file.replaceAll(path.sep, '/')));
  if (!files.has('index.html')) {
    throw new Error(`There are no pages in ${pagesDir}. "npm run build" makes them.`);
  }
  const policies = new Map<string, string>();
  for (const file of [...files].filter((name) => name.endsWith('.html'))) {
    const full = path.join(pagesDir, file);
    policies.set(full, contentSecurityPolicy(await readFile(full, 'utf8')));
  }
  const names = new Set([...files].flatMap((file) => pageAddress(file) || []));
  // The same file under another name of its system, in capitals or with a dot behind it, would come without its policy.
  const isThere = (asked: string) => files.has(rewriteRequestPath(asked).slice(1) || 'index.html');
  const rewriteRequestPath = (asked: string) => (names.has(asked.slice(1)) ? `${asked}.html` : asked);
  const notFoundPage = await readFile(path.join(pagesDir, '404.html'), 'utf8');
  const headersOf = (file: string, asked: string): Readonly<Record<string, string>> => {
    const policy = policies.get(file);
    // Next puts a hash of the content into the names below the first path, the second holds a version. A page is none of
    // them: it says that there is nothing, which may change.
    const isImmutable =
      policy === undefined && ['/_next/static/', RUNTIME_PATH].some((start) => asked.startsWith(start));
    return {
      ...(policy !== undefined && { 'Content-Security-Policy': policy }),
      ...scriptHeaders(file),
      'Cache-Control': isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    };
  };
  const serve = serveFiles({ root: pagesDir, precompressed: true, rewriteRequestPath, headersOf });
  return {
    files: (c, next) => {
      const name = /^\/([^/]+)\/$/.exec(c.req.path)?.[1];
      // Relative addresses of the page need it without the slash. Relative: only the browser knows the path before it.
      if (name !== undefined && names.has(name)) {
        return Promise.resolve(c.redirect(`../${name}${new URL(c.req.url).search}`, 307));
      }
      return isThere(c.req.path) ? serve(c, next) : next();
    },
    notFound: (c) =>
      c.html(atDepthOf(c.req.raw.url, notFoundPage), 404, {
        'Content-Security-Policy': contentSecurityPolicy(notFoundPage),
        'Cache-Control': 'no-cache',
      }),
  };
}

/** Deeper addresses get the page without its styles. */
const MAX_DEPTH = 32;

/**
 * The addresses of a page's attributes, which are relative to the root of the pages, made relative to an address below it:
 * only the browser knows below which path that root is.
 */
function atDepthOf(url: string, html: string): string {
  const depth = Math.min(MAX_DEPTH, new URL(url).pathname.split('/').length - 2);
  return html.replaceAll('="./', `="${'../'.repeat(depth) || './'}`);
}
