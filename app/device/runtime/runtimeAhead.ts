import * as v from 'valibot';
import { serverUrl } from '../../browser/basePath.ts';
import type { SafeStorage } from '../../browser/storage.ts';
import { LITERT_URL, RUNTIME_URL } from '../../offline/runtimeUrl.ts';
import { type Remembered, rememberedFor } from './remembered.ts';
import type { ProviderChoice, SessionJob } from './sessionJob.ts';
import { startWorker } from './startWorker.ts';

/** A worker that no model has taken by then is closed: its runtime takes memory. */
const UNUSED_MS = 30_000;

const NextRuntime = v.object({
  provider: v.picklist(['wasm', 'litert', 'webgpu']),
  threads: v.number(),
  /** The model that it ran. */
  modelId: v.string(),
  /** Whether it was loaded ahead since, and no model was opened by then: it may have ended the page. */
  isPending: v.optional(v.boolean(), false),
});
type NextRuntime = v.InferOutput<typeof NextRuntime>;

interface Ahead {
  readonly worker: Worker;
  readonly choice: ProviderChoice;
  readonly modelId: string;
  readonly timer: ReturnType<typeof setTimeout>;
}

let ahead: Ahead | undefined;
/** The model that is waited for first in this page's life. */
let firstModelId: string | undefined;

/** For the runtimes as they are served now, and this very browser. */
const nextRuntime = (entries?: SafeStorage): Remembered<NextRuntime> =>
  rememberedFor(
    { name: 'runtime', key: `${RUNTIME_URL} ${LITERT_URL} ${navigator.userAgent}`, entries },
    NextRuntime,
  );

/**
 * Remembers with what the model is opened that a person waits for, for `loadRuntimeAhead` of the next visit. Of several models it is the
 * one that was opened first.
 * @param entries where it is stored; default: local storage
 */
export function rememberRuntime(
  modelId: string,
  { provider, threads }: Pick<NextRuntime, 'provider' | 'threads'>,
  entries?: SafeStorage,
): void {
  firstModelId ??= modelId;
  if (modelId === firstModelId) nextRuntime(entries).write({ provider, threads, modelId, isPending: false });
}

/** The model of the last visit, which that worker is meant for; undefined where nothing is loaded ahead. */
export const lastModel = (): string | undefined => ahead?.modelId;

/**
 * Starts a worker that loads the runtime of the last visit, before it is known which model it will run: what a person waits for who
 * chose this device. Nothing, where there was no such visit, or with WebGPU, whose device each session asks for itself.
 * @param entries where it is stored; default: local storage
 */
export function loadRuntimeAhead(entries?: SafeStorage): void {
  const remembered = nextRuntime(entries);
  const known = remembered.read();
  if (typeof Worker === 'undefined' || known === undefined || known.provider === 'webgpu' || known.isPending)
    return;
  // First of all: a page that it ends must not load it again and again.
  remembered.write({ ...known, isPending: true });
  drop();
  const { provider, threads, modelId } = known;
  const choice: ProviderChoice = { provider, threads };
  const worker = startWorker(provider);
  // Whoever opens a model starts another one, and hears what is wrong.
  worker.onerror = () => {
    if (ahead?.worker === worker) drop();
  };
  worker.postMessage({ type: 'load', runtimeUrl: runtimeUrlOf(provider), choice } satisfies SessionJob);
  ahead = { worker, choice, modelId, timer: setTimeout(drop, UNUSED_MS) };
}

/** A worker for a model: the one that was started ahead, where it has that runtime; else that one is closed. */
export function takeWorker(choice: ProviderChoice): Worker {
  const taken = ahead;
  if (taken?.choice.provider !== choice.provider || taken.choice.threads !== choice.threads) {
    drop();
    return startWorker(choice.provider);
  }
  clearTimeout(taken.timer);
  ahead = undefined;
  return taken.worker;
}

function drop(): void {
  if (ahead === undefined) return;
  clearTimeout(ahead.timer);
  ahead.worker.terminate();
  ahead = undefined;
}

/** The folder of a runtime's files. */
export const runtimeUrlOf = (provider: ProviderChoice['provider']): string =>
  serverUrl(provider === 'litert' ? LITERT_URL : RUNTIME_URL);
