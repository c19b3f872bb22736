import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Handler } from 'hono';
import { RUNTIME_PATH, scriptHeaders } from './pages.ts';
import { serveFiles } from './staticFiles.ts';

/** The files of a runtime for models on devices. */
export interface DeviceRuntime {
  /** Where the package has them. */
  readonly dir: string;
  /** What follows `RUNTIME_PATH` in their address; it holds the version, so that what is there never changes. */
  readonly folder: string;
  /** What browsers load, alone or from each other; the packages have more than 150 MB of other builds. */
  readonly files: readonly string[];
}

const ONNX_FILES: DeviceRuntime['files'] = [
  'ort.wasm.min.mjs',
  'ort-wasm-simd-threaded.mjs',
  'ort-wasm-simd-threaded.wasm',
  'ort.webgpu.min.mjs',
  'ort-wasm-simd-threaded.asyncify.mjs',
  'ort-wasm-simd-threaded.asyncify.wasm',
];

const LITERT_FILES: DeviceRuntime['files'] = [
  'litert_wasm_internal',
  'litert_wasm_threaded_internal',
].flatMap((name) => [`${name}.js`, `${name}.wasm`]);

/**
 * Where the packages are installed.
 * @throws Error when one is not
 */
export async function findRuntimes(): Promise<DeviceRuntime[]> {
  const require = createRequire(import.meta.url);
  // Both entries are in a folder next to the package's description.
  const onnx = path.dirname(require.resolve('onnxruntime-web/wasm'));
  const liteRt = path.dirname(require.resolve('@litertjs/core'));
  const version = async (dir: string): Promise<string> =>
    JSON.parse(await readFile(path.join(dir, '../package.json'), 'utf8')).version;
  return [
    { dir: onnx, folder: await version(onnx), files: ONNX_FILES },
    { dir: path.join(liteRt, '../wasm'), folder: `litert-${await version(liteRt)}`, files: LITERT_FILES },
  ];
}

/** In development, straight from the packages; the build puts copies next to the pages. */
export async function openRuntimeFiles(): Promise<Handler> {
  const handlers = new Map<string, Handler>();
  for (const { dir, folder, files } of await findRuntimes()) {
    const base = `${RUNTIME_PATH}${folder}/`;
    const serve = serveFiles({
      root: dir,
      rewriteRequestPath: (asked) => asked.slice(base.length - 1),
      headersOf: (file) => ({ ...scriptHeaders(file), 'Cache-Control': 'no-cache' }),
    });
    for (const file of files) handlers.set(base + file, serve);
  }
  return (c, next) => handlers.get(c.req.path)?.(c, next) ?? next();
}
