import assert from 'node:assert/strict';
import test from 'node:test';
import type { ModelFolder } from '../library/modelFolder.ts';
import { chooseLoaded } from './residency.ts';

const folder = (id: string) => ({ manifest: { id } }) as ModelFolder;
const NOW_MS = 100_000;

/** One that was last used at the start is loaded, and there is room for one. */
const choose = (question: { keepsLoaded?: boolean; usedAtMs?: number }) =>
  chooseLoaded({
    wanted: { folder: folder('new'), bytes: 10 },
    others: [{ folder: folder('old'), bytes: 10, usedAtMs: question.usedAtMs ?? 0, isLoaded: true }],
    maxBytes: 10,
    nowMs: NOW_MS,
    keepsLoaded: question.keepsLoaded,
  }).map(({ manifest }) => manifest.id);

test('what no one uses makes room, what is in use does not', () => {
  assert.deepEqual(choose({}), ['new']);
  assert.throws(() => choose({ usedAtMs: NOW_MS }), {
    code: 'server_busy',
    message: /while "old" is in use/,
  });
});

test('a worker of a fleet unloads nothing for another model, and says what to do', () => {
  assert.throws(() => choose({ keepsLoaded: true }), {
    code: 'server_busy',
    message: /^A worker has no room for "new" beside .* Raise MODELS_MEMORY_MB/,
  });
});
