import { randomBytes } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { BANDWIDTH, type BandwidthReceipt } from '../../protocol/bandwidth.ts';
import { CodedError } from '../../protocol/errors.ts';
import { aboutModels } from '../../protocol/sentences/models.ts';
import { clientGroup, type ProxyOptions } from '../access/clientAddress.ts';
import type { Limits } from '../config/config.ts';
import { createConcurrencyLimit } from '../limits/concurrencyLimit.ts';
import { refuseMethod } from './otherMethods.ts';

type Env = { Bindings: HttpBindings };

export interface BandwidthRoutesOptions extends ProxyOptions {
  /** A download has as long as a request has to come. */
  limits: Pick<Limits, 'requestTimeoutMs'>;
  /** The server stops: nothing new is begun. */
  isDraining(): boolean;
}

/** Few at once: they measure the link, and take it from cameras. */
const AT_ONCE = { max: 4, maxPerAddress: 2 } as const;
/** Checked first: another must not take a place of those who measure. */
const METHODS = ['GET', 'HEAD', 'POST'];
/** Random, so that a proxy that compresses gains nothing; the same each time, as making them costs more than sending them. */
const PIECE = randomBytes(64 << 10);

/** What protocol/bandwidth.ts describes; mounted at `/v1/bandwidth`. Nothing of what comes is kept. */
export function createBandwidthRoutes(options: BandwidthRoutesOptions): Hono<Env> {
  const app = new Hono<Env>();
  const running = createConcurrencyLimit(AT_ONCE);
  const { requestTimeoutMs } = options.limits;

  app.use(async (c, next) => {
    if (!METHODS.includes(c.req.method)) refuseMethod(c, METHODS);
    if (options.isDraining()) {
      throw new CodedError('restarting', aboutModels('server_restarts'));
    }
    const release = running.acquire(clientGroup(c.env.incoming, options));
    if (release === undefined) {
      throw new CodedError('server_busy', aboutModels('others_measure'));
    }
    // Who reads a byte now and then is no slow reader, and would keep others from measuring for hours.
    const timer = setTimeout(() => c.env.outgoing.destroy(), requestTimeoutMs);
    // A download goes on after its handler has returned.
    c.env.outgoing.once('close', () => {
      clearTimeout(timer);
      release();
    });
    await next();
  });

  app.get('/', (c) => {
    const text = c.req.query('bytes') ?? String(BANDWIDTH.maxBytes);
    const bytes = Number(text);
    if (!/^\d+$/.test(text) || bytes < 1 || bytes > BANDWIDTH.maxBytes) {
      throw new CodedError(
        'bad_request',
        `bytes must be a whole number from 1 to ${BANDWIDTH.maxBytes}, got "${text}".`,
      );
    }
    return new Response(pieces(bytes), {
      headers: {
        'Content-Type': 'application/octet-stream',
        'Content-Length': String(bytes),
        'Cache-Control': 'no-store, no-transform',
      },
    });
  });

  app.post('/', async (c) => {
    let bytes = 0;
    for await (const piece of c.env.incoming.iterator({ destroyOnReturn: false })) {
      bytes += (piece as Buffer).byteLength;
      if (bytes > BANDWIDTH.maxBytes) {
        throw new CodedError('bad_request', `At most ${BANDWIDTH.maxBytes} bytes are taken here.`);
      }
    }
    return c.json({ bytes } satisfies BandwidthReceipt, 200, { 'Cache-Control': 'no-store' });
  });
  return app;
}

/** As fast as the client reads, and no faster: no more than a piece waits in memory. */
function pieces(bytes: number): ReadableStream<Uint8Array> {
  let left = bytes;
  return new ReadableStream(
    {
      pull(controller) {
        const piece = PIECE.subarray(0, Math.min(left, PIECE.byteLength));
        left -= piece.byteLength;
        // A copy: the stream may hand its memory over.
        controller.enqueue(new Uint8Array(piece));
        if (left === 0) controller.close();
      },
    },
    { highWaterMark: 1 },
  );
}
