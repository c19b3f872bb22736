import { randomUUID } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import type { PhoneLink } from '../protocol/lan.ts';
import { type AdminLink, createAccess } from './access/adminRight.ts';
import { type Installation, openInstallation } from './access/installation.ts';
import { createPairing } from './access/pairing.ts';
import { createRefusedOrigins } from './access/refusedOrigins.ts';
import { writeServerRecord } from './access/serverRecord.ts';
import { createUnnamedProxyNote } from './access/unnamedProxy.ts';
import { removeBasePath } from './config/basePath.ts';
import type { Config } from './config/config.ts';
import { openDevelopmentFiles, SERVICE_WORKER_PATH } from './http/developmentFiles.ts';
import { listenUrl } from './http/listenUrl.ts';
import { openPages, RUNTIME_PATH } from './http/pages.ts';
import { createRoutes } from './http/routes.ts';
import { endSlowRequest, isUpload } from './http/slowRequests.ts';
import { createImports } from './import/service/imports.ts';
import type { Lan, LanOptions } from './lan/lan.ts';
import { type ModelFolder, modelRef } from './library/modelFolder.ts';
import { recoverModels } from './library/recoverModels.ts';
import { openSnapshots } from './library/snapshots.ts';
import { createModelStore } from './library/store.ts';
import { createAddressPenalties } from './limits/addressPenalties.ts';
import { guardConnections } from './limits/connections.ts';
import { maxOpenFiles, shareDescriptors } from './limits/descriptors.ts';
import { createSemaphore } from './limits/semaphore.ts';
import { createMemoryFrameQueue } from './queue/memoryFrameQueue.ts';
import { createRelay } from './relay/relay.ts';
import { findModels } from './serving/foundModels.ts';
import { createModelRegistry } from './serving/registry.ts';
import { createResumeTokens } from './session/resumeToken.ts';
import { acceptSockets } from './session/sockets.ts';
import type { Log } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { createDecoders } from './worker/decoder/decoders.ts';
import { startWorkerPool } from './worker/pool.ts';

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

/** Time for sockets to close when the server stops, ms. */
const CLOSE_GRACE_MS = 1_500;
/** How long addresses wait whose pictures take too long to decode. */
const COSTLY_PICTURES = { firstMs: 2_000, maxMs: 60_000, forgiveAfterMs: 600_000, maxAddresses: 10_000 };
/** A picture whose codes take longer to read ends the process that reads them, ms. */
const CODES_TIMEOUT_MS = 15_000;
/** Time for the last HTTP answers to be written, ms. */
const LAST_ANSWERS_MS = 500;

/**
 * Builds the whole server and starts it: frame queue, workers, sockets, HTTP.
 * @throws Error when the port is taken, or there are no pages or no models directory
 */
