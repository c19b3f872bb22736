import type { HttpBindings } from '@hono/node-server';
import { type Context, type Handler, Hono } from 'hono';
import { cors } from 'hono/cors';
import { BANDWIDTH } from '../../protocol/bandwidth.ts';
import { CodedError } from '../../protocol/errors.ts';
import { LAN_PATH } from '../../protocol/lan.ts';
import { type ServerTime, STREAM_PATH, SUBPROTOCOL } from '../../protocol/messages.ts';
import { aboutModels } from '../../protocol/sentences/models.ts';
import { STATUS_PATH } from '../../protocol/status.ts';
import type { Access } from '../access/adminRight.ts';
import type { ProxyOptions } from '../access/clientAddress.ts';
import { isAllowedOrigin } from '../access/origin.ts';
import type { NoteRefusedOrigin } from '../access/refusedOrigins.ts';
import type { Limits } from '../config/config.ts';
import type { UsageLimits } from '../limits/usageLimits.ts';
import type { Log } from '../telemetry/log.ts';
import { createAccessRoutes } from './accessRoutes.ts';
import { createBandwidthRoutes } from './bandwidthRoutes.ts';
import { type ContractsOptions, createContractRoutes } from './contracts/contracts.ts';
import { createDeviceRoutes, type DeviceRoutesOptions } from './deviceRoutes.ts';
import { answerError } from './errorAnswer.ts';
import { createLanRoutes, type LanRoutesOptions } from './lanRoutes.ts';
import { createLiveLensScript } from './liveLensScript.ts';
import { createMcpRoutes, MCP_PATH, type McpRoutesOptions } from './mcp/mcpRoutes.ts';
import { createModelRoutes, type ModelRoutesOptions } from './modelRoutes.ts';
import { observePredict } from './observePredict.ts';
import { OPENAPI_PATH } from './openapi/openapiPath.ts';
import { refuseOtherMethods } from './otherMethods.ts';
import { type PredictRouteContext, predict } from './predict.ts';
import { createPredictGate, type PredictGateOptions, passGate } from './predictGate.ts';
import { REQUEST_ID_HEADER } from './requestId.ts';
import { type HstsOptions, hstsOf, NOTHING_RUNS, SECURITY_HEADERS } from './securityHeaders.ts';
import { createStatusRoutes } from './statusRoutes.ts';
import { createThingsExportRoutes } from './thingsExportRoutes.ts';
import { createThingsRoutes, type ThingsRoutesOptions } from './thingsRoutes.ts';

export interface RoutesOptions
  extends Omit<PredictRouteContext, 'models'>,
    ProxyOptions,
    Omit<PredictGateOptions, 'limits'>,
    Pick<LanRoutesOptions, 'lan' | 'pairing'>,
    Omit<ModelRoutesOptions, 'maxModelBytes'>,
    Pick<DeviceRoutesOptions, 'halves'>,
    Pick<McpRoutesOptions, 'glance'>,
    Pick<ThingsRoutesOptions, 'things' | 'embedders' | 'cutters'>,
    Pick<ContractsOptions, 'contracts' | 'maxModelsMemoryBytes'> {
  limits: Limits;
  allowedOrigins: readonly string[];
  /** See Config. */
  tls?: HstsOptions['tls'];
  access: Access;
  noteRefusedOrigin: NoteRefusedOrigin;
  log: Log;
  /** What one client may use. */
  usage: UsageLimits;
  /** Whether frames can be answered now, and with what. */
  readiness(): { ready: boolean; workers: number };
  /** The built pages; in development Next serves them, and the files here are but those that it does not have. */
  pages: { files: Handler; notFound?: Handler };
}

type Env = { Bindings: HttpBindings };

const PREDICT_PATH = '/v1/predict';
const TAKES_PICTURE = /^\/v1\/(predict|things\/[^/]+\/samples)$/;

