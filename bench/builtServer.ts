import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { build } from '../scripts/build.ts';

/** The server as users run it: built, in a process of its own, on a free port. */
export async function startBuiltServer(
  env: Record<string, string> = {},
  /** Gets each line of its log; else they go to standard output. */
  onLog?: (line: string) => void,
) {
  await build((line) => process.stderr.write(`${line}\n`));
  const startedAt = performance.now();
  const child = fork('dist/server/main.js', {
    env: { ...process.env, NODE_ENV: 'production', PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'warn', ...env },
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
    },
  };
}
