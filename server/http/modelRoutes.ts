import path from 'node:path';
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import * as v from 'valibot';
import { CodedError } from '../../protocol/errors.ts';
import { ImportOptions, type ModelDetails, type ModelList } from '../../protocol/models.ts';
import { aboutModels } from '../../protocol/sentences/models.ts';
import { WordsRequest } from '../../protocol/words.ts';
import type { Access } from '../access/adminRight.ts';
import type { AdminRight } from '../access/caller.ts';
import { runVerify } from '../import/run/process.ts';
import type { Imports } from '../import/service/imports.ts';
import { tooLargeUpload } from '../import/service/upload.ts';
import type { ModelStore } from '../library/store.ts';
import { createSemaphore } from '../limits/semaphore.ts';
import type { ModelRegistry } from '../serving/registry.ts';
import type { Log } from '../telemetry/log.ts';

export interface ModelRoutesOptions {
  modelsDir: string;
  models: ModelRegistry;
  store: ModelStore;
  imports: Imports;
  log: Log;
  access: Access;
  maxModelBytes: number;
}

type Env = { Bindings: HttpBindings; Variables: { right: AdminRight } };

/** Labels of a very large model. */
const MAX_JSON_BYTES = 16 << 20;
/** A model somewhere else, to be fetched. */
export const SourceRequest = v.object({
  source: v.pipe(v.string(), v.maxLength(2_000)),
  options: v.optional(ImportOptions, {}),
});
export const AcceptRequest = v.object({ id: ImportOptions.entries.id });
export const RollbackRequest = v.object({ version: v.optional(v.string()) });

