import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { temporaryFolder, tinyClassifier } from '../import/testing/modelsForTests.ts';
import { modelsDirectory } from './modelFixtures.ts';
import { program } from './program.ts';
import { ONE_WORKER, type TestServerOptions, testServer } from './testServer.ts';

/** The command as a person runs it. */
export const BIN = path.resolve('bin/livelens.js');
/** The same, which starts sooner where the tests are bundled. */
const CLI = program('cli', 'server/cli/main.ts');
/** Nothing listens there. */
export const NO_SERVER = '9';

interface Result {
  code: number | null;
  out: string;
  err: string;
}

/** The first word of a command; or a command of the shell, which runs on a terminal that "script" of util-linux makes. */
type Group = 'models' | 'things' | 'top' | 'terminal';
/** What "script" is called with before the command. */
const TERMINAL = ['--quiet', '--return', '--log-out', '/dev/null', '--command'];

/** Where a person has models to add, and the command to add them with. */
export async function openCommand(t: TestContext) {
  const modelsDir = await modelsDirectory(t);
  const folder = await temporaryFolder(t);
  const configDir = path.join(folder, '.config');
  const env: Record<string, string> = {
    MODELS_DIR: modelsDir,
    PORT: NO_SERVER,
    LIVELENS_CONFIG_DIR: configDir,
  };
  const start = (
    args: readonly string[],
    more: Record<string, string> = {},
    group: Group = 'models',
  ): ChildProcess => {
    // From another folder, as people do.
    const options = { cwd: folder, env: { ...process.env, ...env, ...more } };
    return group === 'terminal'
      ? spawn('script', [...TERMINAL, ...args], options)
      : spawn(process.execPath, [...CLI, group, ...args], options);
  };
  const run = async (args: string, more: Record<string, string> = {}): Promise<Result> => {
    const child = start(args.split(' ').filter(Boolean), more);
    child.stdin?.end();
    return ended(child);
  };
  const write = (name: string, content: string | Uint8Array) => writeFile(path.join(folder, name), content);
  await write('tiny.onnx', tinyClassifier({ classes: 3 }));
  await write('other.onnx', tinyClassifier({ classes: 4 }));
  await write('labels.txt', 'ant\nbee\ncow\n');
  /** A server of the same installation that serves the same folder, where the command searches for it. */
  const serve = async (options: TestServerOptions = {}) => {
    const server = await testServer(t, { modelsDir, configDir, ...ONE_WORKER, ...options });
    env.PORT = String(server.port);
    return server;
  };
  const leftovers = async () =>
    (await readdir(path.join(modelsDir, '.incoming')).catch(() => [])).filter((name) => name !== 'locks');
  return { modelsDir, configDir, folder, start, run, write, serve, leftovers };
}

export async function ended(child: ChildProcess): Promise<Result> {
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const read = (stream: ChildProcess['stdout']) => (stream ? text(stream) : '');
  const [out, err] = await Promise.all([read(child.stdout), read(child.stderr)]);
  return { code: await code, out, err };
}
