import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { program } from './program.ts';

type Cleanup = { after(close: () => void | Promise<void>): void };
/** A line of the log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

export interface ServerProcess {
  readonly child: ChildProcess;
  /** All lines so far, oldest first. */
  readonly log: readonly LogLine[];
  /** Exit code and signal. */
  readonly exited: Promise<readonly [code: number | null, signal: string | null]>;
}

/** A folder that has pages as if they had been built. */
async function builtFolder(t: Cleanup): Promise<string> {
  const cwd = await mkdtemp(path.join(tmpdir(), 'livelens-process-'));
  t.after(() => rm(cwd, { recursive: true, force: true, maxRetries: 5 }));
  const pagesDir = path.join(cwd, 'dist', 'next');
  await mkdir(pagesDir, { recursive: true });
  for (const page of ['index.html', '404.html']) {
    await writeFile(path.join(pagesDir, page), '<!doctype html><title>Livelens</title>');
  }
  await symlink(path.resolve('node_modules'), path.join(cwd, 'node_modules'), 'junction');
  return cwd;
}

interface ServerProcessOptions {
  /** What follows `node dist/server/main.js`. */
  args?: readonly string[];
  env: Readonly<Record<string, string>>;
  /** Called with each line, before the server is ready too. */
  onLog?: (line: LogLine) => void;
}

/**
 * Starts the server as a platform does, by a command and with nothing but an environment, and waits until it serves.
 * @throws Error with the log, where it ends instead
 */
export async function startServerProcess(t: Cleanup, options: ServerProcessOptions): Promise<ServerProcess> {
  const { ready, ...process } = await spawnServerProcess(t, options);
  await ready;
  return process;
}

/** The same without waiting; `ready` resolves when it serves. */
export async function spawnServerProcess(
  t: Cleanup,
  { args = [], env, onLog }: ServerProcessOptions,
): Promise<ServerProcess & { readonly ready: Promise<void> }> {
  const cwd = await builtFolder(t);
  const child = spawn(process.execPath, [...program('main', 'server/main.ts'), ...args], {
    cwd,
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      // Trials of accelerators take cores from what is tested.
      PROVIDERS: 'cpu',
      // And so does the race of the shipped model's two versions.
      ...(env.MODELS_DIR === undefined && { PRECISION: 'float32' }),
      LIVELENS_CONFIG_DIR: path.join(cwd, '.config'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => void child.kill('SIGKILL'));
  const log: LogLine[] = [];
  const errors: string[] = [];
  const isReady = new Promise<'ready'>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const entry: LogLine = JSON.parse(line);
      log.push(entry);
      onLog?.(entry);
      if (entry.msg === 'ready') resolve('ready');
    });
  });
  createInterface({ input: child.stderr }).on('line', (line) => void errors.push(line));
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  const ready = Promise.race([isReady, exited]).then((first) => {
    if (first === 'ready') return;
    throw new Error(
      `The server ended. It said:\n${[...log.map((line) => JSON.stringify(line)), ...errors].join('\n')}`,
    );
  });
  return { child, log, exited, ready };
}
