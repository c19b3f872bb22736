/**
 * Builds `client/dist`: each source of `client/` and `protocol/` as an ES module with its declarations, so that a bundler
 * takes only what an app uses. `npm pack` in `client/` runs it. The compiler knows no types of Node there, so what needs
 * Node does not compile.
 */
import { execFile } from 'node:child_process';
import { copyFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CLIENT = path.join(ROOT, 'client');

await rm(path.join(CLIENT, 'dist'), { recursive: true, force: true });
const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
const tsc = path.join(path.dirname(typescript), 'bin/tsc');
await promisify(execFile)(process.execPath, [tsc, '-p', CLIENT]).catch((cause: { stdout?: string }) => {
  throw new Error(`The client could not be compiled:\n${cause.stdout}`, { cause });
});
// npm puts a licence into every package, but takes it from the package's own folder only.
await copyFile(path.join(ROOT, 'LICENSE'), path.join(CLIENT, 'LICENSE'));