/** The routes of protocol/models.ts; mounted at `/v1/models`. Errors other than CodedError are internal errors. */
export function createModelRoutes(options: ModelRoutesOptions): Hono<Env> {
  const { models, store, imports, log, access } = options;
  const app = new Hono<Env>();
  const verifications = createSemaphore(1);

  app.get('/', async (c) => {
    const mayChange = (await access.callerOf(c.env.incoming)).may('admin');
    // A command that has just brought a model asks what became of it.
    if (mayChange) models.checkSoon();
    const all = await Promise.all(models.details().map(withVersions));
    const list: ModelList = { models: mayChange ? all : all.map(withoutPaths), mayChange };
    return c.json(list);
  });
  app.get('/:id/manifest', (c) => c.json(models.find(c.req.param('id')).manifest));

  app.use(async (c, next) => {
    const caller = await access.callerOf(c.env.incoming);
    const right = caller.adminRight;
    // Anyone may learn that a model does not exist.
    if (right === undefined && isChange(c)) throw caller.refusal('admin');
    if (right) c.set('right', right);
    await next();
  });

  const jsonLimit = bodyLimit({
    maxSize: MAX_JSON_BYTES,
    onError() {
      throw new CodedError('bad_request', `At most ${MAX_JSON_BYTES} bytes of JSON are taken here.`);
    },
  });
  const noteChange = (c: Context<Env>, what: string, fields: object) =>
    log.info({ by: c.get('right'), ...fields }, what);

  app.post('/imports', async (c, next) => {
    const name = c.req.query('name');
    if (name === undefined) return next();
    const { incoming } = c.env;
    if (Number(incoming.headers['content-length'] ?? 0) > options.maxModelBytes) {
      throw tooLargeUpload(options.maxModelBytes);
    }
    const given = parse(ImportOptions, parseJson(c.req.query('options') ?? '{}'));
    const state = await imports.upload(name, incoming, given);
    noteChange(c, 'model file received', { import: state.id, bytes: incoming.headers['content-length'] });
    return c.json(state, 202);
  });
  app.post('/imports', jsonLimit, async (c) => {
    const { source, options: given } = parse(SourceRequest, await readJson(c));
    const state = await imports.fetch(source, given);
    noteChange(c, 'model source named', { import: state.id });
    return c.json(state, 202);
  });
  app.get('/imports/:id', (c) => c.json(imports.state(c.req.param('id'))));
  app.post('/imports/:id/options', jsonLimit, async (c) =>
    c.json(imports.inspect(c.req.param('id'), parse(ImportOptions, await readJson(c))), 202),
  );
  app.post('/imports/:id/accept', jsonLimit, async (c) => {
    const text = await c.req.text();
    const { id } = parse(AcceptRequest, text === '' ? {} : parseJson(text));
    const state = imports.accept(c.req.param('id'), id);
    noteChange(c, 'model accepted', { import: state.id, model: state.report?.id });
    return c.json(state, 202);
  });
  app.delete('/imports/:id', async (c) => {
    await imports.drop(c.req.param('id'));
    return c.body(null, 204);
  });

  app.post('/:id/verify', async (c) => {
    const id = await known(c.req.param('id'));
    const { signal } = c.req.raw;
    return c.json(await verifications.run(() => runVerify(path.join(options.modelsDir, id), { signal })));
  });
  app.post('/:id/quantize', async (c) => {
    const id = await known(c.req.param('id'));
    const state = await imports.quantize(id);
    noteChange(c, 'int8 version asked for', { import: state.id, model: id });
    return c.json(state, 202);
  });
  app.post('/:id/words', jsonLimit, async (c) => {
    const id = await known(c.req.param('id'));
    const { words } = parse(WordsRequest, await readJson(c));
    const state = await imports.words(id, words);
    noteChange(c, 'other words asked for', { import: state.id, model: id, words: words.length });
    return c.json(state, 202);
  });
  app.post('/:id/rollback', jsonLimit, async (c) => {
    const id = await known(c.req.param('id'));
    const text = await c.req.text();
    const { version: wanted } = parse(RollbackRequest, text === '' ? {} : parseJson(text));
    const outcome = await imports.changes.rollback(id, wanted);
    const { version, before, ok } = outcome;
    noteChange(c, 'model rolled back', { model: id, version, before, ok });
    if (!outcome.ok) {
      throw new CodedError(
        'conflict',
        aboutModels('version_stopped', { version: outcome.version, why: outcome.why }),
      );
    }
    return c.json(await detailsOf(id));
  });
  app.delete('/:id', async (c) => {
    const id = await known(c.req.param('id'));
    await imports.changes.remove(id);
    noteChange(c, 'model removed', { model: id });
    return c.body(null, 204);
  });

  async function known(id: string): Promise<string> {
    if ((await store.ids()).includes(id)) return id;
    throw new CodedError('unknown_model', aboutModels('no_model', { id }));
  }

  async function withVersions(details: ModelDetails): Promise<ModelDetails> {
    const versions = await store.versions(details.id).catch(() => details.versions);
    return { ...details, versions: [...versions] };
  }

  /** Paths of this machine, and names of its folders, are only for clients that may change models. */
  const withoutPaths = ({ problemSentence, ...details }: ModelDetails): ModelDetails => {
    const isOfPath = details.problem?.includes(options.modelsDir) === true;
    return {
      ...details,
      versions: details.versions.map(({ score, ...version }) => ({
        ...version,
        ...(score && { score: { ...score, set: '' } }),
      })),
      // A path may be a value of it.
      ...(!isOfPath && problemSentence && { problemSentence }),
      problem: details.problem
        ?.replaceAll(`${options.modelsDir}${path.sep}`, '')
        .replaceAll(options.modelsDir, 'the models directory'),
    };
  };

  async function detailsOf(id: string): Promise<ModelDetails> {
    const details = models.details().find((model) => model.id === id);
    if (details === undefined) throw new CodedError('unknown_model', aboutModels('no_model', { id }));
    return withVersions(details);
  }

  return app;
}

/** Reading an import is part of changing models: it names files that concern no one else. */
const isChange = (c: Context) => c.req.method !== 'GET' || c.req.path.includes('/imports');

const readJson = async (c: Context): Promise<unknown> => parseJson(await c.req.text());

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CodedError('bad_request', 'JSON expected.', { cause });
  }
}

function parse<Schema extends v.GenericSchema>(schema: Schema, value: unknown): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new CodedError('bad_request', `"${v.getDotPath(issue) ?? 'body'}": ${issue.message}`);
}
