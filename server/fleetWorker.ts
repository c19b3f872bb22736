import { abortable } from '../protocol/abortable.ts';
import { startAcceleratedPool } from './acceleratedPool.ts';
import { openInstallation } from './access/installation.ts';
import type { Config } from './config/config.ts';
import type { QueueConfig } from './config/queueConfig.ts';
import { followModels, heldBy } from './fleet/followModels.ts';
import { installLive } from './fleet/installModels.ts';
import type { Worker } from './fleet/member.ts';
import { createStandIns } from './fleet/standIns.ts';
import { createUseGate } from './fleet/useGate.ts';
import { waitUntil } from './fleet/waitUntil.ts';
import { type FleetLink, openFleetLink } from './fleetLink.ts';
import { createHealthServer } from './http/healthServer.ts';
import { listenUrl } from './http/listenUrl.ts';
import type { ModelFolder } from './library/modelFolder.ts';
import { openProviderRecords } from './library/providerRecords.ts';
import { openSnapshots } from './library/snapshots.ts';
import { createModelStore } from './library/store.ts';
import { listen } from './listen.ts';
import { createNatsFrameOutbox } from './nats/natsFrameOutbox.ts';
import { openNatsLibrary } from './nats/natsLibrary.ts';
import { createStoppableOutbox } from './queue/stoppableOutbox.ts';
import { withVersionNames } from './queue/withVersionNames.ts';
import { findModels } from './serving/foundModels.ts';
import { createPrecision, mayDiffer } from './serving/precision.ts';
import { createModelRegistry } from './serving/registry.ts';
import type { Stoppable } from './stopWhenAsked.ts';
import { lastSecond } from './telemetry/lastSecond.ts';
import type { Log } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import type { FleetReadings } from './telemetry/status.ts';

/** A machine that runs models for the gateways of its fleet. */
export interface FleetWorker extends Stoppable {
  /** Where it tells of its health. */
  readonly url: string;
  readonly port: number;
  /** Resolves when it takes frames. */
  readonly ready: Promise<void>;
}

/** Time after which a worker offers what it has, ms. */
const ALL_HELD_MS = 120_000;

/** A worker that always has frames races both versions of a quantised model after this time, or up to twice as long, ms. */
const PATIENCE_MS = 240_000;

const NOT_JOINED: FleetReadings = {
  queue: { isConnected: false, disconnects: 0, events: {} },
  gateways: 0,
  workers: 0,
};

const NOTHING_HELD: Pick<Worker, 'serving' | 'staged' | 'refused'> = { serving: [], staged: [], refused: [] };

export type FleetWorkerConfig = Omit<Config, 'queue'> & { queue: QueueConfig };

/**
 * Joins the fleet as soon as NATS is there, gets its models and proves them, and then takes frames. `ready` rejects where NATS does not let
 * it in.
 * @throws Error where the port is taken
 */
export async function startFleetWorker(config: FleetWorkerConfig, log: Log): Promise<FleetWorker> {
  const stop = new AbortController();
  let fleet: FleetLink | undefined;
  let models: FleetModels | undefined;
  let isLeaving = false;
  /** Not before it has all that is live: one that it replaces leaves then. */
  let isOffering = false;
  const metrics = createMetrics({
    workers: () => models?.pool.statuses ?? [],
    waitingFrames: () => 0,
    models: () => models?.registry.details() ?? [],
    maxSessions: 0,
    fleet: () => fleet?.readings() ?? NOT_JOINED,
  });
  const http = createHealthServer({
    metrics,
    elsewhere: {
      code: 'not_found',
      message: 'A worker has no pages: /livez, /readyz and /metrics. The page is at its gateways.',
    },
    readiness: () => ({
      ready: isOffering && !isLeaving && fleet?.link.isConnected === true && models?.isServing() === true,
      models: models?.registry.loaded.map(({ manifest, version }) => `${manifest.id}@${version}`) ?? [],
    }),
  });
  const { port } = await listen(http, config).catch((error: unknown) => {
    metrics.close();
    throw error;
  });

  async function join(): Promise<FleetModels> {
    const { signal } = stop;
    const joined = await openFleetLink(config.queue, 'worker', log, { signal });
    fleet = joined;
    joined.members.announce(() => {
      const { serving, staged, refused } = models?.held() ?? NOTHING_HELD;
      return {
        ...{
          role: 'worker',
          ...joined.self,
          isLeaving,
          group: config.queue.group,
          slots: config.workers.count,
        },
        labelsPerSecond: lastSecond(metrics.status(undefined).history).labelsPerSecond,
        memoryBytes: process.memoryUsage.rss() + sum(models?.pool.statuses ?? []),
        ...{ serving: isOffering ? serving : [], staged, refused },
      };
    });
    return openModels({ config, fleet: joined, metrics, log, signal });
  }
  const opening = join();
  const ready = opening.then(async (opened) => {
    models = opened;
    await opened.untilAllHeld;
    isOffering = true;
    fleet?.members.announceNow();
  });
  ready.catch(() => {});

  let closed: Promise<void> | undefined;
  return {
    url: listenUrl(config.host, port),
    port,
    ready,
    close() {
      closed ??= (async () => {
        isLeaving = true;
        fleet?.members.announceNow();
        stop.abort(new Error('The worker stops.'));
        const opened = await opening.catch(() => undefined);
        await opened?.outbox.stop();
        await opened?.close();
        await fleet?.close();
        http.close();
        http.closeAllConnections();
        metrics.close();
      })();
      return closed;
    },
  };
}

