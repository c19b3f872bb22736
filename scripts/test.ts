/**
 * `npm test`: unit and integration tests first, then those in Chromium. `--unit` runs only those of the first kind that are
 * quick (all but `*.long.test.ts`), `--browser` only those of the second kind, `--slow` all but the quick ones. `--engines`
 * runs the tests in Firefox and WebKit, which all others leave out. Files, or folders of tests of Node.js, run alone: a
 * file whatever its kind, of a folder the kind that was chosen. A file below `e2e/` means `--browser`, or `--engines` for one
 * of those. Other arguments go to Playwright (`--grep`, `--headed`, `--workers=1`).
 * The last line is `N passed, N failed`; the exit code is 0 only if nothing failed and something ran.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from './browser.ts';
import { bundleTests } from './bundleTests.ts';
import { readTestArguments, TESTED_FOLDERS } from './testArguments.ts';
import { testsAt } from './testsAt.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PLAYWRIGHT = path.join(path.dirname(createRequire(import.meta.url).resolve('playwright')), 'cli.js');

/** A test, or a file of tests, that takes longer hangs: it fails, so that the run ends. */
const TIMEOUT_MS = 180_000;

/** How a project of playwright.config.ts is run: on two cores two workers, one where time is measured. */
interface Project {
  readonly name: 'together' | 'alone' | 'engines';
  readonly workers: number;
}
const PROJECTS: Readonly<Record<'none' | 'chromium' | 'engines', readonly Project[]>> = {
  none: [],
  chromium: [
    { name: 'together', workers: 2 },
    { name: 'alone', workers: 1 },
  ],
  engines: [{ name: 'engines', workers: 2 }],
};

/** How many tests. */
interface Totals {
  passed: number;
  failed: number;
}

// Ctrl+C reaches those that run the tests, too; this process goes on until they have ended, and removes what it made.
process.on('SIGINT', () => {});
const { quick, long, paths, browsers, playwrightArgs } = readTestArguments(process.argv.slice(2));
const projects = PROJECTS[browsers];
const runs = [
  ...(quick || long ? [await runNodeTests({ quick, long, paths })] : []),
  ...(projects.length > 0 ? [await runBrowserTests(projects, playwrightArgs)] : []),
];
if (browsers === 'chromium') {
  console.log('\nFirefox and WebKit were left out: "npm test -- --engines" runs the tests in them.');
}
const passed = runs.reduce((sum, run) => sum + run.passed, 0);
const failed = runs.reduce((sum, run) => sum + run.failed, 0);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

/** Which tests of Node.js run. */
type NodeSelection = Pick<ReturnType<typeof readTestArguments>, 'quick' | 'long' | 'paths'>;

/** Node's own runner, a process for each file; Node 20 takes no patterns, so the files are collected here. */
async function runNodeTests({ quick, long, paths }: NodeSelection): Promise<Totals> {
  const found = await Promise.all(TESTED_FOLDERS.map((folder) => testFilesIn(path.join(ROOT, folder))));
  const isChosen = (file: string) => (file.endsWith('.long.test.ts') ? long : quick);
  const files = testsAt(ROOT, found.flat().sort(), paths, isChosen);
  console.log(`Unit and integration tests: ${files.length} files\n`);
  const { dir, bundles } = await bundleTests(files);
  try {
    return await withReport('unit.tap', (report) => runBundles(bundles, report));
  } finally {
    await rm(dir, { recursive: true });
  }
}

async function runBundles(bundles: readonly string[], report: string): Promise<Totals> {
  const exitCode = await node([
    '--enable-source-maps',
    '--test',
    `--test-timeout=${TIMEOUT_MS}`,
    // Tests wait for processes and sockets much of their time. Node's default, a core less than there are, leaves half of a
    // machine with two idle.
    `--test-concurrency=${availableParallelism() + 1}`,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    '--test-reporter=tap',
    `--test-reporter-destination=${report}`,
    ...bundles,
  ]);
  const tap = await readFile(report, 'utf8').catch(() => '');
  const count = (name: string) => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(tap)?.[1] ?? 0);
  const failed = count('fail') + count('cancelled');
  return { passed: count('pass'), failed: exitCode === 0 ? failed : Math.max(1, failed) };
}

async function runBrowserTests(
  projects: readonly Project[],
  playwrightArgs: readonly string[],
): Promise<Totals> {
  if (!(await haveChromium())) return { passed: 0, failed: 1 };
  const totals: Totals = { passed: 0, failed: 0 };
  for (const { name, workers } of projects) {
    console.log(`\nBrowser tests, ${name}\n`);
    const run = await withReport('browser.json', async (report) => {
      const options = [`--project=${name}`, `--workers=${workers}`, '--pass-with-no-tests'];
      const args = ['test', '--reporter=list,json', ...options, ...playwrightArgs];
      const exitCode = await node([PLAYWRIGHT, ...args], { PLAYWRIGHT_JSON_OUTPUT_NAME: report });
      const { passed, failed } = countPlaywright(await readFile(report, 'utf8').catch(() => '{}'));
      return { passed, failed: exitCode === 0 ? failed : Math.max(1, failed) };
    });
    totals.passed += run.passed;
    totals.failed += run.failed;
  }
  return totals;
}

/** Whether there is a browser, after trying to get one. */
async function haveChromium(): Promise<boolean> {
  if (findChromium(process.env) !== undefined) return true;
  console.log('\nNo Chromium on this machine: Playwright downloads one.');
  const exitCode = await node([PLAYWRIGHT, 'install', '--no-shell', 'chromium']);
  if (exitCode === 0 && findChromium(process.env) !== undefined) return true;
  console.error(
    'No browser to test with. Install Chromium or Chrome (Debian, Ubuntu: "apt-get install chromium"; ' +
      'macOS: "brew install --cask chromium"), or set LIVELENS_CHROMIUM to the path of one. ' +
      '"npm test -- --unit" runs the tests that need no browser.',
  );
  return false;
}

function countPlaywright(json: string): Totals {
  const report: unknown = JSON.parse(json);
  const stats = field(report, 'stats');
  const count = (name: string) => Number(field(stats, name) ?? 0);
  // A test that passed only when tried again has failed.
  return { passed: count('expected'), failed: count('unexpected') + count('flaky') };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

async function testFilesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files = await Promise.all(
    entries.map(async (entry) => {
      const entryPath = path.join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : testFilesIn(entryPath);
      return /\.test\.tsx?$/.test(entry.name) ? [entryPath] : [];
    }),
  );
  return files.flat();
}

async function withReport<T>(name: string, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'livelens-test-'));
  try {
    return await use(path.join(folder, name));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs Node on `nodeArgs` in the repository, with this process's output; gives the exit code. */
function node(nodeArgs: readonly string[], env: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, nodeArgs, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
