import { Hono } from 'hono';
import { refuseOtherMethods } from '../otherMethods.ts';
import { predictPictures } from '../predictPictures.ts';
import { answerErrors, answerPictures, type ContractContext, type Env } from './contractContext.ts';
import { AZUREML_LIVE, wantsPage } from './liveness.ts';
import { readPictures } from './readPictures.ts';

/** A caller's name for a request, which Azure's own inference server gives back as well. */
const REQUEST_ID = 'x-ms-client-request-id';

/**
 * What Azure Machine Learning asks of a container, at the paths of its own inference server: `/` says that the server lives,
 * `/score` takes pictures. Where a browser asks for `/` it gets the page.
 */
export function createAzureMlRoutes(context: ContractContext): Hono<Env> {
  const app = new Hono<Env>();
  app.onError(answerErrors(context));
  app.get(AZUREML_LIVE.path, async (c, next) => {
    if (wantsPage(c.req.header('Accept'))) return next();
    return c.text(AZUREML_LIVE.answer);
  });
  app.post(
    '/score',
    async (c, next) => {
      const id = c.req.header(REQUEST_ID);
      if (id !== undefined && /^[\x21-\x7e]{1,100}$/.test(id)) c.header(REQUEST_ID, id);
      await next();
    },
    answerPictures(context, '/score'),
    async (c) => {
      const { incoming } = c.env;
      const { pictures, isList, options } = await readPictures(incoming, context.limits.maxPictureBytes);
      const predictions = await predictPictures(incoming, pictures, options, context);
      return c.json(isList ? { predictions } : predictions[0]);
    },
  );
  refuseOtherMethods(app);
  return app;
}
