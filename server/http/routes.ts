import type { HttpBindings } from '@hono/node-server';
import { type Context, type Handler, Hono } from 'hono';
import { cors } from 'hono/cors';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { BANDWIDTH } from '../../protocol/bandwidth.ts';
import { CodedError, ERRORS } from '../../protocol/errors.ts';
import { LAN_PATH } from '../../protocol/lan.ts';
import { type ErrorBody, type ServerTime, STREAM_PATH, SUBPROTOCOL } from '../../protocol/messages.ts';
import { sentenceOf } from '../../protocol/sentence.ts';
import { aboutModels } from '../../protocol/sentences/models.ts';
import type { Access } from '../access/adminRight.ts';
import { clientGroup, type ProxyOptions } from '../access/clientAddress.ts';
import { isAllowedOrigin } from '../access/origin.ts';
import type { NoteRefusedOrigin } from '../access/refusedOrigins.ts';
import type { Limits } from '../config/config.ts';
import type { AddressPenalties } from '../limits/addressPenalties.ts';
import { createConcurrencyLimit } from '../limits/concurrencyLimit.ts';
import type { Log } from '../telemetry/log.ts';
import { createAccessRoutes } from './accessRoutes.ts';
import { createBandwidthRoutes } from './bandwidthRoutes.ts';
import { createDeviceRoutes } from './deviceRoutes.ts';
import { createLanRoutes, type LanRoutesOptions } from './lanRoutes.ts';
import { createModelRoutes, type ModelRoutesOptions } from './modelRoutes.ts';
import { SECURITY_HEADERS } from './pages.ts';
import { type PredictRouteContext, predict } from './predict.ts';

export interface RoutesOptions
  extends Omit<PredictRouteContext, 'models'>,
    ProxyOptions,
    Pick<LanRoutesOptions, 'lan' | 'pairing'>,
    Omit<ModelRoutesOptions, 'maxModelBytes'> {
  limits: Limits;
  allowedOrigins: readonly string[];
  access: Access;
  noteRefusedOrigin: NoteRefusedOrigin;
  log: Log;
  /** Addresses whose pictures took too long to decode. */
  penalties: AddressPenalties;
  /** Whether frames can be answered now, and with what. */
  readiness(): { ready: boolean; workers: number };
  /** The server stops: nothing new is begun. */
  isDraining(): boolean;
  /** The built pages; in development Next serves them, and the files here are but those that it does not have. */
  pages: { files: Handler; notFound?: Handler };
}

type Env = { Bindings: HttpBindings };

const PREDICT_PATH = '/v1/predict';

