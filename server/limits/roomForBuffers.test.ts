import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { growingPercent } from './roomForBuffers.ts';

const MB = 1 << 20;

test('a small heap may grow by a fixed number of bytes, a large one as V8 thinks', () => {
  assert.equal(growingPercent(16 * MB), 800);
  assert.equal(growingPercent(64 * MB), 200);
  assert.equal(growingPercent(128 * MB), 0);
  assert.equal(growingPercent(500 * MB), 0);
});

test('V8 leaves a small heap that much room until its next full collection', async () => {
  const without = await roomOf('');
  const withRoom = await roomOf('giveBuffersRoom();');
  assert.ok(without < 32 * MB, `${without} bytes without`);
  assert.ok(withRoom > 64 * MB, `${withRoom} bytes with`);
});

/**
 * What V8 says that it lets be added after a full collection, bytes, in a process that does this first. A loader of TypeScript would fill its
 * heap: V8 lets one grow to as much as four times its size, as fast as it was collected, so that only of a small one it is known what it may add.
 */
async function roomOf(first: string): Promise<number> {
  const source = await readFile(new URL('./roomForBuffers.ts', import.meta.url), 'utf8');
  const { code } = await transform(source, { loader: 'ts', format: 'esm' });
  const script = `${code}; ${first} globalThis.gc();`;
  const flags = ['--expose-gc', '--trace-gc-verbose', '--input-type=module', '-e', script];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { maxBuffer: 64 * MB });
  const said = [...stdout.matchAll(/HeapController\] Limit: old size: (\d+) KB, new limit: (\d+) KB/g)].at(
    -1,
  );
  assert.ok(said, 'V8 says its limit');
  return (Number(said[2]) - Number(said[1])) * 1024;
}
