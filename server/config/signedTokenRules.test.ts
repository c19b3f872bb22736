import assert from 'node:assert/strict';
import test from 'node:test';
import { readConfig } from './config.ts';

const read = (env: Record<string, string>) => readConfig(env, { root: '/' }).signedTokens;
const SECRET = 'a secret of thirty-two characters';
const PROVIDER = { JWT_ISSUER: 'https://id.example/', JWT_AUDIENCE: 'livelens' };

test('signed tokens are taken where there is a key, and settings that contradict each other end the start', () => {
  assert.equal(read({}), undefined);
  assert.deepEqual(read({ JWT_KEY: SECRET }), {
    keys: { kind: 'key', text: SECRET },
    issuers: [],
    audiences: [],
    scopeClaims: ['scope', 'scp'],
    scopePrefix: '',
  });
  const url = 'https://id.example/jwks.json';
  assert.deepEqual(read({ JWT_JWKS_URL: url, ...PROVIDER })?.keys, { kind: 'jwks', url });
  assert.ok(read({ JWT_JWKS_URL: 'http://127.0.0.1:81/jwks', ...PROVIDER }));
  const cases: [Record<string, string>, RegExp][] = [
    [{ JWT_KEY: SECRET, JWT_KEY_FILE: 'a' }, /JWT_KEY_FILE: JWT_KEY is set as well/],
    [{ JWT_JWKS_URL: url }, /JWT_JWKS_URL: needs JWT_ISSUER/],
    [{ JWT_JWKS_URL: url, JWT_ISSUER: 'me' }, /JWT_JWKS_URL: needs JWT_AUDIENCE/],
    [{ JWT_JWKS_URL: 'http://id.example/jwks', ...PROVIDER }, /JWT_JWKS_URL: an https address expected/],
    [{ JWT_ISSUER: 'me' }, /JWT_ISSUER: no key of tokens is set/],
    [{ JWT_KEY: 'too short' }, /JWT_KEY: 32 to 16,?384 characters expected, got 9 characters/],
  ];
  for (const [env, message] of cases) assert.throws(() => read(env), { message });
});
