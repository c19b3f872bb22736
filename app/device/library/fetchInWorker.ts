import { DeviceError } from '../runtime/deviceSession.ts';
import type { FromDownload, ToDownload } from './downloadJob.ts';
import { type FetchFile, fetchFile } from './fetchFile.ts';

/** Below this, hashing costs the page less than a worker does. */
const SMALL_BYTES = 1 << 20;

/** `fetchFile` in a worker: hashing a graph would hold up the page. In the page where there are no workers. */
export const fetchInWorker: FetchFile = (job, hooks) => {
  const isSmall = job.file.bytes < SMALL_BYTES;
  return isSmall || typeof Worker === 'undefined' ? fetchFile(job, hooks) : inWorker(job, hooks);
};

const inWorker: FetchFile = (job, hooks) => {
  const { signal } = hooks;
  const worker = new Worker(new URL('./download.worker.ts', import.meta.url), { name: 'model download' });
  const post = (message: ToDownload) => worker.postMessage(message);
  let hasAnswered = false;
  const outcome = new Promise<void>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<FromDownload>) => {
      hasAnswered = true;
      switch (data.type) {
        case 'part':
          hooks.onPart(data.bytes).then(() => post({ type: 'kept' }), reject);
          return;
        case 'progress':
          hooks.onProgress(data.receivedBytes);
          return;
        case 'done':
          resolve();
          return;
        case 'failed':
          reject(new DeviceError(data.code, data.message));
          return;
        default:
          data satisfies never;
      }
    };
    worker.onerror = ({ message }) => {
      if (hasAnswered) reject(new DeviceError('failed', message || 'The download worker has died.'));
      // It could not be loaded.
      else resolve(fetchFile(job, hooks));
    };
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    post({ type: 'job', job });
  });
  return outcome.finally(() => worker.terminate());
};
