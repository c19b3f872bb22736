import type { PhoneLink } from '../protocol/lan.ts';
import { type Config, readConfig } from './config/config.ts';
import type { LanOff } from './config/lanMode.ts';
import { describeWorkers } from './config/machine.ts';
import { refuseOthers } from './config/settingFlags.ts';
import { resolveSettings } from './config/settings.ts';
import { giveBuffersRoom } from './limits/roomForBuffers.ts';
import { type LivelensServer, startServer } from './server.ts';
import { stopWhenAsked } from './stopWhenAsked.ts';
import { createLog, type Log } from './telemetry/log.ts';
import { openTracing } from './telemetry/tracing.ts';

/** What the process that started this one may ask of it. */
export type ParentMessage = { type: 'stop' } | { type: 'link' } | { type: 'phone' };

/** What a phone opens, or why there is nothing that it could open. */
export type PhoneOffer = { kind: 'link'; link: PhoneLink } | { kind: 'none'; why: LanOff | 'no-network' };

/** Messages to the parent process. */
export type ServerMessage =
  /** `resources`: what runs models: number of workers, and its reason. */
  | { type: 'ready'; url: string; startMs: number; resources: string }
  | { type: 'link'; fragment: string }
  | ({ type: 'phone' } & PhoneOffer)
  /** A phone was paired: the code that was shown may be used up. */
  | { type: 'paired' };

/** The word for a machine that runs models, and no pages; it is the first of the command line. */
const WORKER = 'worker';

/**
 * The server as a process: configuration, signals, exit code. `--dev` serves the pages with hot reload; the word `worker` makes
 * it a worker of a fleet; other flags are settings.
 */
async function main(): Promise<void> {
  const root = process.cwd();
  // Where `livelens` was started, which works in the folder of the package.
  const { LIVELENS_STARTED_IN: startedIn = root } = process.env;
  const folders = [...new Set([startedIn, root])];
  const settings = resolveSettings({ env: process.env, args: process.argv.slice(2), folders });
  const isWorker = settings.rest[0] === WORKER;
  // Amazon SageMaker starts every image as "serve"; "start" is what ours says elsewhere.
  refuseOthers(settings.rest, isWorker ? [WORKER] : ['--dev', 'serve', 'start']);
  const config = readConfig(settings.env, {
    root,
    settings,
    development: settings.rest.includes('--dev'),
    isTerminal: process.stdout.isTTY,
    // Several workers may run on one machine, and no one looks for one's pages.
    ...(isWorker && { defaultPort: 0 }),
  });
  const log = createLog({ level: config.logLevel, format: config.logFormat });
  notePlatform(config, log);
  await (isWorker ? runWorker(config, log) : runServer(config, log));
  // Not before: what V8 keeps of Node.js' own modules is no use to it under other flags, and a start takes longer.
  giveBuffersRoom();
}

async function runServer(config: Config, log: Log): Promise<void> {
  const resources = config.queue
    ? `the workers of the fleet "${config.queue.name}"`
    : describeWorkers(config.workers, config.machine);
  const stop = new AbortController();
  let server: LivelensServer | undefined;
  const starting = startServer(config, log, await openTracing(process.env, log), stop.signal);
  // From the beginning: it may wait for long.
  const isStopping = stopWhenAsked(
    {
      async close() {
        stop.abort(new Error('The server stops.'));
        await (await starting.catch(() => undefined))?.close();
      },
    },
    { ...config, log, onMessage: (message) => server !== undefined && answerParent(message, server, config) },
  );
  try {
    server = await starting;
  } catch (error) {
    if (isStopping()) return;
    throw error;
  }
  log.info(
    {
      url: server.url,
      port: server.port,
      pid: process.pid,
      ...(config.queue ? { fleet: config.queue.name } : { workers: config.workers.count }),
      resources,
      lan: config.lanOff === undefined ? 'on' : `off: ${config.lanOff}`,
    },
    'listening',
  );
  if (!(await isReady(server.ready, isStopping))) return;
  const startMs = noteReady(log);
  server.onPaired(() => process.send?.({ type: 'paired' } satisfies ServerMessage));
  process.send?.({ type: 'ready', url: server.url, startMs, resources } satisfies ServerMessage);
}

async function runWorker(config: Config, log: Log): Promise<void> {
  const { queue } = config;
  if (queue === undefined) {
    throw new Error(
      'A worker needs QUEUE, the address of NATS where it meets its gateways: livelens worker --queue nats://nats.example:4222.',
    );
  }
  const { startFleetWorker } = await import('./fleetWorker.ts');
  const worker = await startFleetWorker({ ...config, queue }, log);
  log.info(
    {
      url: worker.url,
      port: worker.port,
      pid: process.pid,
      ...{ fleet: queue.name, group: queue.group, workers: config.workers.count },
      resources: describeWorkers(config.workers, config.machine),
    },
    'listening',
  );
  const isStopping = stopWhenAsked(worker, { ...config, log });
  if (await isReady(worker.ready, isStopping)) noteReady(log);
}

/** Waits. False where it was asked to stop before it was ready, as it may wait for others: that is no error. */
async function isReady(ready: Promise<void>, isStopping: () => boolean): Promise<boolean> {
  try {
    await ready;
    return true;
  } catch (error) {
    if (isStopping()) return false;
    throw error;
  }
}

function noteReady(log: Log): number {
  const startMs = Math.round(performance.now());
  log.info({ startMs }, 'ready');
  return startMs;
}

function notePlatform({ platform }: Config, log: Log): void {
  if (platform === undefined) return;
  const { name, defaults, note } = platform;
  log.info(
    { platform: name, ...(Object.keys(defaults).length > 0 && { defaults }) },
    'the platform, and the defaults that follow from it; each setting overrides its own, PLATFORM=0 all',
  );
  if (note !== undefined) log.warn({ platform: name, note }, 'about this platform');
}

/** Answers what the process that started this one asks. @returns whether it asked something */
function answerParent(given: unknown, server: LivelensServer, { lanOff }: Config): boolean {
  const message = given as ParentMessage | string;
  if (typeof message === 'object' && message.type === 'link') {
    // To who started this process, and into no log.
    process.send?.({ type: 'link', fragment: server.mintLink().fragment } satisfies ServerMessage);
    return true;
  }
  if (typeof message === 'object' && message.type === 'phone') {
    const link = server.invite();
    const offer: PhoneOffer = link ? { kind: 'link', link } : { kind: 'none', why: lanOff ?? 'no-network' };
    process.send?.({ type: 'phone', ...offer } satisfies ServerMessage);
    return true;
  }
  return false;
}

main().catch((error: unknown) => {
  process.stderr.write(`livelens: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
