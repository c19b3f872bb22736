import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { setCookie } from 'hono/cookie';
import { type AccessGrant, type AccessLink, AccessRequest } from '../../protocol/access.ts';
import { CodedError } from '../../protocol/errors.ts';
import { aboutModels } from '../../protocol/sentences/models.ts';
import type { Access } from '../access/adminRight.ts';
import { cookieName, SESSION_MS } from '../access/adminSession.ts';
import type { Log } from '../telemetry/log.ts';
import { readSmallJson, smallBody } from './smallJson.ts';

type Env = { Bindings: HttpBindings };

/** The routes of protocol/access.ts; mounted at `/v1/access`. */
export function createAccessRoutes({ access, log }: { access: Access; log: Log }): Hono<Env> {
  const app = new Hono<Env>();
  app.post('/', smallBody, async (c) => {
    const { headers } = c.env.incoming;
    if (!isOfOwnPage(headers['sec-fetch-site'])) {
      throw new CodedError('forbidden_admin', aboutModels('link_from_page'));
    }
    const { code, path } = await readSmallJson(c, AccessRequest, '{"code": "…"} expected.');
    const session = access.redeem(code);
    if (session === undefined) {
      throw new CodedError('forbidden_admin', aboutModels('link_used'));
    }
    setCookie(c, cookieName(headers.host), session.cookie, {
      // Several installations may share an origin, each below a path of its own.
      path,
      httpOnly: true,
      sameSite: 'Strict',
      // A page knows how it was loaded, also behind a proxy that does not say.
      secure: headers.origin?.startsWith('https:') ?? false,
      maxAge: SESSION_MS / 1000,
    });
    log.info({}, 'a browser may change models from now on');
    const grant: AccessGrant = { key: session.key, expiresAt: isoOf(session.expiresAt) };
    return c.json(grant, 200, { 'Cache-Control': 'no-store' });
  });
  app.post('/links', async (c) => {
    const { adminRight: right } = await access.callerOf(c.env.incoming);
    // The right of a browser or of a signed token ends some day: it cannot renew itself or be passed on.
    if (right !== 'token' && right !== 'installation') {
      throw new CodedError('forbidden_admin', aboutModels('link_by_operator'));
    }
    const { fragment, expiresAt } = access.mintLink();
    log.info({ by: right }, 'link to change models given');
    const link: AccessLink = { fragment, expiresAt: isoOf(expiresAt) };
    return c.json(link, 201, { 'Cache-Control': 'no-store' });
  });
  return app;
}

/** Browsers send it wherever they trust the connection; other clients do not send it. */
const isOfOwnPage = (site: string | string[] | undefined) =>
  site === undefined || site === 'same-origin' || site === 'none';

const isoOf = (ms: number) => new Date(ms).toISOString();
