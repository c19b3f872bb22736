import type { Log } from './telemetry/log.ts';

/** What a process does until it is asked to stop. */
export interface Stoppable {
  /** Finishes what it has, and stops. */
  close(): Promise<void>;
}

/**
 * Drains and ends on a signal, on the word of the process that started this one, or when that is gone.
 * @param onMessage takes a message of that process that is no word to stop. @returns whether it was one
 * @returns whether it stops
 */
export function stopWhenAsked(
  running: Stoppable,
  { drainMs, log, onMessage }: { drainMs: number; log: Log; onMessage?: (message: unknown) => boolean },
): () => boolean {
  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => {
      log.warn({ drainMs }, 'stopping took longer than DRAIN_MS, and was cut short');
      process.exit(1);
    }, drainMs).unref();
    running.close().then(
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
  // Ours, or the word of another process manager.
  process.on('message', (message: unknown) => {
    if (!onMessage?.(message)) stop();
  });
  process.on('disconnect', stop);
  // It may be gone already.
  if (process.send !== undefined && !process.connected) stop();
  return () => isStopping;
}
