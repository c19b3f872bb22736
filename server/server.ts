import { randomBytes, randomUUID } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import type { PhoneLink } from '../protocol/lan.ts';
import { type AdminLink, createAccess } from './access/adminRight.ts';
import { type Installation, openInstallation } from './access/installation.ts';
import { createPairing } from './access/pairing.ts';
import { createRefusedOrigins } from './access/refusedOrigins.ts';
import { createUnnamedProxyNote } from './access/unnamedProxy.ts';
import { removeBasePath } from './config/basePath.ts';
import type { Config } from './config/config.ts';
import { healthPathsOf, SAGEMAKER_STREAM_PATH } from './http/contracts/contracts.ts';
import { openDevelopmentFiles } from './http/developmentFiles.ts';
import { listenUrl } from './http/listenUrl.ts';
import { openPages } from './http/pages.ts';
import { nameRequest } from './http/requestId.ts';
import { createRoutes } from './http/routes.ts';
import { endSlowRequest, isUpload } from './http/slowRequests.ts';
import { runHalf } from './import/run/process.ts';
import { createImports } from './import/service/imports.ts';
import type { Lan } from './lan/lan.ts';
import type { ModelFolder } from './library/modelFolder.ts';
import { openProviderRecords } from './library/providerRecords.ts';
import { recoverModels } from './library/recoverModels.ts';
import { openSnapshots } from './library/snapshots.ts';
import { createModelStore } from './library/store.ts';
import { createAddressPenalties } from './limits/addressPenalties.ts';
import { guardConnections } from './limits/connections.ts';
import { maxOpenFiles, shareDescriptors } from './limits/descriptors.ts';
import { createSemaphore } from './limits/semaphore.ts';
import { createUsageLimits } from './limits/usageLimits.ts';
import { announce, type Listening, listen } from './listen.ts';
import { startNextDevelopment } from './nextDevelopment.ts';
import { openModelsDir } from './openModelsDir.ts';
import { createRelay } from './relay/relay.ts';
import { findModels } from './serving/foundModels.ts';
import { createHalfGraphs } from './serving/halfGraphs.ts';
import { createPrecision } from './serving/precision.ts';
import { createModelRegistry } from './serving/registry.ts';
import { createResumeTokens } from './session/resumeToken.ts';
import { acceptSockets } from './session/sockets.ts';
import type { Log } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import type { Tracing } from './telemetry/tracing.ts';
import { createTaughtCollections } from './things/taughtCollections.ts';
import { openThingsStore, thingsDirIn } from './things/thingsStore.ts';
import { joinFleet, startLan, startSignedTokens } from './whereWanted.ts';
import { createDecoders } from './worker/decoder/decoders.ts';
import { startOwnWorkers } from './workforce.ts';

export interface LivelensServer {
  /** Where it listens, with the port that it really got and the base path: no slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Resolves when models are loaded and proven and frames can be answered; rejects when none can serve. */
  readonly ready: Promise<void>;
  /** Process ids of the workers that run now. */
  readonly workerPids: readonly number[];
  /** A new link that gives one browser the right to change models. */
  mintLink(): AdminLink;
  /** An address for a phone, in LAN mode. */
  invite(): PhoneLink | undefined;
  /** A device used the code of such an address. Returns its disposer. */
  onPaired(listener: () => void): () => void;
  /** Drains and stops: clients are asked to come back, what runs is finished or answered. Idempotent. */
  close(): Promise<void>;
}

/** What a stop takes after sockets and pictures are done, ms: last answers, and the processes that run models. */
const AFTER_GRACE_MS = 2_000;
/** How long addresses wait whose pictures take too long to decode. */
const COSTLY_PICTURES = { firstMs: 2_000, maxMs: 60_000, forgiveAfterMs: 600_000, maxAddresses: 10_000 };
/** A picture whose codes take longer to read ends the process that reads them, ms. */
const CODES_TIMEOUT_MS = 15_000;
/** Time for the last HTTP answers to be written, at the least, and what is kept after it, ms. */
const LAST_ANSWERS_MS = 500;

/**
 * Builds the whole server and starts it: frame queue, workers, sockets, HTTP.
 * @param signal gives up waiting for what is not there yet: NATS
 * @throws Error when the port is taken, or there are no pages or no models directory; the signal's reason
 */
