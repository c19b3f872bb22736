import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Handler } from 'hono';
import { RUNTIME_PATH, scriptHeaders } from './pages.ts';
import { serveFiles } from './staticFiles.ts';

/** What browsers load of it, alone or from each other; the package has 140 MB of other builds. */
export const RUNTIME_FILES: readonly string[] = [
  'ort.wasm.min.mjs',
  'ort-wasm-simd-threaded.mjs',
  'ort-wasm-simd-threaded.wasm',
  'ort.webgpu.min.mjs',
  'ort-wasm-simd-threaded.asyncify.mjs',
  'ort-wasm-simd-threaded.asyncify.wasm',
];

/**
 * Where the package is installed.
 * @throws Error when it is not
 */
export async function findRuntime(): Promise<{ dir: string; version: string }> {
  const dir = path.dirname(createRequire(import.meta.url).resolve('onnxruntime-web/wasm'));
  const { version } = JSON.parse(await readFile(path.join(dir, '../package.json'), 'utf8'));
  return { dir, version };
}

/** In development, straight from the package; the build puts copies next to the pages. */
export async function openRuntimeFiles(): Promise<Handler> {
  const { dir, version } = await findRuntime();
  const base = `${RUNTIME_PATH}${version}/`;
  const files = serveFiles({
    root: dir,
    rewriteRequestPath: (asked) => asked.slice(base.length - 1),
    headersOf: (file) => ({ ...scriptHeaders(file), 'Cache-Control': 'no-cache' }),
  });
  return (c, next) => (RUNTIME_FILES.some((file) => c.req.path === base + file) ? files(c, next) : next());
}
