import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { release } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../server/config/config.ts';
import { refuseOthers } from '../server/config/settingFlags.ts';
import { resolveSettings, type Settings } from '../server/config/settings.ts';
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

const DEMO_FLAG = '--demo';

/** The same for each server that this process starts: sessions go on when one of them dies. */
const RESUME_SECRET = randomBytes(32).toString('hex');

/** Of a start that was stopped before there was a server: as a shell reports SIGINT. */
const STOPPED_EXIT_CODE = 130;

type ReadyMessage = Extract<ServerMessage, { type: 'ready' }>;

const settings = readSettings(process.argv.slice(2));
/** `npm start -- --demo`: the page opens with the built-in footage instead of the camera. */
const isDemo = settings.rest.includes(DEMO_FLAG);
const serverArguments = process.argv.slice(2).filter((arg) => arg !== DEMO_FLAG);

const say = (line: string) => process.stdout.write(`${line}\n`);
const isTerminal = process.stdout.isTTY;
/** WSL has a kernel of Microsoft's, and as it is set up at first a network that phones do not reach. */
const TERMINAL = { isTerminal, isWsl: /microsoft/i.test(release()), host: settings.env.HOST };
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
    server = fork('dist/server/main.js', serverArguments, {
      env: { ...process.env, ...ownDefaults(), NODE_ENV: 'production' },
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
  say(startText({ ...ready, isDemo, token: settings.env.TOKEN }));
  // Not again when the server comes back: the page is there still.
  if (wasOpened) return;
  wasOpened = true;
  void openPage(`${pageUrl(ready.url, isDemo)}#${ready.fragment}`, {
    env: settings.env,
    platform: process.platform,
    isTerminal,
  });
}

/** What `npm start` sets where nothing else does. */
function ownDefaults(): Record<string, string> {
  // Someone who watches wants the address and what goes wrong; a log collector wants everything.
  const own = {
    LOG_LEVEL: isTerminal ? 'warn' : 'info',
    // Gateways share one that outlives them all.
    ...(settings.env.QUEUE ? {} : { RESUME_SECRET }),
  };
  const unset = Object.entries(own).filter(
    ([name]) => settings.originOf(name as keyof typeof own) === 'default',
  );
  return Object.fromEntries(unset);
}

/** Ends the process where they are wrong: before the build, and what a person asked for is not quietly left out. */
function readSettings(args: string[]): Settings {
  try {
    const root = process.cwd();
    const read = resolveSettings({ env: process.env, args, folders: [root] });
    refuseOthers(read.rest, [DEMO_FLAG]);
    readConfig(read.env, { root, settings: read, isTerminal: process.stdout.isTTY });
    return read;
  } catch (error) {
    process.stderr.write(
      `livelens: ${error instanceof Error ? error.message : String(error)}\nUsage: npm start [-- [--demo] [--SETTING VALUE]…]\n`,
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
