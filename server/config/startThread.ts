import { Worker } from 'node:worker_threads';
import type { ChildEntry } from './forkChild.ts';

const isSource = import.meta.url.endsWith('.ts');

/** Starts a thread of this process for work that no stranger's bytes reach, and that runs no graph. It does not keep the process alive. */
export function startThread({ source, built }: ChildEntry): Worker {
  const entry = isSource ? fromSource(source) : new URL(built, import.meta.url);
  const thread = new Worker(entry, { execArgv: [], env: {} });
  thread.unref();
  return thread;
}

/** In development and in tests. `--import tsx` does nothing in a thread. */
function fromSource(source: URL): URL {
  const code = `import { register } from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))};
register();
await import(${JSON.stringify(source.href)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}