export async function startServer(wanted: Config, log: Log): Promise<LivelensServer> {
  const { warning, ...sockets } = shareDescriptors(await maxOpenFiles(), wanted.workers.count, wanted.limits);
  if (warning) log.warn(warning);
  const config = { ...wanted, limits: { ...wanted.limits, ...sockets } };
  const nowMs = () => performance.now();
  const snapshots = await openSnapshots();
  const installation = await openInstallation(config.configDir);
  if (installation.note !== undefined) noteInstallation(installation, log);
  const instance = randomUUID();
  const pairing = config.needsPairing ? createPairing(installation.secret, Date.now) : undefined;
  const access = createAccess({ ...config, ...installation, pairing, instance, now: Date.now });
  const { modelsDir } = config;
  await recoverModels(modelsDir, log);
  const found = await findModels({ ...config.models, modelsDir, snapshots }, log);
  const queue = createMemoryFrameQueue({
    maxAgeMs: config.limits.maxAgeMs,
    refreshMs: config.limits.refreshMs,
    nowMs,
  });
  const metrics = createMetrics({ liveWorkers: () => pool.live, waitingFrames: () => queue.waiting });
  // First of all, because it takes longest: the workers load their models while the rest is built.
  const pool = startWorkerPool({
    queue,
    models: found.loaded.map(modelRef),
    ...config.workers,
    log,
    onRestart: () => metrics.workerRestarted(),
  });
  const models = createModelRegistry({ ...config.models, modelsDir, found, pool, snapshots, log, nowMs });
  const store = createModelStore(modelsDir);
  // What serves has passed its trial, even if the process that began it is gone.
  let confirmed: readonly ModelFolder[] = [];
  models.onChange(() => {
    const news = models.serving.filter((folder) => !confirmed.includes(folder));
    confirmed = models.serving;
    for (const { manifest, version } of news) {
      store.confirm(manifest.id, version).catch((error: unknown) => {
        log.warn({ model: manifest.id, error: String(error) }, 'the end of a trial was not noted');
      });
    }
  });
  const { maxModelBytes } = config.limits;
  const imports = createImports({ store, registry: models, log, maxModelBytes, hub: config.hub });
  let isDraining = false;

  const resumeTokens = createResumeTokens(config.resumeSecret);
  // One worker is left to the streams, whatever pictures are sent.
  const pictures = createSemaphore(Math.max(1, config.workers.count - 1));
  const codes = createDecoders({ count: 1, timeoutMs: CODES_TIMEOUT_MS, log });
  const noteRefusedOrigin = createRefusedOrigins(log, config.allowedOrigins);
  const noteUnnamedProxy = createUnnamedProxyNote(log, config);
  const penalties = createAddressPenalties(COSTLY_PICTURES);
  const serving = { queue, pictures, codes, penalties, resumeTokens, models, store, imports, metrics };
  const context = { ...config, ...serving, access, noteRefusedOrigin, log, nowMs };
  const development = config.development ? await startNextDevelopment() : undefined;
  const { requestTimeoutMs } = config.limits;
  const http = createServer({
    requestTimeout: 0,
    headersTimeout: requestTimeoutMs / 3,
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
  const routes = createRoutes({
    ...context,
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
    handle(request, response) {
      noteUnnamedProxy(request);
      if (lan?.answerPlain(request, response)) return;
      const page = removeBasePath(request, config.basePath);
      if (page !== undefined) {
        // Not for good: the setting may change.
        response.writeHead(307, { Location: page }).end();
        return;
      }
      if (!isUpload(request)) endSlowRequest(request, requestTimeoutMs);
      if (development && !isOurs(request.url ?? '/')) void development.onRequest(request, response);
      else void listener(request, response);
    },
  });
  const relay = createRelay(context);
  const sessions = acceptSockets({
    ...context,
    others: [relay.protocol],
    onSession: connections.release,
    server: http,
    mustUseTls: (request) => lan?.mustUseTls(request) ?? false,
    onOtherUpgrade: development?.onUpgrade,
  });
  try {
    await new Promise<void>((resolve, reject) => {
      http.once('error', reject);
      // Without a host Node takes `::`, which IPv4 reaches too, or 0.0.0.0 where there is no IPv6.
      http.listen({ port: config.port, host: config.host }, resolve);
    });
  } catch (error) {
    models.close();
    http.close();
    await lan?.close();
    await Promise.all([imports.close(), sessions.close(0), pool.close()]);
    codes.close();
    relay.close();
    await queue.close();
    await snapshots.close();
    metrics.close();
    throw whyNotListening(error, config);
  }
  const address = http.address();
  const bound = typeof address === 'object' && address !== null ? address : undefined;
  const port = bound?.port ?? config.port;
  lan?.begin(port);
  const pageUrl = listenUrl(config.host, port) + config.basePath;
  const removeRecord = await announce(
    installation,
    {
      instance,
      url: ownUrl(config.host, bound?.address, port),
      pageUrl,
      modelsDir: await realpath(modelsDir),
    },
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
      return pool.pids;
    },
    close() {
      closed ??= (async () => {
        isDraining = true;
        await removeRecord().catch((error: unknown) => {
          log.warn({ error: String(error) }, 'the record of this server for commands was not removed');
        });
        models.close();
        const stopped = new Promise((resolve) => http.close(resolve));
        await Promise.all([
          // A trial in progress is given up, and its import rolled back.
          Promise.race([imports.close(), sleep(CLOSE_GRACE_MS, undefined, { ref: false })]),
          sessions.close(CLOSE_GRACE_MS),
          Promise.race([pictures.whenIdle(), sleep(CLOSE_GRACE_MS, undefined, { ref: false })]),
        ]);
        relay.close();
        codes.close();
        await pool.close();
        await queue.close();
        await snapshots.close();
        // Answers are on their way; connections that wait for a next request are not worth waiting for.
        http.closeIdleConnections();
        await Promise.race([stopped, sleep(LAST_ANSWERS_MS, undefined, { ref: false })]);
        http.closeAllConnections();
        await stopped;
        connections.close();
        await lan?.close();
        await development?.close();
        metrics.close();
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

/** Leaves a record of this server for commands. Without one they only lack a proof. */
async function announce({ folder }: Installation, record: Parameters<typeof writeServerRecord>[1], log: Log) {
  const nothing = async () => {};
  if (folder === undefined) return nothing;
  return writeServerRecord(folder, record).catch((error: unknown) => {
    log.warn({ folder, error: String(error) }, 'commands of this machine cannot find the server');
    return nothing;
  });
}

/**
 * Where a command of this machine surely meets this server and no other: not by a name that has two addresses.
 * @param bound the address that the server got for `host`
 */
function ownUrl(host: string | undefined, bound: string | undefined, port: number): string {
  if (host === undefined || host === '0.0.0.0') return `http://127.0.0.1:${port}`;
  if (host === '::') return `http://[::1]:${port}`;
  return listenUrl(host === 'localhost' ? bound : host, port);
}

/** In words that name the setting. */
function whyNotListening(error: unknown, { host, port }: Config): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return new Error(`Port ${port} is in use. Stop what uses it, or set PORT to another.`, {
        cause: error,
      });
    case 'EACCES':
      return new Error(`This user may not listen on port ${port}. Set PORT to another, above 1023.`, {
        cause: error,
      });
    case 'ENOTFOUND':
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
      return new Error(`HOST=${host}: this machine has no such address.`, { cause: error });
    default:
      return error;
  }
}

const OUR_PATHS = ['/v1/', '/healthz', '/readyz', '/metrics', RUNTIME_PATH, SERVICE_WORKER_PATH];
const isOurs = (url: string) => OUR_PATHS.some((prefix) => url.startsWith(prefix));

/** Imported only where it is wanted: its packages take a fifth of a second to load. */
async function startLan(options: LanOptions): Promise<Lan> {
  const { openLan } = await import('./lan/lan.ts');
  return openLan(options);
}

/** Next's own server, with hot reload, on our port. */
async function startNextDevelopment() {
  const { default: next } = await import('next');
  const app = next({ dev: true, dir: process.cwd() });
  await app.prepare();
  return {
    onRequest: app.getRequestHandler(),
    onUpgrade: app.getUpgradeHandler(),
    close: () => app.close(),
  };
}
