import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clearRuntime, runtimeBytes, runtimeCacheName } from './runtimeCache.ts';

test('what the runtime takes is counted and freed; without caches it is nothing', async (t) => {
  assert.equal(await runtimeBytes(), 0);
  await clearRuntime();
  const kept = new Map([
    [
      runtimeCacheName(),
      new Map([
        ['http://localhost/runtime/a', 3],
        ['http://localhost/runtime/b', 4],
      ]),
    ],
  ]);
  const caches = {
    has: async (name: string) => kept.has(name),
    delete: async (name: string) => kept.delete(name),
    open: async (name: string) => ({
      keys: async () => [...(kept.get(name)?.keys() ?? [])].map((url) => new Request(url)),
      match: async ({ url }: Request) => new Response(new Uint8Array(kept.get(name)?.get(url) ?? 0)),
    }),
  };
  Object.defineProperty(globalThis, 'caches', { value: caches, configurable: true });
  t.after(() => Reflect.deleteProperty(globalThis, 'caches'));
  assert.equal(await runtimeBytes(), 7);
  await clearRuntime();
  assert.equal(await runtimeBytes(), 0);
});
