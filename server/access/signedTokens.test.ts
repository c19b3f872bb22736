import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { exportJWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { CodedError } from '../../protocol/errors.ts';
import { httpServer } from '../testing/httpServer.ts';
import { SILENT_LOG } from '../testing/silentLog.ts';
import { openSignedTokens, type SignedTokenRules, type TokenKeySource } from './signedTokens.ts';
import { readTokenKeys } from './tokenKeys.ts';

const SECRET = 'a secret of thirty-two characters';
const NOW_S = 1_700_000_000;
const CLAIMS: JWTPayload = { iss: 'me', aud: 'livelens', sub: 'ann', scope: 'view', exp: NOW_S + 60 };

const pemOf = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();
const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });

const sign = (claims: JWTPayload, key: KeyObject | Uint8Array, alg: string, kid?: string) =>
  new SignJWT(claims).setProtectedHeader({ alg, ...(kid !== undefined && { kid }) }).sign(key);
const signBySecret = (claims: JWTPayload, alg = 'HS256') => sign(claims, Buffer.from(SECRET), alg);

async function reader(keys: TokenKeySource, rules: Partial<SignedTokenRules> = {}) {
  const clock = { ms: NOW_S * 1_000 };
  const tokens = await openSignedTokens(
    {
      keys,
      issuers: ['me'],
      audiences: ['livelens'],
      scopeClaims: ['scope', 'scp'],
      scopePrefix: '',
      ...rules,
    },
    { log: SILENT_LOG, now: () => clock.ms, cooldownMs: 0 },
  );
  /** The scopes, or the code and the words of the refusal. */
  const read = (token: string) =>
    tokens.read(token).then(
      ({ scopes }) => [...scopes].join(' '),
      (error: unknown) => {
        assert.ok(error instanceof CodedError, String(error));
        return `${error.code}: ${error.message}`;
      },
    );
  return { clock, read, tokens };
}

test('a good token gives its scopes, its subject and when it ends', async () => {
  const { tokens } = await reader({ kind: 'key', text: SECRET });
  const { subject, scopes, expiresAt } = await tokens.read(
    await signBySecret({ ...CLAIMS, scope: 'view predict' }),
  );
  assert.equal(subject, 'me|ann');
  assert.deepEqual([...scopes], ['view', 'predict']);
  assert.equal(expiresAt, (NOW_S + 60 + 30) * 1_000);
});

test('expired, early, of another audience or issuer, without an end or damaged: refused, each in its words', async () => {
  const { read, clock } = await reader({ kind: 'key', text: SECRET });
  const { exp: _, ...endless } = CLAIMS;
  const cases: [Promise<string>, RegExp][] = [
    [signBySecret({ ...CLAIMS, exp: NOW_S - 31 }), /^token_expired: .*Get a new one/],
    [signBySecret({ ...CLAIMS, nbf: NOW_S + 31 }), /^unauthorized: .*not valid yet/],
    [signBySecret({ ...CLAIMS, aud: 'other' }), /^unauthorized: .*audience.*JWT_AUDIENCE/],
    [signBySecret({ ...CLAIMS, iss: 'other' }), /^unauthorized: .*issuer.*JWT_ISSUER/],
    [signBySecret(endless), /^unauthorized: The claim "exp"/],
    [signBySecret(CLAIMS).then((token) => `${token.slice(0, -2)}AA`), /^unauthorized: .*not signed by a key/],
    [signBySecret(CLAIMS).then((token) => token.replace(/\..*\./, '.e30x.')), /^unauthorized: /],
    [sign(CLAIMS, Buffer.from(`${SECRET}!`), 'HS256'), /^unauthorized: .*not signed by a key/],
    [Promise.resolve(new UnsecuredJWT(CLAIMS).encode()), /^unauthorized: .*"alg"/],
  ];
  for (const [token, refusal] of cases) assert.match(await read(await token), refusal);
  assert.equal(
    await read(await signBySecret({ ...CLAIMS, exp: NOW_S - 29 })),
    'view',
    'clocks differ a little',
  );
  const token = await signBySecret(CLAIMS);
  assert.equal(await read(token), 'view');
  clock.ms += 91_000;
  assert.match(await read(token), /^token_expired/);
});

