import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { release } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ParentMessage, ServerMessage } from '../server/main.ts';
import { createRestartDelay } from '../server/worker/restartDelay.ts';
import { build } from './build.ts';
import { openPage } from './openPage.ts';
import { phoneText } from './phoneText.ts';
import { pageUrl, startText } from './startText.ts';
import { watchNpm } from './watchNpm.ts';

/**
 * `npm start`: builds what is not built yet, starts the server, and starts it again should it ever die. On a platform
 * that does this itself, run `node dist/server/main.js` directly.
 */

/** The same for each server that this process starts: sessions go on when one of them dies. */
const RESUME_SECRET = randomBytes(32).toString('hex');

/** Of a start that was stopped before there was a server: as a shell reports SIGINT. */
const STOPPED_EXIT_CODE = 130;

type ReadyMessage = Extract<ServerMessage, { type: 'ready' }>;

/** `npm start -- --demo`: the page opens with the built-in footage instead of the camera. */
const isDemo = readArguments(process.argv.slice(2)).demo;

const say = (line: string) => process.stdout.write(`${line}\n`);
const isTerminal = process.stdout.isTTY;
/** WSL has a kernel of Microsoft's, and as it is set up at first a network that phones do not reach. */
const TERMINAL = { isTerminal, isWsl: /microsoft/i.test(release()), host: process.env.HOST };
const stopping = new AbortController();
let server: ChildProcess | undefined;
let wasOpened = false;

async function main(): Promise<number> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  watchNpm(process.env, stop);
  try {
    await build(say, stopping.signal);
    stopping.signal.throwIfAborted();
  } catch (error) {
    if (stopping.signal.aborted) return STOPPED_EXIT_CODE;
    throw error;
  }
  let wasReady = false;
  const delayAfter = createRestartDelay();
  for (;;) {
    const startedAt = performance.now();
    const code = await runServer(() => {
      wasReady = true;
    });
    if (stopping.signal.aborted) return code;
    // A taken port or a wrong setting does not mend by trying again.
    if (!wasReady) return code === 0 ? 1 : code;
    const delayMs = delayAfter(performance.now() - startedAt);
    say(`The server ended (${code}). Starting it again${delayMs > 0 ? ` in ${delayMs} ms` : ''} ...`);
    await sleep(delayMs, undefined, stopping).catch(() => {});
    if (stopping.signal.aborted) return code;
  }
}

/** Resolves with the exit code when the server process is gone. */
function runServer(onReady: () => void): Promise<number> {
  return new Promise((resolve, reject) => {
    server = fork('dist/server/main.js', {
      // Someone who watches wants the address and what goes wrong; a log collector wants everything.
      env: {
        LOG_LEVEL: isTerminal ? 'warn' : 'info',
        RESUME_SECRET,
        ...process.env,
        NODE_ENV: 'production',
      },
      execArgv: ['--enable-source-maps'],
    });
    let ready: ReadyMessage | undefined;
    let wasPhoneShown = false;
    server.on('message', (message: ServerMessage) => {
      switch (message.type) {
        case 'ready':
          ready = message;
          onReady();
          // Its code is for a person's eyes: a log collector would keep it.
          if (isTerminal) send({ type: 'link' });
          else say(startText({ ...message, isDemo, fragment: undefined, token: undefined }));
          send({ type: 'phone' });
          return;
        case 'link':
          if (ready) tell({ ...ready, fragment: message.fragment });
          return;
        case 'phone':
          say(phoneText(message, { ...TERMINAL, columns: process.stdout.columns, isNext: wasPhoneShown }));
          wasPhoneShown = true;
          return;
        case 'paired':
          if (isTerminal) send({ type: 'phone' });
          return;
        default:
          message satisfies never;
      }
    });
    server.once('error', reject);
    server.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 1)));
  });
}

function tell(ready: ReadyMessage & { fragment: string }): void {
  say(startText({ ...ready, isDemo, token: process.env.TOKEN }));
  // Not again when the server comes back: the page is there still.
  if (wasOpened) return;
  wasOpened = true;
  void openPage(`${pageUrl(ready.url, isDemo)}#${ready.fragment}`, {
    env: process.env,
    platform: process.platform,
    isTerminal,
  });
}

/** Ends the process when it knows one not: what a person asked for is not quietly left out. */
function readArguments(args: string[]): { demo: boolean } {
  try {
    const { values } = parseArgs({ args, options: { demo: { type: 'boolean', default: false } } });
    return values;
  } catch (error) {
    process.stderr.write(
      `${error instanceof Error ? error.message : String(error)}\nUsage: npm start [-- --demo]\n`,
    );
    process.exit(1);
  }
}

function send(message: ParentMessage): void {
  if (server?.connected) server.send(message);
}

function stop(): void {
  if (stopping.signal.aborted) return;
  stopping.abort();
  // Not a signal: Ctrl+C has reached the server already, and a second signal would cut its draining short.
  send({ type: 'stop' });
}

process.exit(await main());
