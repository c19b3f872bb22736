import { createHash } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import * as v from 'valibot';
import { CodedError } from '../../protocol/errors.ts';
import {
  type CollectionDetails,
  type CollectionList,
  EmbedderChoice,
  SampleMove,
  THINGS_MODEL,
  THINGS_PREFIX,
  ThingName,
  ThingRename,
  Visibility,
} from '../../protocol/things.ts';
import { type Box, visiblePart, WHOLE } from '../../vision/geometry.ts';
import {
  newThingId,
  type Shows,
  type StoredSample,
  samplesOf,
  withName,
  withoutSample,
  withoutThing,
  withSampleMoved,
} from '../../vision/things/collectionIndex.ts';
import { encodeHead } from '../../vision/things/headBytes.ts';
import type { Access } from '../access/adminRight.ts';
import type { AdminRight } from '../access/caller.ts';
import type { Limits } from '../config/config.ts';
import { findIfServed } from '../serving/findServed.ts';
import type { Log } from '../telemetry/log.ts';
import type { Collection } from '../things/collection.ts';
import { addSample, detailsOf } from '../things/collectionDetails.ts';
import type { Embedders } from '../things/taughtCollections.ts';
import { type TeachContext, takeSample } from '../things/teach.ts';
import { infoOf, type ThingsStore } from '../things/thingsStore.ts';
import { readPicture } from './predict.ts';
import type { PredictGate } from './predictGate.ts';
import { readSmallJson, smallBody } from './smallJson.ts';

export interface ThingsRoutesOptions extends TeachContext {
  things: ThingsStore;
  embedders: Embedders;
  access: Access;
  log: Log;
  limits: Pick<Limits, 'maxPictureBytes' | 'maxPicturePixels'>;
  /** Pictures of samples count as all others. */
  gate: PredictGate;
}

type Env = { Bindings: HttpBindings; Variables: { right: AdminRight | undefined } };

