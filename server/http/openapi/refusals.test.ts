import assert from 'node:assert/strict';
import test from 'node:test';
import { generateKeyPair, SignJWT } from 'jose';
import type { SignedTokenRules } from '../../access/signedTokens.ts';
import { ONE_WORKER, testServer } from '../../testing/testServer.ts';

const SECRET = 'a secret of thirty-two characters';
const TOKEN = 'a token of clients';
const RULES: Omit<SignedTokenRules, 'keys'> = {
  ...{ issuers: [], audiences: [], scopeClaims: ['scope'], scopePrefix: '' },
};
/** Nothing answers there. */
const UNREACHABLE_KEYS = 'http://127.0.0.1:9/keys';

const claims = (scope: string, lifeS = 600) =>
  new SignJWT({ scope }).setExpirationTime(Math.floor(Date.now() / 1_000) + lifeS);
const bearer = (value: string) => ({ Authorization: `Bearer ${value}` });

interface Refusal {
  content: Record<string, { schema: { allOf: [unknown, { properties: CodeOfError }] } }>;
}
interface CodeOfError {
  error: { properties: { code: { enum: string[] } } };
}
interface Description {
  paths: Record<string, Record<string, { responses: Record<string, { $ref?: string }> }>>;
  components: { responses: Record<string, Refusal> };
}

/** The codes that an operation has by the description: `STATUS TYPE CODE`. */
function describedOf({ paths, components }: Description, path: string, method: string): Set<string> {
  const all = Object.entries(paths[path]?.[method]?.responses ?? {}).flatMap(([status, { $ref }]) => {
    const refusal = components.responses[$ref?.split('/').at(-1) ?? ''];
    return Object.entries(refusal?.content ?? {}).flatMap(([type, { schema }]) =>
      schema.allOf[1].properties.error.properties.code.enum.map((code) => `${status} ${type} ${code}`),
    );
  });
  return new Set(all);
}

/** A path has parameters, too. */
const methodsOf = (path: object) => Object.keys(path).filter((key) => key !== 'parameters');

test('whoever may not do something is refused as the description says, at every operation', async (t) => {
  const server = await testServer(t, {
    ...ONE_WORKER,
    token: TOKEN,
    signedTokens: { ...RULES, keys: { kind: 'key', text: SECRET } },
  });
  const withoutKeys = await testServer(t, {
    ...ONE_WORKER,
    signedTokens: { ...RULES, keys: { kind: 'jwks', url: UNREACHABLE_KEYS } },
  });
  const token = (scope: string, lifeS?: number) =>
    claims(scope, lifeS).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(SECRET));
  const { privateKey } = await generateKeyPair('ES256');
  const ofOthers = await claims('admin').setProtectedHeader({ alg: 'ES256' }).sign(privateKey);
  const clients: [who: string, url: string, headers: Record<string, string>][] = [
    ['no token', server.url, {}],
    ['another token', server.url, bearer('another')],
    ['a token for screens', server.url, bearer(await token('watch'))],
    ['a token that reads', server.url, bearer(await token('view predict'))],
    ['the token of all', server.url, bearer(TOKEN)],
    ['a token that has expired', server.url, bearer(await token('admin', -600))],
    ['a page of another site', server.url, { ...bearer(TOKEN), Origin: 'https://other.example' }],
    ['a token whose key cannot be had', withoutKeys.url, bearer(ofOthers)],
  ];
  const description: Description = await (await fetch(`${server.url}/openapi.json`)).json();
  const ofAccess =
    /(unauthorized|token_expired|insufficient_scope|keys_unavailable|forbidden_origin|forbidden_admin)$/;
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const method of methodsOf(methods)) {
      const operation = `${method.toUpperCase()} ${path}`;
      const described = describedOf(description, path, method);
      const seen = new Set<string>();
      for (const [who, url, headers] of clients) {
        const response = await fetch(url + path.replaceAll(/\{\w+\}/g, 'none'), {
          method: method.toUpperCase(),
          headers,
          ...(method === 'post' && { body: '{"code": "none"}' }),
        });
        const text = await response.text();
        if (response.ok) continue;
        const type = response.headers.get('content-type')?.split(';')[0];
        const answer = `${response.status} ${type} ${/"code":"(\w+)"/.exec(text)?.[1]}`;
        assert.ok(described.has(answer), `${operation}, ${who}: ${answer} is not described`);
        if (ofAccess.test(answer)) seen.add(answer);
      }
      // It is given only where other devices are served.
      if (operation === 'POST /v1/lan/phone') continue;
      const expected = [...described].filter((answer) => ofAccess.test(answer));
      assert.deepEqual([...seen].sort(), expected.sort(), operation);
    }
  }
});
