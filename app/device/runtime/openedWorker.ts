import { DeviceTimeout } from './deviceSession.ts';
import type { ModelWorker } from './modelWorker.ts';
import type { ProviderChoice } from './sessionJob.ts';

/** What a session uses of a model's worker. */
export type OpenedWorker = Pick<
  ModelWorker,
  'certificate' | 'provider' | 'busy' | 'run' | 'time' | 'proveNext' | 'onLost' | 'close'
>;

/** @param onFile called when a file of the runtime has come */
export type OpenWorker = (
  choice: ProviderChoice,
  signal: AbortSignal,
  onFile?: () => void,
) => Promise<OpenedWorker>;

/**
 * Opens a worker for a trial, which has a limit. It begins again with each file of the runtime that has come: a slow link says nothing
 * of what opens it.
 * @throws DeviceTimeout when it took too long; what `openWorker` throws; the signal's reason
 */
export async function openWithin(
  limitMs: number,
  openWorker: OpenWorker,
  choice: ProviderChoice,
  signal: AbortSignal,
): Promise<OpenedWorker> {
  const ending = new AbortController();
  const end = () => ending.abort(signal.reason);
  if (signal.aborted) end();
  signal.addEventListener('abort', end, { once: true });
  const late = new DeviceTimeout(`not ready within ${limitMs / 1000} s`);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const restart = () => {
    clearTimeout(timer);
    timer = setTimeout(() => ending.abort(late), limitMs);
  };
  restart();
  try {
    return await openWorker(choice, ending.signal, restart);
  } catch (error) {
    if (ending.signal.reason !== late) throw error;
    throw late;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}