test('the kind of the key decides the algorithm: no HMAC with a public key, and none that it cannot do', async () => {
  const { publicKey, privateKey } = rsa();
  const pem = pemOf(publicKey);
  const ofRsa = await reader({ kind: 'key', text: pem.replaceAll('\n', '\\n') });
  for (const alg of ['RS256', 'PS512'])
    assert.equal(await ofRsa.read(await sign(CLAIMS, privateKey, alg)), 'view');
  // The classic: the public key, which everyone has, as the secret of HMAC.
  assert.match(await ofRsa.read(await sign(CLAIMS, Buffer.from(pem), 'HS256')), /^unauthorized: .*"alg"/);
  const other = ec();
  assert.match(await ofRsa.read(await sign(CLAIMS, other.privateKey, 'ES256')), /^unauthorized: .*"alg"/);
  const ofEc = await reader({ kind: 'key', text: pemOf(other.publicKey) });
  assert.equal(await ofEc.read(await sign(CLAIMS, other.privateKey, 'ES256')), 'view');
  const ed = generateKeyPairSync('ed25519');
  const ofEd = await reader({ kind: 'key', text: pemOf(ed.publicKey) });
  assert.equal(await ofEd.read(await sign(CLAIMS, ed.privateKey, 'EdDSA')), 'view');
  const ofSecret = await reader({ kind: 'key', text: SECRET });
  assert.match(
    await ofSecret.read(
      await signBySecret(CLAIMS, 'HS512').catch(() => sign(CLAIMS, Buffer.alloc(64, 1), 'HS512')),
    ),
    /^unauthorized/,
  );
});

test('keys that are weak, private or none are refused at the start', () => {
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
  const k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey;
  const pem = rsa().privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const cases: [string, RegExp][] = [
    ['too short', /at least 32 bytes/],
    [pem, /a public key expected, got a private one/],
    [pemOf(small), /2048 bits or more, got 1024/],
    [pemOf(k1), /P-256, P-384 or P-521, got secp256k1/],
    ['{"keys":[]}', /at least one key/],
    ['{"kty":"oct","k":"AA"}', /public keys expected/],
    ['{"keys":[', /JSON expected/],
  ];
  for (const [text, message] of cases) assert.throws(() => readTokenKeys(text), { message });
});

test('a file with keys is read again when it changes; a damaged one changes nothing', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'livelens-keys-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'keys.pem');
  const [first, second] = [rsa(), ec()];
  await writeFile(file, pemOf(first.publicKey));
  const { read, clock } = await reader({ kind: 'file', path: file });
  const old = await sign(CLAIMS, first.privateKey, 'RS256');
  const fresh = await sign(CLAIMS, second.privateKey, 'ES256');
  assert.equal(await read(old), 'view');
  assert.match(await read(fresh), /^unauthorized/);
  await writeFile(file, `${pemOf(first.publicKey)}${pemOf(second.publicKey)}`);
  clock.ms += 1_000;
  assert.deepEqual(
    [await read(old), await read(fresh)],
    ['view', 'view'],
    'both, while tokens of both are about',
  );
  await writeFile(file, 'half a ke');
  clock.ms += 1_000;
  assert.equal(await read(fresh), 'view', 'the previous keys stay');
  await writeFile(file, JSON.stringify({ keys: [{ ...(await exportJWK(second.publicKey)), kid: 'b' }] }));
  clock.ms += 1_000;
  assert.match(await read(old), /^unauthorized/);
  assert.equal(await read(await sign(CLAIMS, second.privateKey, 'ES256', 'b')), 'view');
  await assert.rejects(reader({ kind: 'file', path: path.join(folder, 'none') }), /JWT_KEY_FILE: ENOENT/);
});

