import { X509Certificate } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { CodedError } from '../../protocol/errors.ts';
import {
  type LanInfo,
  type PairGrant,
  PairRequest,
  type PhoneLink,
  PhoneLinkRequest,
} from '../../protocol/lan.ts';
import { aboutModels } from '../../protocol/sentences/models.ts';
import type { Access } from '../access/adminRight.ts';
import type { Pairing } from '../access/pairing.ts';
import type { Log } from '../telemetry/log.ts';
import { mobileConfig } from './mobileConfig.ts';
import { readSmallJson, smallBody } from './smallJson.ts';

type Env = { Bindings: HttpBindings };

/** What the routes need of LAN mode. */
export interface LanForRoutes {
  /** Undefined with a certificate of the operator's own. */
  readonly authority: { readonly certificate: string; readonly fingerprint: string } | undefined;
  /** An address for a device; see PhoneLink. Undefined where the machine is on no network. @param code the one that is shown */
  invite(code?: string): PhoneLink | undefined;
}

export interface LanRoutesOptions {
  access: Access;
  /** Undefined: LAN mode is off. */
  lan: LanForRoutes | undefined;
  pairing: Pairing | undefined;
  log: Log;
}

/** What protocol/lan.ts tells of; mounted at `/v1/lan`. */
export function createLanRoutes({ access, lan, pairing, log }: LanRoutesOptions): Hono<Env> {
  const app = new Hono<Env>();
  app.use(smallBody);

  app.get('/', async (c) => {
    const caller = await access.callerOf(c.env.incoming);
    const info: LanInfo = {
      isOn: lan !== undefined,
      needsPairing: pairing !== undefined,
      mayInvite: lan !== undefined && caller.may('invite'),
      ...(lan?.authority && { fingerprint: lan.authority.fingerprint }),
    };
    return c.json(info, 200, { 'Cache-Control': 'no-store' });
  });

  app.post('/phone', async (c) => {
    const { code } = await readSmallJson(c, PhoneLinkRequest, '{"code": "…"} expected, or {}.');
    if (lan === undefined) throw new CodedError('not_found', aboutModels('lan_off'));
    if (!(await access.callerOf(c.env.incoming)).may('invite')) {
      throw new CodedError('forbidden_admin', aboutModels('codes_for_operator'));
    }
    const link = lan.invite(code);
    if (link === undefined) {
      throw new CodedError('not_found', aboutModels('no_network'));
    }
    return c.json(link, 200, { 'Cache-Control': 'no-store' });
  });

  app.post('/pair', async (c) => {
    const { code } = await readSmallJson(c, PairRequest, '{"code": "…"} expected.');
    const device = pairing?.redeem(code);
    if (device === undefined) {
      throw new CodedError('unauthorized', aboutModels('code_used'));
    }
    log.info({}, 'a device was paired');
    const grant: PairGrant = {
      token: device.token,
      expiresAt: new Date(device.expiresAt).toISOString(),
    };
    return c.json(grant, 200, { 'Cache-Control': 'no-store' });
  });

  app.get('/authority.crt', (c) => {
    const { raw } = new X509Certificate(authorityOf(lan).certificate);
    return c.body(new Uint8Array(raw), 200, {
      'Content-Type': 'application/x-x509-ca-cert',
      'Content-Disposition': 'attachment; filename="livelens.crt"',
      'Cache-Control': 'no-cache',
    });
  });

  app.get('/authority.mobileconfig', (c) =>
    c.body(mobileConfig(authorityOf(lan).certificate), 200, {
      'Content-Type': 'application/x-apple-aspen-config',
      'Content-Disposition': 'attachment; filename="livelens.mobileconfig"',
      'Cache-Control': 'no-cache',
    }),
  );
  return app;
}

function authorityOf(lan: LanForRoutes | undefined) {
  if (lan?.authority) return lan.authority;
  throw new CodedError('not_found', aboutModels('no_authority'));
}
