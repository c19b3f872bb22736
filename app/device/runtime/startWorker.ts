import type { ProviderChoice } from './sessionJob.ts';

/** A worker for one model. Each call names its file: the bundler looks for exactly this form. */
export function startWorker(provider: ProviderChoice['provider']): Worker {
  return provider === 'litert'
    ? new Worker(new URL('./liteRt.worker.ts', import.meta.url), {
        name: 'model on this device, by LiteRT.js',
      })
    : new Worker(new URL('./session.worker.ts', import.meta.url), { name: 'model on this device' });
}
