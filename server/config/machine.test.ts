import assert from 'node:assert/strict';
import test from 'node:test';
import { readConfig } from './config.ts';
import { describeWorkers, findMachine, machineOf, modelsBytesFor, workersFor } from './machine.ts';

const GIB = 2 ** 30;
const big = { parallelism: 16, coresInAll: 16, totalBytes: 64 * GIB };
const NONE = { cores: undefined, memoryBytes: undefined };

test('cores: the quota without its fraction, what the process is bound to, or all', () => {
  const coresOf = (limits: { cores?: number }, parallelism = 16) => {
    const { cores, coresBy } = machineOf({ ...big, parallelism, limits });
    return [cores, coresBy];
  };
  assert.deepEqual(coresOf({}), [16, 'machine']);
  assert.deepEqual(coresOf({ cores: 2 }), [2, 'quota']);
  assert.deepEqual(coresOf({ cores: 2.9 }), [2, 'quota']);
  assert.deepEqual(coresOf({ cores: 0.25 }), [1, 'quota']);
  assert.deepEqual(coresOf({}, 4), [4, 'affinity']);
  assert.deepEqual(coresOf({ cores: 8 }, 4), [4, 'affinity']);
  assert.deepEqual(coresOf({ cores: 64 }), [16, 'machine']);
});

test('workers: as many as cores, fewer where memory is short, one at least', () => {
  const workers = (cores: number, gib: number, threads = 1) =>
    workersFor(machineOf({ ...big, limits: { cores, memoryBytes: gib * GIB } }), threads);
  assert.equal(workers(4, 16), 4);
  assert.equal(workers(4, 4), 4);
  assert.equal(workers(4, 2), 2);
  assert.equal(workers(4, 1), 1);
  assert.equal(workers(4, 0.5), 1);
  assert.equal(workers(4, 0.1), 1);
  assert.equal(workers(4, 16, 2), 2);
  assert.equal(workers(4, 16, 3), 1);
  assert.equal(workers(2, 16, 8), 1);
});

test('memory of models: no limit on a machine of its own, a share of a container', () => {
  assert.equal(modelsBytesFor(machineOf({ ...big, limits: NONE }), 4), Number.POSITIVE_INFINITY);
  const small = machineOf({ ...big, limits: { memoryBytes: 4 * GIB } });
  const bytes = modelsBytesFor(small, 2);
  assert.ok(4 * bytes < 4 * GIB && 4 * bytes > 3 * GIB, `${bytes}`);
});

test('the configuration follows the machine, and what an operator sets takes precedence', () => {
  const machine = machineOf({ ...big, limits: { cores: 2, memoryBytes: 4 * GIB } });
  const read = (env: Record<string, string>) => {
    const { workers, models } = readConfig(env, { root: '/', machine });
    return [workers.count, workers.threads, models.maxMemoryBytes];
  };
  assert.deepEqual(read({}), [2, 1, modelsBytesFor(machine, 2)]);
  assert.deepEqual(read({ WORKERS: '5', MODELS_MEMORY_MB: '300' }), [5, 1, 300 * 2 ** 20]);
  assert.deepEqual(read({ WORKER_THREADS: '2', MODELS_MEMORY_MB: '0' }), [1, 2, Number.POSITIVE_INFINITY]);
});

test('the start line says how many workers there are, and why', () => {
  const container = machineOf({ ...big, limits: { cores: 2, memoryBytes: 4e9 } });
  assert.equal(
    describeWorkers({ count: 2, threads: 1 }, container),
    "2 workers: 2 of 16 cores by the container's quota, 4.0 GB of memory by the container's limit",
  );
  const plain = machineOf({ parallelism: 1, coresInAll: 1, totalBytes: 8e9, limits: NONE });
  assert.equal(
    describeWorkers({ count: 1, threads: 2 }, plain),
    '1 worker of 2 threads each: 1 core, 8.0 GB of memory',
  );
});

test('this machine has a core and some memory', () => {
  const { cores, coresInAll, memoryBytes } = findMachine();
  assert.ok(cores >= 1 && cores <= coresInAll && memoryBytes > 1e8);
});