test('a set of keys is fetched again for a key that is not known; where it cannot be fetched that is said', async (t) => {
  const [first, second] = [rsa(), rsa()];
  const jwkOf = async (key: KeyObject, kid: string) => ({
    ...(await exportJWK(key)),
    kid,
    alg: 'RS256',
    use: 'sig',
  });
  let keys = [await jwkOf(first.publicKey, 'a')];
  let isAway = false;
  let fetches = 0;
  const { url } = await httpServer(t, (_, response) => {
    fetches += 1;
    response
      .writeHead(isAway ? 503 : 200, { 'Content-Type': 'application/json' })
      .end(JSON.stringify({ keys }));
  });
  const { read, clock } = await reader({ kind: 'jwks', url: `${url}/jwks.json` });
  const old = await sign(CLAIMS, first.privateKey, 'RS256', 'a');
  const fresh = await sign(CLAIMS, second.privateKey, 'RS256', 'b');
  assert.equal(await read(old), 'view');
  assert.equal(await read(old), 'view');
  assert.equal(fetches, 1, 'kept');
  assert.match(await read(fresh), /^unauthorized: .*not signed by a key/);
  assert.equal(fetches, 2, 'it might be new');
  keys = [...keys, await jwkOf(second.publicKey, 'b')];
  assert.equal(await read(fresh), 'view', 'rotated, without a restart');
  keys = keys.slice(1);
  assert.match(await read(await sign(CLAIMS, first.privateKey, 'RS256', 'c')), /^unauthorized/);
  assert.match(await read(old), /^unauthorized/, 'taken out of the set');
  assert.match(
    await read(await sign(CLAIMS, Buffer.from(pemOf(second.publicKey)), 'HS256', 'b')),
    /^unauthorized: .*"alg"/,
  );
  isAway = true;
  const before = fetches;
  const unknown = await sign(CLAIMS, first.privateKey, 'RS256', 'd');
  assert.match(await read(unknown), /^keys_unavailable: /);
  assert.match(await read(unknown), /^keys_unavailable: /);
  assert.equal(fetches, before + 1, 'a server in trouble is left alone for a moment');
  assert.equal(await read(fresh), 'view', 'known keys go on');
  isAway = false;
  clock.ms += 2_000;
  assert.match(await read(unknown), /^unauthorized/);
});

test('scopes are where providers put them: text, lists, below another claim, with a prefix', async () => {
  const scopesOf = async (claims: JWTPayload, rules: Partial<SignedTokenRules> = {}) => {
    const { aud: _, ...rest } = CLAIMS;
    const { read } = await reader({ kind: 'key', text: SECRET }, rules);
    return read(await signBySecret({ ...rest, scope: undefined, aud: 'livelens', ...claims }));
  };
  assert.equal(await scopesOf({ scope: 'openid view' }), 'openid view');
  assert.equal(await scopesOf({ scp: 'view predict' }), 'view predict', 'Entra');
  assert.equal(await scopesOf({ scp: ['view', 7, 'predict'] }), 'view predict', 'Okta');
  assert.equal(
    await scopesOf({ permissions: ['admin'], roles: ['admin'] }),
    '',
    'not without a word of the operator',
  );
  assert.equal(
    await scopesOf({ permissions: ['view'] }, { scopeClaims: ['scope', 'permissions'] }),
    'view',
    'Auth0',
  );
  const realm = { realm_access: { roles: ['view'] } };
  assert.equal(await scopesOf(realm, { scopeClaims: ['realm_access.roles'] }), 'view', 'Keycloak');
  const cognito = {
    aud: undefined as never,
    client_id: 'livelens',
    token_use: 'access',
    scope: 'lens/view openid',
  };
  assert.equal(await scopesOf(cognito, { scopePrefix: 'lens/' }), 'view', 'Cognito');
  assert.match(await scopesOf({ ...cognito, client_id: 'other' }), /^unauthorized: .*audience/);
  assert.match(await scopesOf({ ...cognito, token_use: 'id' }), /^unauthorized: .*audience/);
});
