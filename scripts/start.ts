import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRestartDelay } from '../server/worker/restartDelay.ts';
import { build } from './build.ts';

/**
 * `npm start`: builds what is not built yet, starts the server, and starts it again should it ever die. On a platform
 * that does this itself, run `node dist/server/main.js` directly.
 */

/** What the server tells the process that started it; see server/main.ts. */
interface ReadyMessage {
  type: 'ready';
  url: string;
  startMs: number;
  /** Workers, and why so many. */
  resources: string;
}

/** The same for each server that this process starts: sessions go on when one of them dies. */
const RESUME_SECRET = randomBytes(32).toString('hex');

const say = (line: string) => process.stdout.write(`${line}\n`);
let server: ChildProcess | undefined;
let isStopping = false;

async function main(): Promise<number> {
  await build(say);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  let wasReady = false;
  const delayAfter = createRestartDelay();
  for (;;) {
    const startedAt = performance.now();
    const code = await runServer(() => {
      wasReady = true;
    });
    if (isStopping) return code;
    // A taken port or a wrong setting does not mend by trying again.
    if (!wasReady) return code === 0 ? 1 : code;
    const delayMs = delayAfter(performance.now() - startedAt);
    say(`The server ended (${code}). Starting it again${delayMs > 0 ? ` in ${delayMs} ms` : ''} ...`);
    await sleep(delayMs);
    if (isStopping) return code;
  }
}

/** Resolves with the exit code when the server process is gone. */
function runServer(onReady: () => void): Promise<number> {
  return new Promise((resolve, reject) => {
    server = fork('dist/server/main.js', {
      // Someone who watches wants the address and what goes wrong; a log collector wants everything.
      env: {
        LOG_LEVEL: process.stdout.isTTY ? 'warn' : 'info',
        RESUME_SECRET,
        ...process.env,
        NODE_ENV: 'production',
      },
      execArgv: ['--enable-source-maps'],
    });
    server.on('message', (message: ReadyMessage) => {
      onReady();
      say(`\n  Livelens is ready (${message.startMs} ms). Open ${message.url}\n  ${message.resources}\n`);
    });
    server.once('error', reject);
    server.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 1)));
  });
}

function stop(): void {
  if (isStopping) return;
  isStopping = true;
  // Not a signal: Ctrl+C has reached the server already, and a second signal would cut its draining short.
  if (server?.connected) server.send({ type: 'stop' });
}

process.exit(await main());
