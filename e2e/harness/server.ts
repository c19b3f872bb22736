import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createOwnServers } from '../../server/cli/ownServers.ts';
import { freePort } from './freePort.ts';
import { ROOT } from './root.ts';

/** The built server as a process of its own, just as a person runs it. */
export interface Server {
  /** Where its pages are, `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly port: number;
  /** The process that holds the sockets; another one after the supervised start has restarted it. */
  readonly pid: number;
  /** The workers that can answer frames now. */
  readonly workerPids: readonly number[];
  /** What it said last, if it ended without being asked to. */
  readonly lastWords: string | undefined;
  /** Resolves with the fields of the next line of its log that bears `message`. */
  nextLog(message: string): Promise<LogLine>;
  /** All that it said so far, as soon as `pattern` is in it. */
  output(pattern: RegExp): Promise<string>;
  /** For a reader of a failed test: the last lines of what it said. */
  log(): string;
  /** What follows `#` in a new link that gives one browser the right to change models. */
  adminFragment(): Promise<string>;
  /** Ends it as an operator would, and waits until it is gone. Idempotent. */
  close(): Promise<void>;
}

type LogLine = Readonly<Record<string, unknown>>;

export interface ServerOptions {
  /** Added to the environment; see server/config/config.ts. */
  env?: Record<string, string>;
  /** Started as `npm start` does: by a process that restarts the server when it dies. */
  supervised?: boolean;
  /** Where it looks for `dist/next`; the repository by default. Models are the repository's anyway. */
  cwd?: string;
}

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 8_000;
const KEPT_LINES = 100;

/** Starts a server on a free port; resolves when it can answer frames. */
export async function startServer({
  env = {},
  supervised = false,
  cwd = ROOT,
}: ServerOptions = {}): Promise<Server> {
  // A server that is started again must come back where its pages look for it.
  const port = supervised ? await freePort() : 0;
  // Never of the person who runs the tests.
  const configDir = await mkdtemp(path.join(tmpdir(), 'livelens-config-'));
  const args = supervised
    ? ['--import', 'tsx', 'scripts/start.ts']
    : [path.join(ROOT, 'dist/server/main.js')];
  const child = spawn(process.execPath, args, {
    cwd,
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: String(port),
      // It says which workers come and go.
      LOG_LEVEL: 'debug',
      MODELS_DIR: path.join(ROOT, 'models'),
      // Browsers next to it make one of two versions slow, which decides nothing.
      MODEL_MAX_SLOWDOWN: '1000',
      LIVELENS_CONFIG_DIR: configDir,
      // Trials of accelerators take cores from what is tested.
      PROVIDERS: 'cpu',
      // And so does the race of the shipped model's two versions.
      PRECISION: 'float32',
      OPEN: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const said: string[] = [];
  const waiting = new Set<{ message: string; resolve: (line: LogLine) => void }>();
  const workerPids = new Set<number>();
  const heard = new Set<() => void>();
  let url = '';
  // Supervised, the child is the supervisor; the server names itself in its log.
  let pid = supervised ? undefined : child.pid;

  const listen = (text: string) => {
    said.push(text);
    if (said.length > KEPT_LINES) said.shift();
    for (const resolve of heard) resolve();
    heard.clear();
    const line = parseLine(text);
    if (line === undefined) return;
    switch (line.msg) {
      case 'listening':
        url = String(line.url).replace('localhost', '127.0.0.1');
        if (typeof line.pid === 'number') pid = line.pid;
        workerPids.clear();
        break;
      case 'worker ready':
        workerPids.add(Number(line.pid));
        break;
      case 'worker lost':
        workerPids.delete(Number(line.pid));
        break;
    }
    for (const waiter of [...waiting].filter(({ message }) => message === line.msg)) {
      waiting.delete(waiter);
      waiter.resolve(line);
    }
  };
  createInterface(child.stdout).on('line', listen);
  createInterface(child.stderr).on('line', listen);
  const nextLog = (message: string) =>
    new Promise<LogLine>((resolve) => {
      waiting.add({ message, resolve });
    });

  const timeout = new AbortController();
  const late = once(AbortSignal.any([AbortSignal.timeout(START_TIMEOUT_MS), timeout.signal]), 'abort');
  const started = await Promise.race([
    nextLog('ready').then(() => true),
    exited.then(() => false),
    late.then(() => false),
  ]);
  timeout.abort();
  if (!started) {
    child.kill('SIGKILL');
    await rm(configDir, { recursive: true, force: true });
    throw new Error(`The server did not get ready. It said:\n${said.join('\n')}`);
  }

  let closed: Promise<void> | undefined;
  return {
    get url() {
      return url;
    },
    get port() {
      return Number(new URL(url).port);
    },
    get pid() {
      if (pid === undefined)
        throw new Error('The server did not say its process id when it began to listen.');
      return pid;
    },
    get workerPids() {
      return [...workerPids];
    },
    get lastWords() {
      const isGone = child.exitCode !== null || child.signalCode !== null;
      return isGone && closed === undefined ? said.join('\n') : undefined;
    },
    nextLog,
    async output(pattern) {
      for (;;) {
        const all = said.join('\n');
        if (pattern.test(all)) return all;
        await new Promise<void>((resolve) => heard.add(resolve));
      }
    },
    log: () => `The server at ${url} said at last:\n${said.join('\n')}`,
    async adminFragment() {
      const config = { host: '127.0.0.1', port: Number(new URL(url).port), configDir };
      const servers = createOwnServers(config, new AbortController().signal);
      return (await (await servers.running()).createLink()).fragment;
    },
    close() {
      closed ??= (async () => {
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
        if (child.exitCode === null && child.signalCode === null) await exited;
        clearTimeout(timer);
        await rm(configDir, { recursive: true, force: true });
      })();
      return closed;
    },
  };
}

function parseLine(text: string): LogLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined; // not every line is of the log
  }
}
