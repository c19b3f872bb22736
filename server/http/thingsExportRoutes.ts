import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import * as v from 'valibot';
import { CodedError } from '../../protocol/errors.ts';
import { aboutModels } from '../../protocol/sentences/models.ts';
import { ExportKind, Visibility, withoutSecret } from '../../protocol/things.ts';
import { collectionZip, picturesZip } from '../../vision/things/collectionZip.ts';
import type { Access } from '../access/adminRight.ts';
import { clientGroup, type ProxyOptions } from '../access/clientAddress.ts';
import { tooLargeUpload } from '../import/service/upload.ts';
import { createConcurrencyLimit } from '../limits/concurrencyLimit.ts';
import type { Log } from '../telemetry/log.ts';
import { loggedError } from '../telemetry/loggedText.ts';
import { detailsOf } from '../things/collectionDetails.ts';
import { importCollection } from '../things/export/importCollection.ts';
import { type OnnxZipOptions, onnxZip } from '../things/export/onnxZip.ts';
import type { ThingsStore } from '../things/thingsStore.ts';
import { streamOf } from './streamOf.ts';

export interface ThingsExportRoutesOptions extends OnnxZipOptions, ProxyOptions {
  things: ThingsStore;
  access: Access;
  log: Log;
  /** Of an exported collection, packed and unpacked. */
  maxModelBytes: number;
}

/** Each reads a whole collection; those as ONNX are made one after the other. */
const MAX_EXPORTS = 20;
const MAX_EXPORTS_PER_ADDRESS = 4;

type Env = { Bindings: HttpBindings };

/** How collections leave and come back; mounted at `/v1/things`. */
export function createThingsExportRoutes(options: ThingsExportRoutesOptions): Hono<Env> {
  const { things, access, log, maxModelBytes, modelsDir } = options;
  const app = new Hono<Env>();
  const exports = createConcurrencyLimit({ max: MAX_EXPORTS, maxPerAddress: MAX_EXPORTS_PER_ADDRESS });

  app.get('/:id/export', async (c) => {
    const as = parse('as', ExportKind, c.req.query('as') ?? 'collection');
    const collection = things.find(c.req.param('id'));
    const { incoming, outgoing } = c.env;
    const release = exports.acquire(clientGroup(incoming, options));
    if (release === undefined) {
      throw new CodedError('server_busy', aboutModels('downloads_busy', { count: exports.inFlight }));
    }
    const ended = new AbortController();
    ended.signal.addEventListener('abort', release);
    if (outgoing.destroyed) ended.abort();
    else outgoing.once('close', () => ended.abort());
    const zips = {
      collection: () => collectionZip(collection),
      pictures: () => picturesZip(collection),
      onnx: () => onnxZip(collection, options, ended.signal),
    };
    const zip = await zips[as]();
    const name = `${withoutSecret(collection.id)}${as === 'collection' ? '' : `-${as}`}.zip`;
    const pieces = streamOf(zip, (error) => {
      log.warn({ as, error: loggedError(error) }, 'the export of taught things broke off');
      outgoing.destroy();
    });
    return c.body(pieces, 200, {
      'Content-Type': 'application/zip',
      'Content-Disposition': `attachment; filename="${name}"`,
    });
  });

  app.post('/import', async (c) => {
    const { incoming } = c.env;
    const caller = await access.callerOf(incoming);
    if (caller.adminRight === undefined) throw caller.refusal('admin');
    if (Number(incoming.headers['content-length'] ?? 0) > maxModelBytes) throw tooLargeUpload(maxModelBytes);
    const visibility = c.req.query('visibility');
    const wanted = {
      id: c.req.query('name'),
      visibility: visibility === undefined ? undefined : parse('visibility', Visibility, visibility),
    };
    const where = { store: things, modelsDir, maxBytes: maxModelBytes };
    const collection = await importCollection(incoming, wanted, where, c.req.raw.signal);
    log.info(
      { by: caller.adminRight, things: collection.things.length },
      'a collection of taught things was imported',
    );
    return c.json(detailsOf(collection, true), 201);
  });
  return app;
}

function parse<Schema extends v.GenericSchema>(
  name: string,
  schema: Schema,
  value: unknown,
): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  throw new CodedError('bad_request', `"${name}": ${parsed.issues[0].message}`);
}
