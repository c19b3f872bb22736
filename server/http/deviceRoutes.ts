import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { CodedError, messageOf } from '../../protocol/errors.ts';
import { aboutModels } from '../../protocol/sentences/models.ts';
import { clientGroup, type ProxyOptions } from '../access/clientAddress.ts';
import { readHashed } from '../library/hashedFiles.ts';
import type { ModelStore } from '../library/store.ts';
import { createConcurrencyLimit } from '../limits/concurrencyLimit.ts';
import { createDeviceModels } from '../serving/deviceModels.ts';
import type { HalfGraphs } from '../serving/halfGraphs.ts';
import type { ModelRegistry } from '../serving/registry.ts';
import type { Log } from '../telemetry/log.ts';
import { readByteRange } from './byteRange.ts';
import { etagForPages } from './etagForPages.ts';
import { streamOf } from './streamOf.ts';

export interface DeviceRoutesOptions extends ProxyOptions {
  models: Pick<ModelRegistry, 'find' | 'forDevices' | 'goldenAnswers'>;
  store: Pick<ModelStore, 'kept'>;
  halves: Pick<HalfGraphs, 'of' | 'soon' | 'find'>;
  log: Log;
  isDraining(): boolean;
}

type Env = { Bindings: HttpBindings };

/** Each keeps a file open and a piece of it in memory, for as long as the device's link takes. */
const MAX_DOWNLOADS = 200;
/** One address may stand for a whole classroom, but must leave room for others. */
const MAX_DOWNLOADS_PER_ADDRESS = 60;

/** What devices get, so that they can run models by themselves; mounted at `/v1/models`. */
export function createDeviceRoutes(options: DeviceRoutesOptions): Hono<Env> {
  const { log, isDraining } = options;
  const deviceModels = createDeviceModels(options);
  const app = new Hono<Env>();
  const downloads = createConcurrencyLimit({ max: MAX_DOWNLOADS, maxPerAddress: MAX_DOWNLOADS_PER_ADDRESS });

  app.get('/:id/device', etagForPages(), async (c) => {
    const model = await deviceModels.describe(c.req.param('id'));
    return c.json(model, 200, { 'Cache-Control': 'no-cache' });
  });

  app.get('/:id/files/:sha256', async (c) => {
    if (isDraining()) throw new CodedError('restarting', aboutModels('server_restarts'));
    const { incoming, outgoing } = c.env;
    const release = downloads.acquire(clientGroup(incoming, options));
    if (release === undefined) {
      throw new CodedError('server_busy', aboutModels('downloads_busy', { count: downloads.inFlight }));
    }
    // Before anything is awaited: a client that hangs up in the meantime is noticed only here.
    if (outgoing.destroyed) release();
    else outgoing.once('close', release);
    const found = await deviceModels.file(c.req.param('id'), c.req.param('sha256'));
    const { sha256, bytes } = found;
    const tag = `"${sha256}"`;
    c.header('Accept-Ranges', 'bytes');
    c.header('Cache-Control', 'private, max-age=31536000, immutable');
    c.header('ETag', tag);
    if (c.req.header('If-None-Match')?.includes(tag)) return c.body(null, 304);

    // A client that has the beginning of another file needs this one from the beginning.
    const isOfThis = [undefined, tag].includes(c.req.header('If-Range'));
    const range = readByteRange(isOfThis ? c.req.header('Range') : undefined, bytes);
    if (range === 'unsatisfiable') {
      return c.body(null, 416, { 'Content-Range': `bytes */${bytes}` });
    }
    const { start, end } = range ?? { start: 0, end: bytes };
    if (range) c.header('Content-Range', `bytes ${start}-${end - 1}/${bytes}`);
    c.header('Content-Type', 'application/octet-stream');
    c.header('Content-Length', String(end - start));
    const status = range ? 206 : 200;
    if (c.req.method === 'HEAD') return c.body(null, status);

    // No one is there to read it.
    if (outgoing.destroyed) return c.body(null, status);
    const pieces = streamOf(readHashed(found, { start, end }), (error) => {
      log.warn({ model: c.req.param('id'), error: messageOf(error) }, 'download for a device broken off');
      outgoing.destroy();
    });
    return c.body(pieces, status);
  });
  return app;
}
