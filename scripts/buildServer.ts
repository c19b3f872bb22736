import { type BuildOptions, build as esbuild, type Metafile } from 'esbuild';

/**
 * Packages that stay in node_modules, since they look for files of their own next to themselves. All others become part of the
 * built files: Node.js takes about 1 ms to find and read a module, and the packages of the server and of a worker have 500.
 */
const STAY_IN_NODE_MODULES = [
  '@litertjs/core',
  // Of ws, where there is one for the system: takes the mask off a frame of 67 kB in 2 µs, JavaScript in 100.
  'bufferutil',
  'esbuild',
  'next',
  'onnxruntime-node',
  'onnxruntime-web',
  'zxing-wasm',
];

/** What is started by people, and by the server; the keys are the names of the built files. */
const OTHERS = {
  cli: 'server/cli/main.ts',
  worker: 'server/worker/main.ts',
  decoder: 'server/worker/decoder/main.ts',
  learner: 'server/things/learner/main.ts',
  race: 'server/worker/race/main.ts',
  importer: 'server/import/run/importerMain.ts',
};

const OPTIONS = {
  outdir: 'dist/server',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  external: STAY_IN_NODE_MODULES,
  // Packages in CommonJS ask for the modules of Node.js with it.
  banner: {
    js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
  },
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
  metafile: true,
} as const satisfies BuildOptions;

/** What esbuild says of the built files: what each is made of, and imports. */
export interface ServerBuild {
  main: Metafile;
  others: Metafile;
}

/**
 * Builds the server, its workers and what checks models.
 * @param options.write false: only says what would be built. Default true
 */
export async function buildServer({ write = true } = {}): Promise<ServerBuild> {
  // Apart from what it may not need: LAN mode, with its packages, is a file of its own.
  const main = await esbuild({ ...OPTIONS, write, entryPoints: { main: 'server/main.ts' }, splitting: true });
  const others = await esbuild({ ...OPTIONS, write, entryPoints: OTHERS });
  return { main: main.metafile, others: others.metafile };
}