/** All of HTTP but the socket. Errors are `{error: {code, message}}` with the status of protocol/errors.ts. */
export function createRoutes(options: RoutesOptions): Hono<Env> {
  const { models, metrics, limits, log, penalties, nowMs } = options;
  const app = new Hono<Env>();
  const predictions = createConcurrencyLimit({
    max: limits.maxPredictions,
    maxPerAddress: limits.maxPredictionsPerAddress,
  });

  app.onError((error, c) => {
    if (error instanceof CodedError) return fail(c, error);
    // A client that hung up in the middle of its picture is not an error of the server.
    const isAborted = c.req.raw.signal.aborted || error.message === 'aborted';
    log[isAborted ? 'debug' : 'error']({ error: error.message, path: c.req.path }, 'request failed');
    return fail(c, new CodedError('internal', aboutModels('server_failed')));
  });

  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.res.headers.set(name, value);
  });

  app.get('/healthz', (c) => c.json({ status: 'alive' }));
  app.get('/readyz', (c) => {
    const { ready, workers } = options.readiness();
    const ids = models.serving.map(({ manifest, version }) => `${manifest.id}@${version}`);
    return c.json({ ready, workers, models: ids }, ready ? 200 : 503);
  });
  app.get('/metrics', async (c) => {
    const { contentType, text } = await metrics.render();
    return c.body(text, 200, { 'Content-Type': contentType });
  });

  app.use(
    '/v1/*',
    cors({
      // An origin that is not allowed gets no header, and its browser keeps the answer from it.
      origin: (origin, c: Context<Env>) => (isAllowedOrigin(c.env.incoming, options) ? origin : null),
      allowHeaders: ['Authorization', 'Content-Type'],
    }),
    async (c, next) => {
      if (!isAllowedOrigin(c.env.incoming, options)) {
        options.noteRefusedOrigin(c.env.incoming.headers.origin);
        throw new CodedError('forbidden_origin', aboutModels('origin_refused'));
      }
      await next();
    },
  );
  // Before the token is asked for: the code of a link is proof enough.
  app.route(LAN_PATH, createLanRoutes(options));
  app.route('/v1/access', createAccessRoutes(options));
  app.use('/v1/*', async (c: Context<Env>, next) => {
    if (!options.access.mayUse(c.env.incoming)) {
      throw new CodedError('unauthorized', options.access.howToUse);
    }
    await next();
  });
  app.get('/v1/time', (c) => {
    c.header('Cache-Control', 'no-store');
    return c.json({ nowMs: performance.timeOrigin + performance.now() } satisfies ServerTime);
  });
  app.route(BANDWIDTH.path, createBandwidthRoutes(options));
  app.route('/v1/models', createDeviceRoutes(options));
  app.route('/v1/models', createModelRoutes({ ...options, maxModelBytes: limits.maxModelBytes }));
  app.post(
    PREDICT_PATH,
    async (c: Context<Env>, next) => {
      if (options.isDraining()) throw new CodedError('restarting', aboutModels('server_restarts'));
      const address = clientGroup(c.env.incoming, options);
      const waitMs = penalties.waitMs(address, nowMs());
      if (waitMs > 0) {
        throw new CodedError(
          'rate_limited',
          aboutModels('pictures_too_slow', { seconds: Math.ceil(waitMs / 1000) }),
          { retryAfterMs: waitMs },
        );
      }
      // Counted before the body is read: what waits here costs memory.
      const release = predictions.acquire(address);
      if (release === undefined) {
        throw new CodedError('server_busy', aboutModels('pictures_busy', { count: predictions.inFlight }));
      }
      try {
        await next();
        if (c.error instanceof CodedError && c.error.code === 'frame_too_costly') {
          penalties.penalise(address, nowMs());
        }
      } finally {
        release();
      }
    },
    async (c) => c.json(await predict(c, options)),
  );
  app.get(STREAM_PATH, () => {
    throw new CodedError(
      'unsupported_version',
      `${STREAM_PATH} is a WebSocket of subprotocol ${SUBPROTOCOL}.`,
    );
  });
  for (const path of [PREDICT_PATH, '/healthz', '/readyz', '/metrics']) {
    app.all(path, (c) => {
      throw new CodedError('method_not_allowed', `${c.req.path} does not take ${c.req.method}.`);
    });
  }
  app.all('/v1/*', nothingThere);

  app.use('*', options.pages.files);
  if (options.pages.notFound) app.get('*', options.pages.notFound);
  app.all('*', nothingThere);

  function nothingThere(c: Context): never {
    throw new CodedError('not_found', `There is nothing at ${c.req.path}.`);
  }

  function fail(c: Context, error: CodedError): Response {
    const { http, retryable } = ERRORS[error.code];
    metrics.refused(error.code);
    if (retryable) c.header('Retry-After', String(Math.ceil((error.retryAfterMs ?? 1_000) / 1_000)));
    // A model that is refused may have a gigabyte still to come. The rest of a picture is read and thrown away, as a
    // connection that ends with unread bytes takes its answer along.
    if (c.req.method === 'POST' && c.req.path !== PREDICT_PATH) c.header('Connection', 'close');
    const body: ErrorBody = {
      error: { code: error.code, message: error.message, ...sentenceOf(error.text) },
    };
    return c.json(body, http satisfies ContentfulStatusCode);
  }
  return app;
}
