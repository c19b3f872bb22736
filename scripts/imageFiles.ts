/**
 * `npm run image:files -- FOLDER`: copies what a server needs at run time, and nothing else, into a new folder. The last stage of
 * deploy/docker/Dockerfile holds exactly these files. Needs a build; prints the size of each part.
 *   --platform linux-x64   for another system than this one; its packages must be installed
 */
import { copyFile, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildServer } from './buildServer.ts';
import { packageOf } from './packageOf.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Packages that the built server names and never loads in production. */
const NOT_LOADED: Readonly<Record<string, string>> = {
  next: 'only with --dev',
  esbuild: 'only with --dev',
  'onnxruntime-web': 'only where onnxruntime-node has no library: it has one for each system of an image',
};

/** Packages in the built files whose libraries for this system are packages of their own, by a name that is made at run time. */
const WITH_LIBRARIES = ['sharp'];

/** Packages that packages in the built files take where there are any for this system. */
const OPTIONAL = ['bufferutil'];

/** Dependencies that a package declares for its install script or its types. */
const NOT_AT_RUN_TIME = new Set([
  // onnxruntime-node: its install script downloads GPU libraries; .npmrc lets no script run.
  'adm-zip',
  'global-agent',
  // zxing-wasm: types alone.
  'type-fest',
  '@types/emscripten',
]);

/** In any package: types, maps, texts that are no licence, and what tests it. */
const IN_NO_PACKAGE =
  /\.([cm]?ts|map|flow|markdown|md|tsbuildinfo)$|(^|\/)(tests?|__tests__|examples?|docs|\.github)\//;
const IS_LICENCE = /(^|\/)(licen[cs]e|notice|copying|third-?party)[^/]*$/i;

/** In one package: what this server does not load of it. */
const NOT_LOADED_IN: Readonly<Record<string, RegExp>> = {
  '@litertjs/core': /_(jspi|threaded)_/,
  bufferutil: /^(src|deps)\/|^binding\.gyp$/,
  'node-gyp-build': /^(bin|build-test|optional)\.js$/,
  'onnxruntime-node': /^(script|lib)\//,
  'onnxruntime-common': /^dist\/esm\/|^lib\//,
  'zxing-wasm': /^dist\/(cjs|iife|full|writer|miniprogram)\/|^dist\/es\/(full|writer)\//,
};

interface ImagePart {
  name: string;
  files: number;
  bytes: number;
}

/**
 * @param target a folder that is not there yet, or is empty
 * @param platform `linux-x64`, as Node.js names systems and processors
 * @returns what was copied, the largest first
 * @throws Error when the build or a package of that platform is not there
 */
async function copyImageFiles(
  target: string,
  platform = `${process.platform}-${process.arch}`,
): Promise<ImagePart[]> {
  if ((await readdir(target).catch(() => [])).length > 0) {
    throw new Error(`${target} is not empty. Name a new folder, or empty it.`);
  }
  const server = await filesBelow('dist/server').catch((cause) => {
    throw new Error('There is no built server in dist/server. "npm run build" makes it.', { cause });
  });
  const { loaded, bundled } = await packagesAtRunTime(platform);
  const parts = new Map<string, ImagePart>();
  const copy = async (name: string, files: readonly string[]) => {
    for (const file of files) {
      const from = path.join(ROOT, file);
      const to = path.join(target, file);
      await mkdir(path.dirname(to), { recursive: true });
      await copyFile(from, to);
      const part = parts.get(name) ?? { name, files: 0, bytes: 0 };
      parts.set(name, { name, files: part.files + 1, bytes: part.bytes + (await stat(from)).size });
    }
  };
  await copy('package', ['package.json', 'LICENSE', 'bin/livelens.js']);
  await copy(
    'server',
    server.filter((file) => !file.endsWith('.map')),
  );
  const pages = (await filesBelow('dist/next')).filter(
    (file) => !/^dist\/next\/(types|cache|dev)\//.test(file),
  );
  const isRuntime = (file: string) => file.startsWith('dist/next/runtime/');
  await copy(
    'pages',
    pages.filter((file) => !isRuntime(file)),
  );
  await copy('runtime for browsers', pages.filter(isRuntime));
  for (const id of ['coco-ssd', 'text', 'things'])
    await copy(`models/${id}`, await filesBelow(`models/${id}`));
  // For their conditions, and for tools that look in node_modules for what an image holds.
  for (const folder of bundled) {
    const files = await filesBelow(folder, (dir) => path.basename(dir) !== 'node_modules');
    const isKept = (file: string) => IS_LICENCE.test(file) || file === `${folder}/package.json`;
    await copy('licences of packages that are in the built files', files.filter(isKept));
  }
  for (const folder of loaded) {
    const name = nameOf(folder);
    const files = await filesBelow(folder, (dir) => path.basename(dir) !== 'node_modules');
    const isLoaded = (file: string) => {
      const inside = file.slice(folder.length + 1);
      if (IS_LICENCE.test(inside)) return true;
      if (IN_NO_PACKAGE.test(inside) || NOT_LOADED_IN[name]?.test(inside)) return false;
      const [, system, processor] = /^(?:bin\/napi-v\d+|prebuilds)\/([^/-]+)[/-]([^/]+)\//.exec(inside) ?? [];
      return system === undefined || `${system}-${processor}` === platform;
    };
    await copy(name, files.filter(isLoaded));
  }
  return [...parts.values()].sort((a, b) => b.bytes - a.bytes);
}

