import { createRequester } from '../../client/http/requester.ts';
import { LanInfo, PairGrant, PhoneLink } from '../../protocol/lan.ts';
import { readAdminKey } from '../access/adminKey.ts';
import { readToken } from '../access/token.ts';
import { serverUrl } from '../browser/basePath.ts';

const requester = () => createRequester({ url: serverUrl(''), adminKey: readAdminKey, token: readToken });

/** What the server is for other devices of its network. Rejects with ClientError, as all of these. */
export const readLan = (signal?: AbortSignal): Promise<LanInfo> =>
  requester().request(LanInfo, { method: 'GET', path: 'v1/lan', signal });

/** An address for a phone. @param code the one that is shown: while no one has used it, it stays */
export const invitePhone = (code: string | undefined, signal?: AbortSignal): Promise<PhoneLink> =>
  requester().request(PhoneLink, { method: 'POST', path: 'v1/lan/phone', json: { code }, signal });

/** Uses a code, which is good once. */
export const pair = (code: string): Promise<PairGrant> =>
  requester().request(PairGrant, { method: 'POST', path: 'v1/lan/pair', json: { code } });
