import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { bundleLiveLens } from '../server/http/bundleLiveLens.ts';
import { LIVE_LENS_PATH } from '../server/http/liveLensScript.ts';
import { findRuntimes } from '../server/http/runtimeFiles.ts';
import { buildServer } from './buildServer.ts';
import { drawIcons } from './icons.ts';
import { makePagesRelative } from './relativePages.ts';
import { buildServiceWorker } from './serviceWorker.ts';

const SOURCES = ['app', 'client', 'protocol', 'vision', 'server'];
const PAGE_SOURCES = ['app', 'client', 'protocol', 'vision'];
const SINGLE_FILES = [
  'instrumentation-client.ts',
  'next.config.js',
  'package-lock.json',
  'scripts/build.ts',
  'scripts/buildServer.ts',
  'scripts/icons.ts',
  'scripts/relativePages.ts',
  'scripts/serviceWorker.ts',
];
const STAMP = 'dist/built.txt';
const PAGES = 'dist/next';

/**
 * Builds server and pages into `dist`, unless what is there was built from the same sources.
 * @param say where progress goes, a line at a time
 * @param signal ends it after the step that runs; "next build" at once
 * @throws the signal's reason
 */
export async function build(say: (line: string) => void, signal?: AbortSignal): Promise<void> {
  const hash = await hashOf(SOURCES);
  if ((await readFile(STAMP, 'utf8').catch(() => '')) === hash) return;
  // Not the server's files: one that runs may need them to replace a worker.
  await rm(PAGES, { recursive: true, force: true });
  await step(say, 'Building the server', async () => void (await buildServer()));
  signal?.throwIfAborted();
  await step(say, 'Building the pages', () => buildPages(signal));
  await makePagesRelative(PAGES);
  await copyRuntimes();
  await writeFile(path.join(PAGES, LIVE_LENS_PATH), await bundleLiveLens());
  signal?.throwIfAborted();
  await step(say, 'Making the pages installable', async () => {
    await drawIcons(PAGES);
    // Last of all: it has the hashes of what is there.
    await buildServiceWorker(PAGES);
  });
  await step(say, 'Compressing the pages', compressPages);
  await writeFile(STAMP, hash);
}

async function step(say: (line: string) => void, name: string, work: () => Promise<void>): Promise<void> {
  const startedAt = performance.now();
  say(`${name} ...`);
  await work();
  say(`${name}: done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}

async function hashOf(folders: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  const files = [...(await Promise.all(folders.map(filesBelow))).flat(), ...SINGLE_FILES];
  for (const file of files.filter(isSource).sort()) {
    hash.update(`${file}\0`).update(await readFile(file));
  }
  return hash.digest('hex');
}

/** No test, no text, and not what `npm pack` in `client/` makes. */
const isSource = (file: string) =>
  !/\.(test\.ts|md)$/.test(file) && !file.startsWith(path.join('client', 'dist') + path.sep);

async function buildPages(signal: AbortSignal | undefined): Promise<void> {
  const next = createRequire(import.meta.url).resolve('next/dist/bin/next');
  const child = spawn(process.execPath, [next, 'build'], {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      LIVELENS_BUILD_ID: (await hashOf(PAGE_SOURCES)).slice(0, 20),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal && { signal }),
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`"next build" ended with code ${code}:\n${output}`);
}

/** What runs models on devices; see app/offline/runtimeUrl.ts. */
async function copyRuntimes(): Promise<void> {
  for (const { dir, folder, files } of await findRuntimes()) {
    const target = path.join(PAGES, 'runtime', folder);
    await mkdir(target, { recursive: true });
    await Promise.all(files.map((file) => copyFile(path.join(dir, file), path.join(target, file))));
  }
}

/** Once here, not at every request. */
async function compressPages(): Promise<void> {
  const files = await filesBelow(PAGES);
  await Promise.all(files.filter((file) => COMPRESSIBLE.test(file)).map(compressFile));
}

const COMPRESSIBLE = /\.(html|m?js|css|svg|txt|json|webmanifest|wasm)$/;
const compress = promisify(brotliCompress);

async function compressFile(file: string): Promise<void> {
  const content = await readFile(file);
  if (content.byteLength < 1_024) return;
  // 27 MB of WebAssembly take 6 s at 9, and 1.2 s at 6, for 5 % more bytes.
  const quality = content.byteLength < 4 << 20 ? 9 : 6;
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: quality } };
  await writeFile(`${file}.br`, await compress(content, options));
}

async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await mkdir('dist', { recursive: true });
  await build((line) => process.stdout.write(`${line}\n`));
}
