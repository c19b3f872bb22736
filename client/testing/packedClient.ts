import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);
const modulesOf = (folder: string) => path.join(folder, 'node_modules');

/** The package of the client, installed in the folder of an app as a stranger would. */
export interface PackedClient {
  /** The app's folder. */
  app: string;
  /** Paths of the files in the package. */
  files: readonly string[];
  /** Runs a program of this machine's Node in the app's folder. @returns what it printed */
  node(args: readonly string[], env?: Record<string, string>): Promise<string>;
  remove(): Promise<void>;
}

/** Packs the client and what it depends on, and installs them without a network. */
export async function packClient(): Promise<PackedClient> {
  const app = await mkdtemp(path.join(tmpdir(), 'livelens-client-'));
  const remove = () => rm(app, { recursive: true, force: true });
  try {
    return { ...(await install(app)), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function install(app: string): Promise<Omit<PackedClient, 'remove'>> {
  const npm = (cwd: string, ...args: string[]) =>
    // Neither the settings that npm runs the tests with, nor a cache that has more.
    run('npm', [...args, '--offline', '--cache', path.join(app, 'cache')], {
      cwd,
      env: { ...process.env, npm_config_ignore_scripts: 'false' },
      shell: process.platform === 'win32',
    });
  const pack = async (folder: string, ...args: string[]) => {
    const { stdout } = await npm(folder, 'pack', '--json', '--pack-destination', app, ...args);
    const [packed] = JSON.parse(stdout.slice(stdout.indexOf('['))) as {
      filename: string;
      files: { path: string }[];
    }[];
    if (packed === undefined) throw new Error(`Nothing was packed in ${folder}.`);
    return packed;
  };
  const client = await pack(path.join(ROOT, 'client'));
  // They are published as they are here; scripts would build them from sources that are not here.
  const valibot = await pack(path.join(modulesOf(ROOT), 'valibot'), '--ignore-scripts');
  const ws = await pack(path.join(modulesOf(ROOT), 'ws'), '--ignore-scripts');
  await writeFile(path.join(app, 'package.json'), '{ "private": true, "type": "module" }');
  const tarballs = [client, valibot, ws].map(({ filename }) => `./${filename}`);
  await npm(app, 'install', '--no-audit', '--no-fund', ...tarballs);
  // Types alone, which no program needs.
  await mkdir(path.join(modulesOf(app), '@types'), { recursive: true });
  for (const name of ['@types/node', '@types/ws', 'undici-types', '@types/react', 'csstype']) {
    await symlink(path.join(modulesOf(ROOT), name), path.join(modulesOf(app), name), 'junction');
  }
  return {
    app,
    files: client.files.map((file) => file.path),
    async node(args, env = {}) {
      const { stdout } = await run(process.execPath, args, { cwd: app, env: { ...process.env, ...env } });
      return stdout;
    },
  };
}
