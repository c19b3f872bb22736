import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What tests start as processes, and what the server starts; see `ChildEntry` and server/testing/program.ts. */
const PROGRAMS = {
  main: 'server/main.ts',
  cli: 'server/cli/main.ts',
  worker: 'server/worker/main.ts',
  decoder: 'server/worker/decoder/main.ts',
  race: 'server/worker/race/main.ts',
  importer: 'server/import/run/importerMain.ts',
  killedStore: 'server/testing/killedStore.ts',
  killedThings: 'server/testing/killedThings.ts',
  natsWorker: 'server/testing/natsWorkerProcess.ts',
};

/** Modules that start those: bundled, they find them next to themselves. */
const STARTERS = ['server/config/forkChild.ts', 'server/testing/program.ts'];

/**
 * Run from their sources: some replace a module while it is loaded, which a bundle would have inside already; one starts
 * processes that no other test starts; and the parser of one requires an ES module, which Node.js before 20.19 does not.
 */
const UNBUNDLED = [
  'app/ui/words/wordsOutside.test.ts',
  'server/newTask.long.test.ts',
  'server/serving/accelerators.long.test.ts',
  'server/worker/batches.long.test.ts',
  'server/worker/race/raceProvider.long.test.ts',
  'server/worker/webAssembly.long.test.ts',
  'server/testing/socketQueue/socketQueueProcesses.test.ts',
].map(path.normalize);

/**
 * Bundles test files and the processes that they start, in a new folder below `dist`. Compiled once, a process starts in a
 * third of the time that it takes where each compiles its modules: half of the processor time of the tests went there.
 * @param files absolute paths
 * @returns the folder, for the caller to remove, and a bundle for each file
 */
export async function bundleTests(files: readonly string[]): Promise<{ dir: string; bundles: string[] }> {
  await mkdir(path.join(ROOT, 'dist'), { recursive: true });
  const dir = await mkdtemp(path.join(ROOT, 'dist', 'tests-'));
  // All in one folder, where `STARTERS` look, whatever chunk they are in.
  const nameOf = (file: string) => path.relative(ROOT, file).split(path.sep).join('.');
  const bundled = files.filter((file) => !UNBUNDLED.includes(path.relative(ROOT, file)));
  await build({
    absWorkingDir: ROOT,
    entryPoints: { ...PROGRAMS, ...Object.fromEntries(bundled.map((file) => [nameOf(file), file])) },
    outdir: dir,
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
    define: { 'import.meta.url': 'SOURCE_URL', 'import.meta.dirname': 'SOURCE_DIR' },
    banner: { js: 'const BUNDLE_URL = import.meta.url;' },
    plugins: [keepSourceUrls],
  });
  for (const file of files.filter((file) => !bundled.includes(file))) {
    const source = JSON.stringify(pathToFileURL(file).href);
    await writeFile(path.join(dir, `${nameOf(file)}.js`), `import 'tsx';\nawait import(${source});\n`);
  }
  return { dir, bundles: files.map((file) => path.join(dir, `${nameOf(file)}.js`)) };
}

/** `import.meta.url` stays that of the source, so that files next to it are found. */
const keepSourceUrls: Plugin = {
  name: 'keep source URLs',
  setup({ onLoad }) {
    onLoad({ filter: /\.tsx?$/ }, async ({ path: file }) => {
      const contents = await readFile(file, 'utf8');
      if (!contents.includes('import.meta')) return { contents, loader: loaderOf(file) };
      const isStarter = STARTERS.includes(path.relative(ROOT, file).split(path.sep).join('/'));
      const url = isStarter ? 'BUNDLE_URL' : JSON.stringify(pathToFileURL(file).href);
      // On the first line, so that the lines keep their numbers.
      const constants = `const SOURCE_URL = ${url}, SOURCE_DIR = ${JSON.stringify(path.dirname(file))};`;
      return { contents: constants + contents, loader: loaderOf(file) };
    });
  },
};

const loaderOf = (file: string) => (file.endsWith('x') ? 'tsx' : 'ts');
