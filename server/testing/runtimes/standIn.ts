import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * `node --import` this file: another backend stands in for the provider `webgpu`, registered as backends of the runtime are. What
 * it does is in the query: `?fast` remembers what it was asked, `?hangs`, `?crashes`, `?disagrees`, `?fails` (while it serves). Of
 * several pictures at once: `?together` takes no longer than for one, `?oneByOne` as long as for each; `?mixesUp` gives each the answer
 * of another, `?crashesOverTwo` crashes, and `?endsOverTwo` does so once it serves.
 */
const require = createRequire(import.meta.url);
// What onnxruntime-node registers its own with; asked first, since the first that is registered stays.
const COMMON = 'onnxruntime-common';
const { registerBackend } = require(COMMON) as typeof import('onnxruntime-node');

/** Less than the processor takes for the shipped model, and more than a timer is wrong by. */
const RUN_MS = 6;
const TAKES_TIME = ['together', 'oneByOne', 'mixesUp', 'crashesOverTwo'];

type Backend = Parameters<typeof registerBackend>[1];
type Handler = Awaited<ReturnType<Backend['createInferenceSessionHandler']>>;
const manner = new URL(import.meta.url).search.slice(1);

const standIn: Backend = {
  async init() {},
  async createInferenceSessionHandler(file, options) {
    const { InferenceSession } = require('onnxruntime-node') as typeof import('onnxruntime-node');
    const session = await InferenceSession.create(file as string, {
      ...options,
      executionProviders: ['cpu'],
    });
    const remembered = new Map<string, Awaited<ReturnType<Handler['run']>>>();
    let runs = 0;
    const handler: Partial<Handler> = {
      inputNames: session.inputNames,
      outputNames: session.outputNames,
      inputMetadata: session.inputMetadata,
      outputMetadata: session.outputMetadata,
      async dispose() {
        await session.release();
      },
      async run(feeds) {
        runs += 1;
        if (manner === 'hangs') for (;;);
        if (manner === 'crashes') process.abort();
        // Not in its trial, and after the four goldens and two batches in a worker.
        if (manner === 'fails' && runs > 6 && !process.argv[1]?.includes('race'))
          throw new Error('The device is lost.');
        const [picture] = Object.values(feeds);
        const count = picture?.dims[0] ?? 1;
        if (manner === 'crashesOverTwo' && count > 1) process.abort();
        // After the four goldens and one batch in a worker.
        if (manner === 'endsOverTwo' && count > 1 && runs > 5) process.abort();
        // Turned by one, so that each picture has the answer of the one before.
        const asked =
          picture && manner === 'mixesUp' && count > 1
            ? { [session.inputNames[0] ?? '']: turned(picture) }
            : feeds;
        const key = Object.values(feeds)
          .map(({ data }) => digest(data as Uint8Array))
          .join();
        const outputs =
          remembered.get(key) ?? ((await session.run(asked)) as Awaited<ReturnType<Handler['run']>>);
        remembered.set(key, outputs);
        // Several at once take none: on a busy machine a wait of 6 ms may well take 14, with which they would lose.
        const runMs = count > 1 ? { together: 0, oneByOne: RUN_MS * count }[manner] : undefined;
        if (TAKES_TIME.includes(manner)) await sleep(runMs ?? RUN_MS);
        if (manner === 'disagrees') {
          for (const { data } of Object.values(outputs)) if (data instanceof Float32Array) data.fill(0);
        }
        return outputs;
      },
    };
    return handler as Handler;
  },
};

/** The first picture last. */
function turned({ data, dims }: { data: unknown; dims: readonly number[] }) {
  const { Tensor } = require('onnxruntime-node') as typeof import('onnxruntime-node');
  const bytes = data as Uint8Array;
  const size = bytes.length / (dims[0] ?? 1);
  const all = new Uint8Array(bytes.length);
  all.set(bytes.subarray(size));
  all.set(bytes.subarray(0, size), bytes.length - size);
  return new Tensor('uint8', all, dims);
}

/** Above the priority of the runtime's own. */
registerBackend('webgpu', standIn, 200);

function digest(bytes: Uint8Array): string {
  let sum = bytes.length;
  for (let at = 0; at < bytes.length; at += 97) sum = (sum * 31 + (bytes[at] ?? 0)) % 2_147_483_647;
  return String(sum);
}
