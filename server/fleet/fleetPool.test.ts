import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { ModelRef } from '../library/modelRef.ts';
import { SILENT_LOG } from '../testing/silentLog.ts';
import type { FleetLibrary, Pointer, StoredPointer } from './fleetLibrary.ts';
import { createFleetPool } from './fleetPool.ts';
import type { Members } from './member.ts';

const ME = 'me';
const version = (id: string, name: string) => ({ id, version: name, files: [] });

/** A gateway without workers over a library in this process. */
function open({ here, pointers }: { here: string[]; pointers: Record<string, Pointer> }) {
  const stored = new Map(
    Object.entries(pointers).map(([id, pointer]): [string, StoredPointer] => [id, { pointer, revision: 1 }]),
  );
  let failures = 0;
  const library: FleetLibrary = {
    pointers: stored,
    removed: new Map(),
    onChange: () => () => {},
    async upload() {},
    async download() {},
    async point(id, pointer) {
      if (failures-- > 0) throw new Error('NATS does not answer.');
      if (pointer) stored.set(id, { pointer, revision: 2 });
      else stored.delete(id);
      return 2;
    },
    async close() {},
  };
  const members: Members = {
    all: [],
    announce() {},
    announceNow() {},
    onChange: () => () => {},
    onGone: () => () => {},
    async close() {},
  };
  const pool = createFleetPool({
    ...{ library, members, memberId: ME, log: SILENT_LOG },
    found: { folders: [], loaded: [] },
    modelsDir: '',
    store: { ids: async () => here, kept: async () => [] },
  });
  return {
    pool,
    stored,
    failNext(times: number) {
      failures = times;
    },
  };
}

test('a model that is removed here leaves the fleet; one that is only unloaded does not', async () => {
  const live = { cups: { live: version('cups', '1') }, birds: { live: version('birds', '1') } };
  const { pool, stored } = open({ here: ['cups'], pointers: live });
  pool.remove(['cups', 'birds']);
  await pool.close();
  assert.deepEqual([...stored.keys()], ['cups']);
});

test('a version that could not be made live is taken back, so that workers do not wait for it', async () => {
  const live = version('cups', '1');
  const { pool, stored, failNext } = open({
    here: ['cups'],
    pointers: { cups: { live, staged: { ...version('cups', '2'), by: ME } } },
  });
  failNext(1);
  const model = { id: 'cups', version: '2' } as ModelRef;
  await assert.rejects(pool.adopt(model, { inferMs: 1, onSwitch() {} }), /NATS does not answer/);
  await setImmediate();
  assert.deepEqual(stored.get('cups')?.pointer, { live });
  await pool.close();
});

test('what could not be taken back when NATS did not answer is taken back later', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const live = version('cups', '1');
  const { pool, stored, failNext } = open({
    here: ['cups'],
    pointers: { cups: { live, staged: { ...version('cups', '2'), by: ME } } },
  });
  // The change, and all attempts to take it back.
  failNext(6);
  const model = { id: 'cups', version: '2' } as ModelRef;
  await assert.rejects(pool.adopt(model, { inferMs: 1, onSwitch() {} }), /NATS does not answer/);
  await setImmediate();
  assert.ok(stored.get('cups')?.pointer.staged);
  for (nowMs = 1_000; nowMs <= 5_000; nowMs += 1_000) t.mock.timers.tick(1_000);
  await setImmediate();
  assert.deepEqual(stored.get('cups')?.pointer, { live });
  await pool.close();
});

test('a gateway whose models cannot be given to the fleet says so', async () => {
  const { pool } = open({ here: [], pointers: {} });
  assert.deepEqual(await pool.ready, []);
  await pool.close();
});