/** The routes of protocol/things.ts; mounted at `/v1/things`. Errors other than CodedError are internal errors. */
export function createThingsRoutes(options: ThingsRoutesOptions): Hono<Env> {
  const { things, embedders, models, access, log, gate } = options;
  const app = new Hono<Env>();

  app.use(async (c, next) => {
    const caller = await access.callerOf(c.env.incoming);
    const right = caller.adminRight;
    if (right === undefined && c.req.method !== 'GET') throw caller.refusal('admin');
    c.set('right', right);
    await next();
  });

  const mayChange = (c: Context<Env>) => c.get('right') !== undefined;
  /** Names of things, and ids that only a link has, are not for the log. */
  const noteChange = (c: Context<Env>, what: string) =>
    log.info({ by: c.get('right'), what }, 'taught things changed');

  app.get('/', (c) =>
    c.json({ collections: [...things.list()], mayChange: mayChange(c) } satisfies CollectionList),
  );
  app.post('/', async (c) => {
    const id = c.req.query('name');
    if (id === undefined)
      throw new CodedError('bad_request', 'name=ID expected: what the collection is called.');
    const visibility = v.safeParse(Visibility, c.req.query('visibility') ?? 'everyone');
    if (!visibility.success) {
      throw new CodedError('bad_request', 'visibility must be "everyone" or "link".');
    }
    const made = await things.create({ id, visibility: visibility.output });
    noteChange(c, 'collection made');
    return c.json(infoOf(made), 201);
  });

  const shown = (c: Context<Env>, collection: Collection): CollectionDetails => ({
    ...detailsOf(collection, mayChange(c)),
    relearning: embedders.relearning(collection.id),
  });
  app.get('/:collection', (c) => c.json(shown(c, things.find(c.req.param('collection')))));
  app.get('/:collection/head', async (c) => {
    const collection = things.find(c.req.param('collection'));
    const model = findIfServed(models, `${THINGS_PREFIX}${collection.id}`);
    const embeds = findIfServed(models, collection.embedder ?? THINGS_MODEL);
    const isOfAnother = ({ version }: StoredSample) => version !== embeds?.version;
    // They are embedded again before anything is learned from them.
    if (model && samplesOf(collection.things).some(isOfAnother)) await models.load(model);
    const bytes = encodeHead(await collection.learned());
    const tag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"`;
    c.header('ETag', tag);
    c.header('Cache-Control', 'private, no-cache');
    if (c.req.header('If-None-Match')?.includes(tag)) return c.body(null, 304);
    return c.body(bytes, 200, { 'Content-Type': 'application/octet-stream' });
  });
  app.get('/:collection/samples/:sample', async (c) => {
    const picture = await things.find(c.req.param('collection')).picture(c.req.param('sample'));
    return c.body(picture, 200, {
      'Content-Type': 'image/jpeg',
      // It never changes; it may be removed.
      'Cache-Control': 'private, max-age=3600',
    });
  });

  app.post('/:collection/samples', async (c) => {
    const shows = readShows(c);
    const box = readBox(c.req.query('box'));
    const wrong = c.req.query('wrong');
    const { incoming } = c.env;
    const added = await gate(incoming, async () => {
      const picture = await readPicture(incoming, options.limits.maxPictureBytes);
      const id = c.req.param('collection');
      const embedder = things.has(id) ? things.find(id).embedder : undefined;
      const taken = await takeSample(picture, box, options, embedder);
      const collection = await things.findOrCreate(id);
      return addSample(collection, shows, taken, wrong === undefined ? undefined : { name: wrong });
    });
    noteChange(c, 'sample added');
    return c.json(added, 201);
  });
  app.post('/:collection/samples/:sample/move', smallBody, async (c) => {
    const { collection, sample } = c.req.param();
    const shows = await readSmallJson(c, SampleMove, '{"name"} or {"nothing": true} expected.');
    return change(c, collection, 'sample moved', (found) =>
      found.change((all) => withSampleMoved(all, sample, shows, newThingId())),
    );
  });
  app.delete('/:collection/samples/:sample', (c) => {
    const { collection, sample } = c.req.param();
    return change(c, collection, 'sample removed', (found) =>
      found.change((all) => withoutSample(all, sample)),
    );
  });

  app.patch('/:collection/things/:thing', smallBody, async (c) => {
    const { collection, thing } = c.req.param();
    const { name } = await readSmallJson(c, ThingRename, '{"name"} of 1 to 60 characters expected.');
    return change(c, collection, 'thing renamed', (found) =>
      found.change((all) => withName(all, thing, name)),
    );
  });
  app.delete('/:collection/things/:thing', (c) => {
    const { collection, thing } = c.req.param();
    return change(c, collection, 'thing removed', (found) => found.change((all) => withoutThing(all, thing)));
  });

  app.get('/:collection/embedders', (c) => c.json(embedders.status(c.req.param('collection'))));
  app.post('/:collection/embedders/compare', async (c) => {
    const wait = c.req.query('wait');
    if (wait !== undefined && wait !== '0' && wait !== '1')
      throw new CodedError('bad_request', `wait must be 1 or 0, got "${wait}".`);
    noteChange(c, 'embedders compared');
    const id = c.req.param('collection');
    if (wait !== '1') return c.json(embedders.compare(id), 202);
    // Who goes away has no more use for it.
    const left = new AbortController();
    const { outgoing } = c.env;
    const leave = () => left.abort();
    if (outgoing.destroyed) leave();
    else outgoing.once('close', leave);
    try {
      return c.json(await embedders.compared(id, left.signal), 200);
    } finally {
      outgoing.off('close', leave);
    }
  });
  app.delete('/:collection/embedders/compare', (c) => {
    const status = embedders.cancelComparison(c.req.param('collection'));
    noteChange(c, 'comparison of embedders cancelled');
    return c.json(status);
  });
  app.post('/:collection/embedder', smallBody, async (c) => {
    const { model } = await readSmallJson(c, EmbedderChoice, '{"model": ID} expected.');
    const status = embedders.use(c.req.param('collection'), model);
    noteChange(c, 'embedder chosen');
    return c.json(status, 202);
  });

  app.post('/:collection/undo', (c) =>
    change(c, c.req.param('collection'), 'change taken back', (found) => found.undo(c.req.query('revision'))),
  );
  app.delete('/:collection', async (c) => {
    await things.remove(c.req.param('collection'));
    noteChange(c, 'collection removed');
    return c.body(null, 204);
  });

  /** What was changed counts when it is answered. */
  async function change(
    c: Context<Env>,
    id: string,
    what: string,
    make: (collection: Collection) => Promise<string>,
  ): Promise<Response> {
    const collection = things.find(id);
    // Others may have made theirs by the time that it is learned.
    const revision = await make(collection);
    await collection.learned();
    noteChange(c, what);
    return c.json({ ...shown(c, collection), revision });
  }

  return app;
}

function readShows(c: Context): Shows {
  const nothing = c.req.query('nothing');
  if (nothing === '1') return { nothing: true };
  if (nothing !== undefined && nothing !== '0') {
    throw new CodedError('bad_request', `nothing must be 1 or 0, got "${nothing}".`);
  }
  const name = v.safeParse(ThingName, c.req.query('name'));
  if (name.success) return { name: name.output };
  throw new CodedError('bad_request', 'name=NAME of 1 to 60 characters expected, or nothing=1.');
}

/** In 0..1 of the picture; all of it where none is given. */
function readBox(text: string | undefined): Box {
  if (text === undefined) return WHOLE;
  const parts = text.split(',');
  const [x, y, width, height] = parts.map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const box: Box = [x ?? Number.NaN, y ?? Number.NaN, width ?? Number.NaN, height ?? Number.NaN];
  const part = parts.length === 4 ? visiblePart(box) : undefined;
  if (part) return part;
  throw new CodedError('bad_request', 'box=x,y,width,height in 0..1 of the picture expected.');
}
