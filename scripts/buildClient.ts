/**
 * Builds `client/dist`: each source of `client/` and `protocol/` as an ES module with its declarations, so that a bundler
 * takes only what an app uses. `npm pack` in `client/` runs it.
 */
import { execFile } from 'node:child_process';
import { copyFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CLIENT = path.join(ROOT, 'client');
const DIST = path.join(CLIENT, 'dist');

await rm(DIST, { recursive: true, force: true });
await compile();
await pointDeclarationsAtModules();
// npm puts a licence into every package, but looks for it in the package's own folder only.
await copyFile(path.join(ROOT, 'LICENSE'), path.join(CLIENT, 'LICENSE'));

async function compile(): Promise<void> {
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
  const tsc = path.join(path.dirname(typescript), 'bin/tsc');
  await promisify(execFile)(process.execPath, [tsc, '-p', CLIENT]).catch((cause: { stdout?: string }) => {
    throw new Error(`The client could not be compiled:\n${cause.stdout}`, { cause });
  });
}

/** The compiler leaves `./name.ts` in declarations, which only some settings of an app resolve. */
async function pointDeclarationsAtModules(): Promise<void> {
  const entries = await readdir(DIST, { withFileTypes: true, recursive: true });
  for (const entry of entries.filter(({ name }) => name.endsWith('.d.ts'))) {
    const file = path.join(entry.parentPath, entry.name);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replaceAll(/(['"]\.\.?\/[^'"\n]*)\.ts(['"])/g, '$1.js$2'));
  }
}
