import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createFleetPool } from '../fleet/fleetPool.ts';
import { followModels, heldBy } from '../fleet/followModels.ts';
import { installLive } from '../fleet/installModels.ts';
import type { Member } from '../fleet/member.ts';
import { createStandIns } from '../fleet/standIns.ts';
import { createUseGate } from '../fleet/useGate.ts';
import { modelRef } from '../library/modelFolder.ts';
import { openSnapshots } from '../library/snapshots.ts';
import { createModelStore } from '../library/store.ts';
import { connectNats } from '../nats/link.ts';
import { openNatsLibrary } from '../nats/natsLibrary.ts';
import { openNatsMembers } from '../nats/natsMembers.ts';
import { createMemoryFrameQueue } from '../queue/memoryFrameQueue.ts';
import { createModelChanges } from '../serving/changes.ts';
import { findModels } from '../serving/foundModels.ts';
import { createModelRegistry } from '../serving/registry.ts';
import type { Log } from '../telemetry/log.ts';
import { startWorkerPool } from '../worker/pool.ts';
import { memberFields } from './memberFields.ts';
import type { NatsServer } from './natsServer.ts';
import { SILENT_LOG } from './silentLog.ts';

/** The parts of gateways and workers that have to do with models, in this process; frames do not cross NATS here. */

type Cleanup = { after(close: () => Promise<void>): void };

/** What was started last ends first, so that nothing has to end without NATS. */
export function lastFirst(t: Cleanup): Cleanup {
  const closing: (() => Promise<void>)[] = [];
  t.after(async () => {
    for (const close of closing.reverse()) await close();
  });
  return { after: (close) => void closing.push(close) };
}

const nowMs = () => performance.now();
const ROOM = { maxMemoryBytes: Number.POSITIVE_INFINITY, maxSlowdown: 1_000 };

export async function joinFleet(
  t: Cleanup,
  nats: NatsServer,
  clientName: string,
  { cacheDir, log = SILENT_LOG }: { cacheDir?: string; log?: Log } = {},
) {
  const link = await connectNats({ urls: [nats.url], name: 'fleet', clientName }, log);
  const members = openNatsMembers(link, log);
  const library = await openNatsLibrary(link, log, cacheDir === undefined ? {} : { cacheDir });
  let left: Promise<void> | undefined;
  const leave = () => {
    left ??= (async () => {
      await members.close();
      await library.close();
      await link.close();
    })();
    return left;
  };
  t.after(leave);
  return { link, members, library, leave };
}

export type FleetWorker = Awaited<ReturnType<typeof startFleetWorker>>;
export type FleetGateway = Awaited<ReturnType<typeof startFleetGateway>>;

/** A worker with one process; it is ready when its models are. */
export async function startFleetWorker(t: Cleanup, nats: NatsServer, memberId: string, log = SILENT_LOG) {
  const dir = await mkdtemp(path.join(tmpdir(), `livelens-${memberId}-`));
  const modelsDir = path.join(dir, 'models');
  const { link, members, library, leave } = await joinFleet(t, nats, memberId, {
    cacheDir: path.join(dir, 'cache'),
    log,
  });
  const store = createModelStore(modelsDir, { mayBeEmpty: true });
  const stop = new AbortController();
  const snapshots = await openSnapshots();
  const install = { role: 'worker', library, modelsDir, store, log } as const;
  await installLive(install, stop.signal);
  const found = await findModels({ modelsDir, snapshots, ...ROOM }, log);
  const queue = createMemoryFrameQueue({ maxAgeMs: 60_000, refreshMs: 100, nowMs });
  const pool = startWorkerPool({
    ...{ queue, models: found.loaded.map(modelRef), log },
    ...{ count: 1, threads: 1, frameTimeoutMs: 60_000 },
  });
  const standIns = createStandIns(library.pointers);
  const gate = createUseGate(library, standIns, members.announceNow);
  const gated = gate.gated(pool);
  const registry = createModelRegistry({ ...ROOM, modelsDir, found, pool: gated, snapshots, log, nowMs });
  await registry.ready;
  const follower = followModels({ ...install, memberId, members, registry });
  const read = (): Member => ({
    role: 'worker',
    ...memberFields(memberId),
    ...{ group: 'default', slots: 1 },
    ...heldBy(registry, gate, follower, standIns),
  });
  members.announce(read);
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= (async () => {
      const ending = follower.close();
      registry.close();
      await ending;
      await leave();
      await pool.close();
      await queue.close();
      await snapshots.close();
      await rm(dir, { recursive: true, force: true });
    })();
    return closed;
  };
  t.after(close);
  return { link, members, library, registry, queue, store, modelsDir, close };
}

export interface GatewayTimes {
  proveTimeoutMs?: number;
  noWorkerMs?: number;
}

/** A gateway over a models folder; `registry.ready` waits for workers. */
export async function startFleetGateway(
  t: Cleanup,
  nats: NatsServer,
  memberId: string,
  modelsDir: string,
  { log = SILENT_LOG, ...times }: GatewayTimes & { log?: Log } = {},
) {
  const { link, members, library, leave } = await joinFleet(t, nats, memberId, { log });
  const store = createModelStore(modelsDir);
  const snapshots = await openSnapshots();
  const install = { role: 'gateway', library, modelsDir, store, log } as const;
  await installLive(install, new AbortController().signal);
  const found = await findModels({ modelsDir, snapshots, ...ROOM }, log);
  const pool = createFleetPool({ library, members, memberId, found, modelsDir, store, log, ...times });
  const registry = createModelRegistry({ ...ROOM, modelsDir, found, pool, snapshots, log, nowMs });
  const follower = followModels({ ...install, memberId, members, registry });
  members.announce(() => ({
    role: 'gateway',
    ...memberFields(memberId),
    ...{ sessions: 0, waiting: 0, ageMs: { p50: null, p95: null } },
  }));
  const reload = (id: string) => registry.refresh(id);
  const changes = createModelChanges(store, { tryChange: reload, reload }, log);
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= (async () => {
      const ending = follower.close();
      registry.close();
      await ending;
      await pool.close();
      await leave();
      await snapshots.close();
    })();
    return closed;
  };
  t.after(close);
  return { link, members, library, registry, pool, store, changes, modelsDir, close };
}
