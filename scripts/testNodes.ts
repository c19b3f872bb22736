/**
 * `npm run test:nodes`: the quick tests on each version of Node.js that is supported, one after the other. They come from the npm
 * registry that npm is set up for: the packages with binaries of the package `node`, kept below node_modules/.cache.
 * The last line is `N passed, N failed`; the exit code is 0 only if all versions passed.
 */
import { execFile, spawn } from 'node:child_process';
import { access, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CACHE = path.join(ROOT, 'node_modules/.cache/livelens/node');

/** The least that package.json allows, where there is a binary of it, and the newest of each line. */
const VERSIONS = [process.arch === 'x64' ? '20.12.2' : '20.20.2', '22.23.3', '24.21.0'];

interface Run {
  readonly exitCode: number;
  readonly output: string;
}

// One after the other: each run starts as many processes as there are cores, and some tests tell slow from stuck.
let failed = 0;
for (const version of VERSIONS) {
  const { exitCode, output } = await run(version);
  if (exitCode !== 0) {
    failed += 1;
    console.log(`\n${output}`);
  }
  console.log(`Node.js ${version}: ${lastLine(output)}`);
}
console.log(`\n${VERSIONS.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** A version that cannot be had counts as failed; the others are tested all the same. */
async function run(version: string): Promise<Run> {
  try {
    return await test(version, await install(version));
  } catch (error) {
    const why = error instanceof Error ? error.message.trim() : String(error);
    return {
      exitCode: 1,
      output: `${why}\nNode.js ${version} cannot be run. If it was installed only in part, delete ${path.join(CACHE, version)}.\nnot tested`,
    };
  }
}

/** The folder of that version's binary. No script of the package runs: `node` itself would download within one. */
async function install(version: string): Promise<string> {
  const { platform, arch } = process;
  const prefix = platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node';
  const name = `${prefix}-${platform === 'win32' ? 'win' : platform}-${arch}`;
  const folder = path.join(CACHE, version);
  const bin = path.join(folder, 'node_modules', name, 'bin');
  const isThere = await access(path.join(bin, platform === 'win32' ? 'node.exe' : 'node')).then(
    () => true,
    () => false,
  );
  if (isThere) return bin;
  await mkdir(folder, { recursive: true });
  const args = ['install', '--prefix', folder, '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
  await npm([...args, `${name}@${version}`]);
  return bin;
}

/** npm as this process was started by it, else the one of the path. */
async function npm(args: readonly string[]): Promise<void> {
  const cli = process.env.npm_execpath;
  const options = { cwd: CACHE, shell: cli === undefined && process.platform === 'win32' };
  if (cli === undefined) await promisify(execFile)('npm', [...args], options);
  else await promisify(execFile)(process.execPath, [cli, ...args], options);
}

function test(version: string, bin: string): Promise<Run> {
  console.log(`Node.js ${version}: testing …`);
  return new Promise((resolve, reject) => {
    // What a test starts by name is of the same version.
    const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}` };
    const child = spawn(path.join(bin, 'node'), ['--import', 'tsx', 'scripts/test.ts', '--unit'], {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ exitCode: code ?? 1, output }));
  });
}

function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1) ?? '';
}
