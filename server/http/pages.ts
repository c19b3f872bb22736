import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import type { Handler } from 'hono';

/** Headers that every answer carries. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  // The two that make a page cross-origin isolated, which threads in WebAssembly need.
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(self), display-capture=(self), screen-wake-lock=(self), microphone=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

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
 * Serves the static export.
 * @throws Error when there is none
 */
export async function openPages(pagesDir: string): Promise<{ files: Handler; notFound: Handler }> {
  const files = await readdir(pagesDir).catch((): string[] => []);
  if (!files.includes('index.html')) {
    throw new Error(`There are no pages in ${pagesDir}. "npm run build" makes them.`);
  }
  const policies = new Map<string, string>();
  for (const file of files.filter((name) => name.endsWith('.html'))) {
    const full = path.join(pagesDir, file);
    policies.set(full, contentSecurityPolicy(await readFile(full, 'utf8')));
  }
  const onFound: NonNullable<Parameters<typeof serveStatic>[0]>['onFound'] = (found, c) => {
    // A precompressed file is the same page.
    const policy = policies.get(found.replace(/\.(br|gz)$/, ''));
    if (policy !== undefined) c.header('Content-Security-Policy', policy);
    // Next puts a hash of the content into the names below this path.
    const isImmutable = c.req.path.startsWith('/_next/static/');
    c.header('Cache-Control', isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  };
  const notFoundPage = serveStatic({ path: path.join(pagesDir, '404.html'), onFound });
  return {
    files: serveStatic({ root: pagesDir, precompressed: true, onFound }),
    async notFound(c, next) {
      const page = await notFoundPage(c, next);
      return page
        ? new Response(page.body, { status: 404, headers: page.headers })
        : c.text('Not found', 404);
    },
  };
}
