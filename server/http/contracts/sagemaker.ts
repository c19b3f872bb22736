import { Hono } from 'hono';
import * as v from 'valibot';
import { CodedError } from '../../../protocol/errors.ts';
import { refuseOtherMethods } from '../otherMethods.ts';
import { predictPictures } from '../predictPictures.ts';
import { readSmallJson, smallBody } from '../smallJson.ts';
import { answerBody, answerTypeOf } from './answerType.ts';
import {
  answerErrors,
  answerPictures,
  type ContractContext,
  type ContractRequest,
  type Env,
  requireAccess,
} from './contractContext.ts';
import { CUSTOM_ATTRIBUTES, readCustomAttributes } from './customAttributes.ts';
import type { LoadedModels } from './loadedModels.ts';
import { readPictures } from './readPictures.ts';

export interface SageMakerOptions {
  loaded: LoadedModels;
  /** Whether the platform may load and unload models without proof. */
  isMultiModel: boolean;
}

const LoadRequest = v.object({
  model_name: v.pipe(v.string(), v.minLength(1), v.maxLength(1_024)),
  url: v.pipe(v.string(), v.minLength(1), v.maxLength(4_096)),
});

/**
 * What Amazon SageMaker AI asks of a container: `/ping`, `/invocations`, and `/models` of endpoints with many models. Errors are
 * `{error: {code, message}}`, which a caller gets as `OriginalMessage`. docs/contracts.md names the pages of AWS.
 */
export function createSageMakerRoutes(
  context: ContractContext,
  { loaded, isMultiModel }: SageMakerOptions,
): Hono<Env> {
  const app = new Hono<Env>();
  const { access } = context;
  const mayUse = requireAccess(context);
  app.onError(answerErrors(context));

  app.get('/ping', (c) => c.body(null, context.readiness().ready ? 200 : 503));

  async function invoke(c: ContractRequest, model: string | undefined): Promise<Response> {
    const type = answerTypeOf(c.req.header('Accept'));
    const attributes = c.req.header(CUSTOM_ATTRIBUTES);
    const asked = readCustomAttributes(attributes);
    const { incoming } = c.env;
    const { pictures, isList, options } = await readPictures(incoming, context.limits.maxPictureBytes);
    const all = { ...asked, ...options, ...(model !== undefined && { model }) };
    const predictions = await predictPictures(incoming, pictures, all, context);
    if (attributes !== undefined) c.header(CUSTOM_ATTRIBUTES, attributes);
    return c.body(answerBody(predictions, isList, type), 200, { 'Content-Type': type });
  }

  app.post('/invocations', answerPictures(context, '/invocations'), (c) => invoke(c, undefined));
  app.post('/models/:name/invoke', answerPictures(context, '/models/:name/invoke'), (c) =>
    invoke(c, loaded.find(c.req.param('name')).id),
  );

  app.get('/models', mayUse, (c) => c.json(loaded.list(c.req.query('next_page_token'))));
  app.get('/models/:name', mayUse, (c) => c.json(loaded.find(c.req.param('name')).info));

  const mayChange = async (c: ContractRequest) => {
    if (isMultiModel || (await access.callerOf(c.env.incoming)).may('admin')) return;
    throw new CodedError(
      'forbidden_admin',
      'Loading and unloading models takes proof, "Authorization: Bearer ADMIN_TOKEN", where the server does not run in a ' +
        'multi-model endpoint (SAGEMAKER_MULTI_MODEL=true).',
    );
  };
  app.post('/models', mayUse, smallBody, async (c) => {
    await mayChange(c);
    const { model_name, url } = await readSmallJson(
      c,
      LoadRequest,
      '{"model_name": "…", "url": "/opt/ml/models/…"} expected.',
    );
    return c.json(await loaded.load(model_name, url));
  });
  app.delete('/models/:name', mayUse, async (c) => {
    await mayChange(c);
    return c.json(await loaded.unload(c.req.param('name')));
  });

  refuseOtherMethods(app);
  return app;
}