export async function startServer(
  wanted: Config,
  log: Log,
  tracing?: Tracing,
  signal = new AbortController().signal,
): Promise<LivelensServer> {
  const { warning, ...sockets } = shareDescriptors(
    await maxOpenFiles(),
    wanted.queue ? 0 : wanted.workers.count,
    wanted.limits,
  );
  if (warning) log.warn(warning);
  const opened = await openModelsDir(wanted, log);
  const { modelsDir } = opened;
  await recoverModels(modelsDir, log);
  const store = createModelStore(modelsDir);
  const local = { ...wanted, modelsDir, limits: { ...wanted.limits, ...sockets } };
  const fleet = await joinFleet(local, store, log, signal).catch(async (error: unknown) => {
    await opened.close();
    throw error;
  });
  const config = {
    ...local,
    limits: { ...local.limits, ...fleet?.limits },
    models: { ...local.models, ...fleet?.models },
  };
  const nowMs = () => performance.now();
  const snapshots = await openSnapshots();
  const installation = await openInstallation(config.configDir);
  if (installation.note !== undefined) noteInstallation(installation, log);
  const instance = randomUUID();
  const pairing = config.needsPairing ? createPairing(installation.secret, Date.now) : undefined;
  const signed = config.signedTokens && (await startSignedTokens(config.signedTokens, log));
  const access = createAccess({ ...config, ...installation, pairing, signed, instance, now: Date.now });
  const records = openProviderRecords(installation.folder, log);
  const precision =
    fleet?.precision ??
    createPrecision({
      mode: config.precision,
      workers: config.workers,
      kept: store.kept,
      pool: () => work.race,
      swap: (live, folder) => models.swap(live, folder),
      records,
      log,
    });
  const found = await findModels({ ...config.models, modelsDir, snapshots, pick: precision.first }, log);
  const metrics = createMetrics({
    workers: () => work.pool.statuses,
    waitingFrames: () => work.waiting,
    models: () => models.details(),
    maxSessions: config.limits.maxSessions,
    fleet: fleet?.readings,
  });
  // First of all, because it takes longest: the workers load their models while the rest is built.
  const onRestart = metrics.workerRestarted;
  const fleetWork = fleet?.start(found, nowMs);
  const work = fleetWork ?? startOwnWorkers({ config, found, records, onRestart, nowMs, log });
  const { pool, accelerators } = work;
  const things = await openThingsStore(thingsDirIn(modelsDir), log);
  const embedders = createTaughtCollections({ store: things, context: () => context, modelsDir, log, nowMs });
  let isDraining = false;
  const models = createModelRegistry({
    ...config.models,
    ...{ modelsDir, found, pool, snapshots, log, nowMs },
    collections: embedders,
    providersOf: accelerators.reportsOf,
    precision,
    ...(fleetWork && { isRun: fleetWork.isRun }),
  });
  fleetWork?.begin({ registry: models, metrics, isDraining: () => isDraining });
  // What serves has passed its trial, even if the process that began it is gone.
  let confirmed: readonly ModelFolder[] = [];
  models.onChange(() => {
    const news = models.serving.filter((folder) => !confirmed.includes(folder));
    confirmed = models.serving;
    accelerators.follow(models.loaded);
    precision.follow(models.held);
    for (const { manifest, version } of news) {
      store.confirm(manifest.id, version).catch((error: unknown) => {
        log.warn({ model: manifest.id, error: String(error) }, 'the end of a trial was not noted');
      });
    }
  });
  const { maxModelBytes, maxPredictions } = config.limits;
  const imports = createImports({ modelsDir, store, registry: models, log, maxModelBytes, hub: config.hub });
  const halves = createHalfGraphs({ snapshots, log, make: runHalf });

  const resumeTokens = createResumeTokens(
    fleet?.resumeSecret ?? config.resumeSecret ?? randomBytes(32).toString('hex'),
  );
  // One worker is left to the streams, whatever pictures are sent. Those of a fleet come and go.
  const pictures = createSemaphore(fleet ? maxPredictions : Math.max(1, config.workers.count - 1));
  const requests = createSemaphore(Number.POSITIVE_INFINITY);
  const codes = createDecoders({ count: 1, timeoutMs: CODES_TIMEOUT_MS, log });
  const noteRefusedOrigin = createRefusedOrigins(log, config.allowedOrigins);
  const noteUnnamedProxy = createUnnamedProxyNote(log, config);
  const penalties = createAddressPenalties(COSTLY_PICTURES);
  const usage = createUsageLimits(config.limits, nowMs);
  const serving = {
    ...{ queue: work.inbox, requests, pictures, codes, penalties, usage, resumeTokens },
    ...{ models, store, things, embedders, halves, imports, metrics },
    // The same process: neither is asked for often.
    cutters: codes,
  };
  const context = { ...config, ...serving, access, noteRefusedOrigin, log, nowMs, tracing };
  const development = config.development ? await startNextDevelopment(config.contracts) : undefined;
  const { requestTimeoutMs } = config.limits;
  const http = createServer({
    requestTimeout: 0,
    headersTimeout: requestTimeoutMs / 3,
    keepAliveTimeout: config.keepAliveMs,
    connectionsCheckingInterval: requestTimeoutMs / 15,
  });
  const lan: Lan | undefined =
    config.tls &&
    (await startLan({
      ...config,
      tls: config.tls,
      server: http,
      pairing,
      folder: installation.folder,
      timeoutMs: requestTimeoutMs / 3,
      onSecure: (socket, secure) => connections.replace(socket, secure),
      log,
    }));
  const relay = createRelay(context);
  const routes = createRoutes({
    ...context,
    maxModelsMemoryBytes: config.models.maxMemoryBytes,
    glance: relay.glance,
    lan: config.lan && lan,
    pairing,
    isDraining: () => isDraining,
    readiness: () => ({
      ready: pool.live > 0 && models.serving.length > 0 && !isDraining,
      workers: pool.live,
    }),
    pages: development ? { files: await openDevelopmentFiles() } : await openPages(config.pagesDir),
  });
  const listener = getRequestListener(routes.fetch);
  const connections = guardConnections(http, {
    ...context,
    healthPaths: healthPathsOf(config.contracts),
    handle(request, response) {
      nameRequest(request, response, context);
      noteUnnamedProxy(request);
      if (lan?.answerPlain(request, response)) return;
      const page = removeBasePath(request, config.basePath);
      if (page !== undefined) {
        // Not for good: the setting may change.
        response.writeHead(307, { Location: page }).end();
        return;
      }
      if (!isUpload(request)) endSlowRequest(request, requestTimeoutMs);
      if (!development?.takes(request, response)) void listener(request, response);
    },
  });
  const sessions = acceptSockets({
    ...context,
    streamAlsoAt: config.contracts.sagemaker && SAGEMAKER_STREAM_PATH,
    others: [relay.protocol],
    onSession: connections.release,
    server: http,
    mustUseTls: (request) => lan?.mustUseTls(request) ?? false,
    onOtherUpgrade: development?.onUpgrade,
  });
  let listening: Listening;
  try {
    listening = await listen(http, config);
  } catch (error) {
    models.close();
    accelerators.close();
    precision.close();
    halves.close();
    http.close();
    await lan?.close();
    await Promise.all([imports.close(), sessions.close(0), work.close()]);
    codes.close();
    relay.close();
    await snapshots.close();
    await opened.close();
    metrics.close();
    throw error;
  }
  const { port, ownUrl } = listening;
  lan?.begin(port);
  const pageUrl = listenUrl(config.host, port) + config.basePath;
  const removeRecord = await announce(
    installation,
    { instance, url: ownUrl, pageUrl, modelsDir: await realpath(modelsDir) },
    log,
  );
  let closed: Promise<void> | undefined;
  return {
    url: pageUrl,
    port,
    mintLink: access.mintLink,
    invite: () => (config.lan ? lan?.invite() : undefined),
    onPaired: (listener) => pairing?.onPaired(listener) ?? (() => {}),
    ready: models.ready,
    get workerPids() {
      return work.pids;
    },
    close() {
      closed ??= (async () => {
        isDraining = true;
        const endsAtMs = nowMs() + config.drainMs;
        const graceMs = Math.max(LAST_ANSWERS_MS, config.drainMs - AFTER_GRACE_MS);
        await removeRecord().catch((error: unknown) => {
          log.warn({ error: String(error) }, 'the record of this server for commands was not removed');
        });
        models.close();
        accelerators.close();
        precision.close();
        halves.close();
        const stopped = new Promise((resolve) => http.close(resolve));
        await Promise.all([
          // A trial in progress is given up, and its import rolled back.
          Promise.race([imports.close(), sleep(graceMs, undefined, { ref: false })]),
          sessions.close(graceMs),
          Promise.race([requests.whenIdle(), sleep(graceMs, undefined, { ref: false })]),
        ]);
        relay.close();
        codes.close();
        await work.close();
        await snapshots.close();
        // Answers are on their way; connections that wait for a next request are not worth waiting for.
        http.closeIdleConnections();
        const lastMs = Math.max(LAST_ANSWERS_MS, endsAtMs - nowMs() - LAST_ANSWERS_MS);
        await Promise.race([stopped, sleep(lastMs, undefined, { ref: false })]);
        http.closeAllConnections();
        await stopped;
        connections.close();
        await lan?.close();
        await opened.close();
        await development?.close();
        metrics.close();
        await tracing?.close();
      })();
      return closed;
    },
  };
}

function noteInstallation({ folder, note }: Installation, log: Log): void {
  const follows =
    folder === undefined
      ? 'The right to change models ends with each restart, and "npm run models -- link" does not work. ' +
        'Let LIVELENS_CONFIG_DIR name a folder of this user, or set ADMIN_TOKEN.'
      : 'Open a new link in each browser that is to change models: "npm run models -- link".';
  log.warn({ why: note, follows }, 'the secret of this installation');
}
