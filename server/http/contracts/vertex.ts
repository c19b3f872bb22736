import { Hono } from 'hono';
import type { Contracts } from '../../config/contracts.ts';
import { refuseMethod } from '../otherMethods.ts';
import { predictPictures } from '../predictPictures.ts';
import { answerErrors, answerPictures, type ContractContext, type Env } from './contractContext.ts';
import { readPictures } from './readPictures.ts';

/** google.rpc.Code by HTTP status; google.aip.dev/193. */
const STATUSES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

/**
 * What Vertex AI asks of a container: health and predictions, at the paths that it names. `{"instances", "parameters"}` becomes
 * `{"predictions"}`, in order; a picture as the body, of `rawPredict`, is one instance.
 */
export function createVertexRoutes(
  context: ContractContext,
  { healthPath, predictPath }: NonNullable<Contracts['vertex']>,
): Hono<Env> {
  const app = new Hono<Env>();
  const answering = answerPictures(context, predictPath);
  app.onError(
    answerErrors(context, ({ code, message }, status) => ({
      error: {
        code: status,
        message,
        status: STATUSES[status] ?? (status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL'),
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
            reason: code.toUpperCase(),
            domain: 'livelens',
          },
        ],
      },
    })),
  );
  // The paths that Vertex AI gives by default have colons in them, which a router would take for parameters.
  app.use(async (c, next) => {
    const isHealth = c.req.path === healthPath;
    if (!isHealth && c.req.path !== predictPath) return next();
    if (isHealth && ['GET', 'HEAD'].includes(c.req.method)) {
      const { ready } = context.readiness();
      return c.json({ ready }, ready ? 200 : 503);
    }
    if (c.req.path === predictPath && c.req.method === 'POST') {
      await answering(c, async () => {
        const { incoming } = c.env;
        const { pictures, options } = await readPictures(incoming, context.limits.maxPictureBytes);
        c.res = c.json({ predictions: await predictPictures(incoming, pictures, options, context) });
      });
      return;
    }
    refuseMethod(c, isHealth ? ['GET', 'HEAD'] : ['POST']);
  });
  return app;
}
