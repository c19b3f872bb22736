import type { PhoneLink } from '../protocol/lan.ts';
import { readConfig } from './config/config.ts';
import type { LanOff } from './config/lanMode.ts';
import { describeWorkers } from './config/machine.ts';
import { type LivelensServer, startServer } from './server.ts';
import { createLog } from './telemetry/log.ts';

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
 * The server as a process: configuration from the environment, signals, exit code. `--dev` serves the pages with hot
 * reload.
 */
async function main(): Promise<void> {
  const config = readConfig(process.env, {
    root: process.cwd(),
    development: process.argv.includes('--dev'),
    isTerminal: process.stdout.isTTY,
  });
  const log = createLog(config.logLevel);
  const resources = describeWorkers(config.workers, config.machine);
  const server = await startServer(config, log);
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
  obeyParent(server, config.lanOff);
  await server.ready;
  const startMs = Math.round(performance.now());
  log.info({ startMs }, 'ready');
  server.onPaired(() => process.send?.({ type: 'paired' } satisfies ServerMessage));
  process.send?.({ type: 'ready', url: server.url, startMs, resources } satisfies ServerMessage);
}

/** Drains and ends on a signal, on the word of the process that started this one, or when that is gone; answers what it asks. */
function obeyParent(server: LivelensServer, lanOff: LanOff | undefined): void {
  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
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
