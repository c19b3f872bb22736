import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ImportError } from '../../server/import/importError.ts';

/** A package version and the Subresource Integrity string of its tarball. */
export interface NpmPin {
  readonly name: string;
  readonly version: string;
  readonly integrity: string;
}

const cacheDirectory = fileURLToPath(new URL('../../node_modules/.cache/livelens/', import.meta.url));

export interface FetchOptions {
  readonly onProgress?: (message: string) => void;
  /** Where tarballs are kept; below node_modules/.cache by default. */
  readonly directory?: string;
  /** Puts the tarball of a package into the directory, under the name npm gives it. `npm pack` by default. */
  readonly pack?: (pin: NpmPin, directory: string) => Promise<void>;
}

/**
 * The tarball of a pinned package version: from our cache, else with `npm pack`, which uses whatever registry
 * and proxy npm is set up for and runs none of the package's scripts.
 *
 * @throws ImportError `source_unreachable`, `integrity_mismatch`
 */
export async function fetchNpmTarball(pin: NpmPin, options: FetchOptions = {}): Promise<Uint8Array> {
  const { onProgress = () => {}, directory = cacheDirectory, pack = npmPack } = options;
  const file = join(directory, `${pin.name.replace('@', '').replace('/', '-')}-${pin.version}.tgz`);
  const cached = await readFile(file).catch(() => undefined);
  if (cached !== undefined && integrityOf(cached) === pin.integrity) return cached;

  onProgress(`npm pack ${pin.name}@${pin.version}`);
  await mkdir(directory, { recursive: true });
  await pack(pin, directory);
  const fetched = await readFile(file);
  const integrity = integrityOf(fetched);
  if (integrity !== pin.integrity) {
    await rm(file, { force: true });
    throw new ImportError(
      'integrity_mismatch',
      `${pin.name}@${pin.version} is pinned to ${pin.integrity}, the download is ${integrity}`,
    );
  }
  return fetched;
}

export const integrityOf = (bytes: Uint8Array): string =>
  `sha512-${createHash('sha512').update(bytes).digest('base64')}`;

async function npmPack({ name, version }: NpmPin, directory: string): Promise<void> {
  const args = ['pack', `${name}@${version}`, '--ignore-scripts', '--silent'];
  // Under `npm run` npm gives its own path. Else it is on the path, where Windows has it as npm.cmd, which
  // needs a shell; no argument holds anything that a shell would read.
  const npmCli = process.env.npm_execpath;
  const [command, commandArgs] = npmCli?.endsWith('npm-cli.js')
    ? [process.execPath, [npmCli, ...args]]
    : ['npm', args];
  const child = spawn(command, commandArgs, {
    cwd: directory,
    shell: command === 'npm' && process.platform === 'win32',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const failed = (cause: unknown) =>
    new ImportError(
      'source_unreachable',
      `npm pack ${name}@${version} failed: ${complaint.trim() || cause}`,
      { cause },
    );
  await new Promise<void>((resolve, reject) => {
    child.once('error', (error) => reject(failed(error)));
    child.once('close', (code) => (code === 0 ? resolve() : reject(failed(`exit code ${code}`))));
  });
}
