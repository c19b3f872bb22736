import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { CodedError } from '../../protocol/errors.ts';
import type { Access } from '../access/adminRight.ts';
import type { Metrics } from '../telemetry/metrics.ts';

type Env = { Bindings: HttpBindings };

/** The route of protocol/status.ts: for those who may change models, wherever they are. */
export function createStatusRoutes({ access, metrics }: { access: Access; metrics: Metrics }): Hono<Env> {
  const app = new Hono<Env>();
  app.get('/', async (c) => {
    const caller = await access.callerOf(c.env.incoming);
    if (!caller.may('admin')) throw caller.refusal('admin');
    const status = metrics.status(readAfter(c.req.query('after')));
    return c.json(status, 200, { 'Cache-Control': 'no-store' });
  });
  return app;
}

function readAfter(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new CodedError('bad_request', `after must be the number of a sample, got "${text}".`);
}
