import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { readCgroupLimits } from './cgroupLimits.ts';

/** What this process may use of its machine. */
export interface Machine {
  /** Cores to run on at the same time, at least 1: a share of a core beyond whole ones is left to the process with the sockets. */
  readonly cores: number;
  /** Cores that the machine has. */
  readonly coresInAll: number;
  readonly memoryBytes: number;
  /** What sets the number of cores: a container's quota, what the process is bound to (taskset, cpuset), or nothing. */
  readonly coresBy: 'quota' | 'affinity' | 'machine';
  /** Whether a container's limit sets the memory. */
  readonly isMemoryLimited: boolean;
}

export function findMachine(): Machine {
  const limits = process.platform === 'linux' ? readCgroupLimits(readIfThere) : {};
  return machineOf({
    limits,
    parallelism: availableParallelism(),
    coresInAll: cpus().length,
    totalBytes: totalmem(),
  });
}

/** @param found.parallelism cores that the process is not bound away from */
export function machineOf({
  limits,
  parallelism,
  coresInAll,
  totalBytes,
}: {
  limits: ReturnType<typeof readCgroupLimits>;
  parallelism: number;
  coresInAll: number;
  totalBytes: number;
}): Machine {
  const quota = Math.max(1, Math.floor(limits.cores ?? Number.POSITIVE_INFINITY));
  const cores = Math.min(quota, parallelism);
  const all = Math.max(coresInAll, parallelism);
  const memoryBytes = Math.min(limits.memoryBytes ?? Number.POSITIVE_INFINITY, totalBytes);
  return {
    cores,
    coresInAll: all,
    memoryBytes,
    // Newer versions of Node count the quota, rounded up or down, as parallelism.
    coresBy:
      limits.cores !== undefined && quota <= parallelism ? 'quota' : cores < all ? 'affinity' : 'machine',
    isMemoryLimited: memoryBytes < totalBytes,
  };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

const MIB = 2 ** 20;
/** What the server takes without workers, a worker with the shipped models at work, and one before it loads any; measured. */
const SERVER_BYTES = 100 * MIB;
const WORKER_BYTES = 350 * MIB;
const BARE_WORKER_BYTES = 90 * MIB;
/** While a model changes, workers hold two versions of it, and one process more proves the new one. */
const CHANGE = 2;
/** Of a worker in a small container, however small. */
const LEAST_MODELS_BYTES = 256 * MIB;

/** Number of workers with `threads` threads each that the cores and the memory are enough for; at least one. */
export function workersFor({ cores, memoryBytes }: Machine, threads: number): number {
  const byMemory = (memoryBytes - SERVER_BYTES) / (CHANGE * WORKER_BYTES);
  return Math.max(1, Math.floor(Math.min(cores / threads, byMemory)));
}

/** Memory that models may take in each of `workers` workers: no limit outside a container, in one a share of its limit. */
export function modelsBytesFor({ memoryBytes, isMemoryLimited }: Machine, workers: number): number {
  if (!isMemoryLimited) return Number.POSITIVE_INFINITY;
  const share = (memoryBytes - SERVER_BYTES) / (CHANGE * workers) - BARE_WORKER_BYTES;
  return Math.max(LEAST_MODELS_BYTES, Math.floor(share));
}

/** For people: "2 workers: 2 of 16 cores by the container's quota, 4.0 GB of memory by its limit". */
export function describeWorkers(workers: { count: number; threads: number }, machine: Machine): string {
  const { cores, coresInAll, coresBy, memoryBytes, isMemoryLimited } = machine;
  const { count, threads } = workers;
  const what = [
    `${count} ${count === 1 ? 'worker' : 'workers'}`,
    ...(threads > 1 ? [`of ${threads} threads each`] : []),
  ].join(' ');
  const why = {
    quota: " by the container's quota",
    affinity: ' by what the process is bound to',
    machine: '',
  }[coresBy];
  const share = why === '' ? `${cores} ${cores === 1 ? 'core' : 'cores'}` : `${cores} of ${coresInAll} cores`;
  const gigabytes = (memoryBytes / 1e9).toFixed(1);
  return `${what}: ${share}${why}, ${gigabytes} GB of memory${isMemoryLimited ? " by the container's limit" : ''}`;
}
