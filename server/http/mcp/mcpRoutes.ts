import type { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import type { McpHttpHandler } from '@modelcontextprotocol/server';
import { type Context, Hono } from 'hono';
import { cors } from 'hono/cors';
import { CodedError } from '../../../protocol/errors.ts';
import type { Prediction } from '../../../protocol/messages.ts';
import { aboutModels } from '../../../protocol/sentences/models.ts';
import type { Access } from '../../access/adminRight.ts';
import { clientGroup, type ProxyOptions } from '../../access/clientAddress.ts';
import { isAllowedOrigin, isOfOwnPage } from '../../access/origin.ts';
import type { NoteRefusedOrigin } from '../../access/refusedOrigins.ts';
import type { Limits } from '../../config/config.ts';
import { createConcurrencyLimit } from '../../limits/concurrencyLimit.ts';
import type { PredictContext, PredictOptions } from '../../predict/predictImage.ts';
import type { ModelRegistry } from '../../serving/registry.ts';
import type { Log } from '../../telemetry/log.ts';
import { beginPredict, type ObserveOptions } from '../observePredict.ts';
import { refuseMethod } from '../otherMethods.ts';
import type { PredictGate } from '../predictGate.ts';
import { predictPictures } from '../predictPictures.ts';
import { readAll, requestBody } from '../requestBody.ts';
import type { SeenCamera, ToolContext } from './tools.ts';

export const MCP_PATH = '/mcp';

export interface McpRoutesOptions
  extends Omit<PredictContext, 'models' | 'limits' | 'metrics'>,
    ProxyOptions,
    Omit<ObserveOptions, 'metrics'> {
  metrics: PredictContext['metrics'] & ObserveOptions['metrics'];
  models: ModelRegistry;
  limits: Limits;
  access: Access;
  allowedOrigins: readonly string[];
  noteRefusedOrigin: NoteRefusedOrigin;
  log: Log;
  /** What the shared cameras see now. @param address by what limits count who looks */
  glance(address: string): Promise<readonly SeenCamera[]>;
  gate: PredictGate;
}

type Env = { Bindings: HttpBindings };

/** Requests in progress: each may hold a picture in base64. */
const MAX_REQUESTS = 16;
const MAX_REQUESTS_PER_ADDRESS = 4;
/** Of a message, in addition to its picture. */
const MAX_ENVELOPE_BYTES = 64 << 10;
/** What a client in a page may send and read; the protocol's. */
const ALLOWED_HEADERS = [
  ...['Authorization', 'Content-Type', 'Accept', 'Last-Event-ID'],
  ...['MCP-Protocol-Version', 'Mcp-Session-Id', 'Mcp-Method', 'Mcp-Name'],
];

/**
 * Tools for assistants over the Model Context Protocol (Streamable HTTP); mounted at `/mcp`. Every request stands alone: there is no
 * session to keep or to steal. It gives no one more than `/v1/predict`, `/v1/models` and a screen give the same client.
 * docs/assistants.md
 */
export function createMcpRoutes(options: McpRoutesOptions): Hono<Env> {
  const app = new Hono<Env>();
  const requests = createConcurrencyLimit({ max: MAX_REQUESTS, maxPerAddress: MAX_REQUESTS_PER_ADDRESS });
  const maxRequestBytes = Math.ceil((options.limits.maxPictureBytes * 4) / 3) + MAX_ENVELOPE_BYTES;
  let handler: Promise<McpHttpHandler> | undefined;

  app.use(
    cors({
      origin: (origin, c: Context<Env>) => (isAllowedOrigin(c.env.incoming, options) ? origin : null),
      allowHeaders: ALLOWED_HEADERS,
      exposeHeaders: ['Mcp-Session-Id', 'WWW-Authenticate'],
    }),
    async (c, next) => {
      const { incoming } = c.env;
      if (!mayAsk(incoming)) {
        options.noteRefusedOrigin(incoming.headers.origin);
        throw new CodedError('forbidden_origin', aboutModels('origin_refused'));
      }
      const caller = await options.access.callerOf(incoming);
      for (const action of ['view', 'predict'] as const) {
        if (!caller.may(action)) throw caller.refusal(action);
      }
      await next();
    },
  );

  app.post('/', async (c) => {
    const { incoming } = c.env;
    const release = requests.acquire(clientGroup(incoming, options));
    if (release === undefined) {
      throw new CodedError('server_busy', `${requests.inFlight} requests of assistants are in progress.`);
    }
    try {
      handler ??= openHandler(options.log);
      const { fetch } = await handler;
      const parsedBody = await readJson(incoming, maxRequestBytes);
      if (parsedBody === undefined) return c.json(NO_JSON, 400);
      return await fetch(c.req.raw, { authInfo: callerOf(incoming), parsedBody });
    } finally {
      release();
    }
  });
  app.all('/', (c) => refuseMethod(c, ['POST'], 'It is for assistants, over the Model Context Protocol.'));

  /**
   * A page of another site can have its own name lead to this machine (DNS rebinding), and then names that as the host. So a page of our
   * own counts only where the host is a name of this machine. An assistant that is no page sends no Origin.
   */
  function mayAsk(request: IncomingMessage): boolean {
    if (request.headers.origin === undefined) return true;
    if (!isAllowedOrigin(request, options)) return false;
    const isConfigured = options.allowedOrigins.some(
      (allowed) => allowed === '*' || allowed === request.headers.origin,
    );
    return isConfigured || (isOfOwnPage(request, options) && options.access.isHere(request));
  }

  /** As `/v1/predict`, and counted with its requests. */
  async function predictObserved(
    request: IncomingMessage,
    image: Uint8Array,
    asked: PredictOptions,
  ): Promise<Prediction> {
    const { traceparent } = request.headers;
    const end = beginPredict(options, {
      incoming: request,
      route: MCP_PATH,
      traceparent: typeof traceparent === 'string' ? traceparent : undefined,
    });
    let error: unknown;
    try {
      return await options.gate(request, async () => {
        const [prediction] = await predictPictures(request, [image], asked, options);
        return prediction as Prediction;
      });
    } catch (thrown) {
      error = thrown;
      throw thrown;
    } finally {
      end(error, 200);
    }
  }

  /** The sender of a request on its way through the library, which passes it on untouched. */
  function callerOf(request: IncomingMessage) {
    const context: ToolContext = {
      async look() {
        const caller = await options.access.callerOf(request);
        if (!caller.may('watch')) throw caller.refusal('watch');
        return options.glance(clientGroup(request, options));
      },
      predict: (image, asked) => predictObserved(request, image, asked),
      models: () => options.models.details(),
      maxPictureBytes: options.limits.maxPictureBytes,
      log: options.log,
    };
    return { token: '', clientId: 'client', scopes: [], extra: { context } };
  }
  return app;
}

/** As JSON-RPC says it. */
const NO_JSON = { jsonrpc: '2.0', id: null, error: { code: -32700, message: 'Parse error: JSON expected.' } };

/**
 * The library would read a copy of the request, and a copied body leaves a message port behind in Node 20.12, which keeps the process alive.
 * @returns undefined: no JSON
 * @throws CodedError `frame_too_large`
 */
async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const body = await readAll(requestBody(request, maxBytes));
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Imported at the first request: most servers never get one, and the library takes a quarter of a second to load. */
async function openHandler(log: Log): Promise<McpHttpHandler> {
  const [{ createMcpHandler }, { createToolServer }] = await Promise.all([
    import('@modelcontextprotocol/server'),
    import('./tools.ts'),
  ]);
  return createMcpHandler(({ authInfo }) => createToolServer(authInfo?.extra?.context as ToolContext, '1'), {
    // Nothing here changes that a client would wait for, so no connection stays open.
    maxSubscriptions: 0,
    onerror: (error) => log.debug({ error: error.message }, 'a message of an assistant was refused'),
  });
}
