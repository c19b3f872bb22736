import type { PhoneLink } from '../protocol/lan.ts';
import { type Config, readConfig } from './config/config.ts';
import type { LanOff } from './config/lanMode.ts';
import { describeWorkers } from './config/machine.ts';
import { refuseOthers } from './config/settingFlags.ts';
import { resolveSettings } from './config/settings.ts';
import { type LivelensServer, startServer } from './server.ts';
import { createLog, type Log } from './telemetry/log.ts';
import { openTracing } from './telemetry/tracing.ts';

/** What the process that started this one may ask of it. */
export type ParentMessage = { type: 'stop' } | { type: 'link' } | { type: 'phone' };

/** What a phone opens, or why there is nothing that it could open. */
export type PhoneOffer = { kind: 'link'; link: PhoneLink } | { kind: 'none'; why: LanOff | 'no-network' };

/** Messages to the parent process. */
export type ServerMessage =
  /** `resources`: number of workers, and its reason. */
  | { type: 'ready'; url: string; startMs: number; resources: string }
  | { type: 'link'; fragment: string }
  | ({ type: 'phone' } & PhoneOffer)
  /** A phone was paired: the code that was shown may be used up. */
  | { type: 'paired' };

/**
 * The server as a process: configuration, signals, exit code. `--dev` serves the pages with hot reload; other flags are
 * settings.
 */
async function main(): Promise<void> {
  const root = process.cwd();
  const settings = resolveSettings({ env: process.env, args: process.argv.slice(2), folders: [root] });
  // Amazon SageMaker starts every image as "serve"; "start" is what ours says elsewhere.
  refuseOthers(settings.rest, ['--dev', 'serve', 'start']);
  const config = readConfig(settings.env, {
    root,
    settings,
    development: settings.rest.includes('--dev'),
    isTerminal: process.stdout.isTTY,
  });
  const log = createLog({ level: config.logLevel, format: config.logFormat });
  notePlatform(config, log);
  const resources = describeWorkers(config.workers, config.machine);
  const server = await startServer(config, log, await openTracing(process.env, log));
  log.info(
    {
      url: server.url,
      port: server.port,
      pid: process.pid,
      workers: config.workers.count,
      resources,
      lan: config.lanOff === undefined ? 'on' : `off: ${config.lanOff}`,
    },
    'listening',
  );
  obeyParent(server, config, log);
  await server.ready;
  const startMs = Math.round(performance.now());
  log.info({ startMs }, 'ready');
  server.onPaired(() => process.send?.({ type: 'paired' } satisfies ServerMessage));
  process.send?.({ type: 'ready', url: server.url, startMs, resources } satisfies ServerMessage);
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

/** Drains and ends on a signal, on the word of the process that started this one, or when that is gone; answers what it asks. */
function obeyParent(server: LivelensServer, { lanOff, drainMs }: Config, log: Log): void {
  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => {
      log.warn({ drainMs }, 'stopping took longer than DRAIN_MS, and was cut short');
      process.exit(1);
    }, drainMs).unref();
    server.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // A second signal ends the process at once, as people expect of Ctrl+C.
      if (isStopping) process.exit(130);
      stop();
    });
  }
  process.on('message', (message: ParentMessage | string) => {
    if (typeof message === 'object' && message.type === 'link') {
      // To who started this process, and into no log.
      process.send?.({ type: 'link', fragment: server.mintLink().fragment } satisfies ServerMessage);
      return;
    }
    if (typeof message === 'object' && message.type === 'phone') {
      const link = server.invite();
      const offer: PhoneOffer = link ? { kind: 'link', link } : { kind: 'none', why: lanOff ?? 'no-network' };
      process.send?.({ type: 'phone', ...offer } satisfies ServerMessage);
      return;
    }
    // Ours, or the word of another process manager.
    stop();
  });
  process.on('disconnect', stop);
  // It may be gone already.
  if (process.send !== undefined && !process.connected) stop();
}

main().catch((error: unknown) => {
  process.stderr.write(`livelens: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