interface Packages {
  /** Folders of those that the built server imports, and of all that these import. */
  loaded: string[];
  /** Folders of those that are part of the built files. */
  bundled: string[];
}

async function packagesAtRunTime(platform: string): Promise<Packages> {
  const { main, others } = await buildServer({ write: false });
  const imported = [main, others]
    .flatMap(({ outputs }) => Object.values(outputs).flatMap((output) => output.imports))
    // What CommonJS requires and is not in the files is optional.
    .filter((one) => one.external && one.kind !== 'require-call' && !isBuiltin(one.path))
    .map((one) => packageOf(`node_modules/${one.path}`) ?? one.path)
    .filter((name) => !Object.hasOwn(NOT_LOADED, name));
  const bundled = new Set(
    [main, others].flatMap(({ inputs }) => Object.keys(inputs).flatMap((file) => folderOf(file) ?? [])),
  );
  const found = new Set<string>();
  const visit = async (name: string, from: string, isNeeded: boolean) => {
    const folder = await findPackage(name, from);
    if (folder === undefined) {
      if (isNeeded) throw new Error(`The package ${name} is not installed. "npm ci" installs it.`);
      return;
    }
    if (found.has(folder)) return;
    found.add(folder);
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
      await readFile(path.join(ROOT, folder, 'package.json'), 'utf8'),
    );
    for (const next of Object.keys(dependencies)) {
      if (!NOT_AT_RUN_TIME.has(next)) await visit(next, folder, !Object.hasOwn(optionalDependencies, next));
    }
    // sharp has a package for each system; those of others may be installed as well.
    for (const next of Object.keys(optionalDependencies)) {
      if (!next.startsWith('@img/') || next.endsWith(`-${platform}`)) await visit(next, folder, false);
    }
  };
  for (const name of new Set([...imported, ...WITH_LIBRARIES])) await visit(name, '', true);
  for (const name of OPTIONAL) await visit(name, '', false);
  const hasPictures = [...found].some((folder) => folder.endsWith(`@img/sharp-${platform}`));
  if (!hasPictures) {
    throw new Error(
      `The packages of ${platform} are not installed. Run this there, or "npm ci --os=… --cpu=…" first.`,
    );
  }
  const loaded = [...found].filter((folder) => !bundled.has(folder));
  return { loaded: loaded.sort(), bundled: [...bundled].sort() };
}

/** As Node.js searches: next to the one that asks, then further up. */
async function findPackage(name: string, from: string): Promise<string | undefined> {
  for (let folder = from; ; folder = path.posix.dirname(folder)) {
    const candidate = path.posix.join(folder === '.' ? '' : folder, 'node_modules', name);
    if (await stat(path.join(ROOT, candidate, 'package.json')).catch(() => undefined)) return candidate;
    if (folder === '' || folder === '.') return undefined;
  }
}

const nameOf = (folder: string) => packageOf(folder) ?? folder;

/** The folder of the package that a file belongs to. */
const folderOf = (file: string): string | undefined =>
  /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];

/** Relative to the repository, with `/` on every system. */
async function filesBelow(folder: string, enter: (dir: string) => boolean = () => true): Promise<string[]> {
  const entries = await readdir(path.join(ROOT, folder), { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const file = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return enter(file) ? filesBelow(file, enter) : [];
      return [file];
    }),
  );
  return found.flat().sort();
}

const inMegabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { platform: { type: 'string' } },
    allowPositionals: true,
  });
  const [folder] = positionals;
  if (folder === undefined || positionals.length > 1) {
    throw new Error('Usage: npm run image:files -- FOLDER [--platform linux-x64]');
  }
  const parts = await copyImageFiles(path.resolve(process.env.INIT_CWD ?? '.', folder), values.platform);
  const sum = (of: readonly ImagePart[]) => of.reduce((total, { bytes }) => total + bytes, 0);
  for (const part of parts.slice(0, SHOWN))
    console.log(`${inMegabytes(part.bytes).padStart(10)}  ${part.name}`);
  const others = parts.slice(SHOWN);
  console.log(`${inMegabytes(sum(others)).padStart(10)}  ${others.length} others`);
  const files = parts.reduce((total, part) => total + part.files, 0);
  console.log(`${inMegabytes(sum(parts)).padStart(10)}  in ${files} files: ${folder}`);
}

const SHOWN = 12;

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
