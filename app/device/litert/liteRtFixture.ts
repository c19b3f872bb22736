import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';
import { loadRuntime } from './liteRtGraph.ts';

/** Loads LiteRT.js in Node.js, which it is not made for: it finds the functions of a classic worker. */
export async function loadInNode(): Promise<void> {
  const require = createRequire(import.meta.url);
  const entry = require.resolve('@litertjs/core');
  const dir = path.join(path.dirname(entry), '../wasm/');
  Object.assign(globalThis, {
    self: globalThis,
    require,
    __dirname: dir,
    importScripts(file: string) {
      Object.assign(globalThis, { __filename: file });
      vm.runInThisContext(readFileSync(file, 'utf8'), { filename: file });
    },
  });
  await loadRuntime(dir, 1);
}