/** All of HTTP but the socket. Errors are `{error: {code, message}}` with the status of protocol/errors.ts. */
export function createRoutes(options: RoutesOptions): Hono<Env> {
  const { models, metrics, limits } = options;
  const app = new Hono<Env>();
  const gate = createPredictGate(options);

  app.onError((error, c) => {
    // A model that is refused may have a gigabyte still to come. The rest of a picture is read and thrown away, as a
    // connection that ends with unread bytes takes its answer along.
    if (c.req.method === 'POST' && !TAKES_PICTURE.test(c.req.path)) c.header('Connection', 'close');
    return answerError(error, c, options);
  });

  app.use(async (c: Context<Env>, next) => {
    await next();
    const { headers } = c.res;
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) headers.set(name, value);
    if (!headers.has('Content-Security-Policy')) headers.set('Content-Security-Policy', NOTHING_RUNS);
    // What the API says is for who asked, and for now.
    if (c.req.path.startsWith('/v1/') && !headers.has('Cache-Control'))
      headers.set('Cache-Control', 'no-store');
    const hsts = hstsOf(c.env.incoming, options);
    if (hsts !== undefined) headers.set('Strict-Transport-Security', hsts);
  });

  // Before all others: a platform may name any path.
  app.route(
    '/',
    createContractRoutes({ ...options, gate: passGate(gate), maxModelBytes: limits.maxModelBytes }),
  );
  app.use(PREDICT_PATH, observePredict(options, PREDICT_PATH));

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

  let description: string | undefined;
  app.get(OPENAPI_PATH, async (c) => {
    const { describeApi } = await import('./openapi/openapi.ts');
    description ??= JSON.stringify(describeApi());
    // Tools that read it are pages of other origins. It says nothing of this server that its sources do not.
    c.header('Access-Control-Allow-Origin', '*');
    return c.body(description, 200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache' });
  });
  app.route(MCP_PATH, createMcpRoutes({ ...options, gate }));
  app.use(
    '/v1/*',
    cors({
      // An origin that is not allowed gets no header, and its browser keeps the answer from it.
      origin: (origin, c: Context<Env>) => (isAllowedOrigin(c.env.incoming, options) ? origin : null),
      allowHeaders: ['Authorization', 'Content-Type', 'traceparent'],
      exposeHeaders: [REQUEST_ID_HEADER],
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
    const action = c.req.path === PREDICT_PATH ? 'predict' : 'view';
    const caller = await options.access.callerOf(c.env.incoming);
    if (!caller.may(action)) throw caller.refusal(action);
    await next();
  });
  app.get('/v1/time', (c) => {
    c.header('Cache-Control', 'no-store');
    return c.json({ nowMs: performance.timeOrigin + performance.now() } satisfies ServerTime);
  });
  app.route(`/${STATUS_PATH}`, createStatusRoutes(options));
  app.route(BANDWIDTH.path, createBandwidthRoutes(options));
  app.route('/v1/models', createDeviceRoutes(options));
  app.route('/v1/models', createModelRoutes({ ...options, maxModelBytes: limits.maxModelBytes }));
  app.route('/v1/things', createThingsRoutes({ ...options, gate }));
  app.route('/v1/things', createThingsExportRoutes({ ...options, maxModelBytes: limits.maxModelBytes }));
  app.post(PREDICT_PATH, async (c) => c.json(await gate(c.env.incoming, () => predict(c, options))));
  app.get(STREAM_PATH, () => {
    throw new CodedError(
      'unsupported_version',
      `${STREAM_PATH} is a WebSocket of subprotocol ${SUBPROTOCOL}.`,
    );
  });
  refuseOtherMethods(app);
  app.all('/v1/*', nothingThere);

  app.route('/', createLiveLensScript(options));
  app.use('*', options.pages.files);
  if (options.pages.notFound) app.get('*', options.pages.notFound);
  app.all('*', nothingThere);

  function nothingThere(c: Context): never {
    throw new CodedError('not_found', `There is nothing at ${c.req.path}.`);
  }
  return app;
}