type FleetModels = Awaited<ReturnType<typeof openModels>>;

interface OpenModelsOptions {
  config: FleetWorkerConfig;
  fleet: FleetLink;
  metrics: ReturnType<typeof createMetrics>;
  log: Log;
  signal: AbortSignal;
}

/** The models of the fleet, the processes that run them, and what gives them frames. */
async function openModels({ config, fleet, metrics, log, signal }: OpenModelsOptions) {
  const { queue } = config;
  const { link, members, memberId } = fleet;
  const nowMs = () => performance.now();
  const library = await openNatsLibrary(link, log, { ...(queue.cacheDir && { cacheDir: queue.cacheDir }) });
  const snapshots = await openSnapshots();
  // Not in the folder of the snapshots that the registry has, which removes what it does not need there.
  const temporary = await openSnapshots();
  const modelsDir = await temporary.newFolder();
  const store = createModelStore(modelsDir, { mayBeEmpty: true });
  const install = { role: 'worker', library, modelsDir, store, log } as const;
  await installLive(install, signal);
  const installation = await openInstallation(config.configDir);
  const records = openProviderRecords(installation.folder, log);
  const standIns = createStandIns(library.pointers);
  const precision = createPrecision({
    mode: config.precision,
    workers: config.workers,
    kept: store.kept,
    pool: () => pool,
    swap(live, folder) {
      standIns.note(refOf(live), refOf(folder));
      return registry.swap(live, folder);
    },
    records,
    log,
    // Workers that all have much to do would else load the other version at the same time.
    patienceMs: PATIENCE_MS * (1 + Math.random()),
  });
  const pick = async (live: ModelFolder) => {
    const folder = mayDiffer(live) ? await precision.first(live) : live;
    standIns.note(refOf(live), refOf(folder));
    return folder;
  };
  const found = await findModels({ ...config.models, modelsDir, snapshots, pick }, log);

  const natsOutbox = createNatsFrameOutbox({
    ...{ link, workerId: memberId, group: queue.group, log },
    models: () => registry.loaded.map(({ manifest }) => manifest.id),
  });
  const named = withVersionNames(natsOutbox, (id, version) => standIns.knownAs({ id, version }));
  const outbox = createStoppableOutbox(named, {
    nowMs,
    onAnswered: (result, ageMs) => metrics.answered('stream', result, ageMs),
  });
  const { pool, accelerators } = startAcceleratedPool({
    ...{ queue: outbox, found, config, records, log },
    onRestart: metrics.workerRestarted,
  });
  const gate = createUseGate(library, standIns, members.announceNow);
  const registry = createModelRegistry({
    ...config.models,
    ...{ modelsDir, found, snapshots, log, nowMs },
    // Frames of gateways pass it by: it cannot tell a model that is in use.
    keepsLoaded: true,
    pool: gate.gated(pool),
    providersOf: accelerators.reportsOf,
    precision,
  });
  registry.onChange(() => {
    accelerators.follow(registry.loaded);
    precision.follow(registry.held.filter(({ live }) => mayDiffer(live)));
    members.announceNow();
  });
  await abortable(registry.ready, signal);
  const follower = followModels({ ...install, memberId, members, registry });

  /** What it has no room for it refuses. */
  const isAllHeld = () =>
    [...library.pointers.values()].every(({ pointer: { live } }) => {
      if (live === undefined) return true;
      const { id, version } = live;
      return (
        registry.held.some((one) => one.live.manifest.id === id && one.live.version === version) ||
        follower.refused.some((one) => one.id === id && one.version === version)
      );
    }) || undefined;
  const untilAllHeld = waitUntil(isAllHeld, {
    listen: registry.onChange,
    signal,
    ms: ALL_HELD_MS,
    late: () => true,
  });
  untilAllHeld.catch(() => {});

  return {
    registry,
    pool,
    outbox,
    /** Rejects when the worker stops. */
    untilAllHeld,
    held: () => heldBy(registry, gate, follower, standIns),
    isServing: () => pool.live > 0 && registry.loaded.length > 0,
    async close() {
      registry.close();
      accelerators.close();
      precision.close();
      await follower.close();
      await pool.close();
      natsOutbox.close();
      await library.close();
      await snapshots.close();
      await temporary.close();
    },
  };
}

const refOf = ({ manifest: { id }, version }: ModelFolder) => ({ id, version });

const sum = (statuses: readonly { memoryBytes?: number | undefined }[]) =>
  statuses.reduce((total, { memoryBytes = 0 }) => total + memoryBytes, 0);
