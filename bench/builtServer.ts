import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { build } from '../scripts/build.ts';

/** The server as users run it: built, in a process of its own, on a free port. */
export async function startBuiltServer(
  env: Record<string, string> = {},
  /** Gets each line of its log; else they go to standard output. */
  onLog?: (line: string) => void,
  /** A checkout of another commit, built. Default: this one, which is built. */
  checkout?: string,
) {
  if (checkout === undefined) await build((line) => process.stderr.write(`${line}\n`));
  // Nothing of a bench stays with the person who runs it.
  const configDir = await mkdtemp(path.join(tmpdir(), 'livelens-config-'));
  const startedAt = performance.now();
  const child = fork(path.resolve(checkout ?? '.', 'dist/server/main.js'), {
    ...(checkout !== undefined && { cwd: checkout }),
    env: {
      ...process.env,
      NODE_ENV: 'production',
      PORT: '0',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'warn',
      LIVELENS_CONFIG_DIR: configDir,
      // Trials of accelerators take cores from what is measured.
      PROVIDERS: 'cpu',
      // What a processor with instructions for int8 comes to by itself, after a race that would take cores from what is measured.
      PRECISION: process.env.PRECISION ?? 'int8',
      ...env,
    },
    // Not those of the bench: they would load the compiler, which took half of a start and 100 MB.
    execArgv: [],
    stdio: ['ignore', onLog ? 'pipe' : 'inherit', 'inherit', 'ipc'],
  });
  if (onLog && child.stdout) createInterface(child.stdout).on('line', onLog);
  const [message] = (await once(child, 'message')) as [{ type: 'ready'; url: string }];
  return {
    url: message.url,
    pid: child.pid,
    /** From the start of the process to the word that models are loaded and proven, ms. */
    startMs: performance.now() - startedAt,
    async close(): Promise<void> {
      child.send({ type: 'stop' });
      await once(child, 'exit');
      await rm(configDir, { recursive: true, force: true });
    },
  };
}
