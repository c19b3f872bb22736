import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import test from 'node:test';
import { readTrustedProxies } from '../access/trustedProxies.ts';
import { ONE_WORKER, testServer } from '../testing/testServer.ts';
import { type HstsOptions, hstsOf } from './securityHeaders.ts';

test('every answer has the headers of the list, and only pages and scripts may run anything', async (t) => {
  const { url } = await testServer(t, ONE_WORKER);
  for (const path of ['/', '/healthz', '/v1/models', '/v1/nothing', '/nothing', '/metrics']) {
    const { headers } = await fetch(`${url}${path}`);
    const expected: Record<string, RegExp> = {
      'cross-origin-opener-policy': /^same-origin$/,
      'cross-origin-embedder-policy': /^require-corp$/,
      'cross-origin-resource-policy': /^same-origin$/,
      'permissions-policy': /camera=\(self\).*geolocation=\(\).*microphone=\(\)/,
      'referrer-policy': /^no-referrer$/,
      'x-content-type-options': /^nosniff$/,
      'x-frame-options': /^DENY$/,
      'x-permitted-cross-domain-policies': /^none$/,
      'content-security-policy': /^default-src 'none'.*frame-ancestors 'none'/,
    };
    for (const [name, value] of Object.entries(expected)) assert.match(headers.get(name) ?? '', value, path);
    for (const name of ['strict-transport-security', 'server', 'x-powered-by'])
      assert.equal(headers.get(name), null);
    if (path.startsWith('/v1/')) assert.equal(headers.get('cache-control'), 'no-store');
  }
});

test('HSTS only over TLS of the operator or a trusted proxy, on the standard port, for a name that stays', () => {
  const hsts = (
    host: string,
    tls: HstsOptions['tls'],
    options: { encrypted?: boolean; trust?: string; proto?: string },
  ) =>
    hstsOf(
      {
        headers: { host, ...(options.proto && { 'x-forwarded-proto': options.proto }) },
        socket: { remoteAddress: '127.0.0.1', encrypted: options.encrypted ?? false },
      } as unknown as IncomingMessage,
      { trustProxy: readTrustedProxies(options.trust ?? '0') ?? assert.fail(), tls },
    );
  const own = { kind: 'files' } as const;
  const encrypted = { encrypted: true };
  assert.equal(hsts('lens.example', own, encrypted), 'max-age=31536000');
  assert.equal(hsts('lens.example', own, {}), undefined, 'plain HTTP on the same port');
  assert.equal(hsts('lens.example', { kind: 'authority' }, encrypted), undefined, 'a certificate made here');
  for (const host of [
    'lens.example:3000',
    'localhost',
    '127.0.0.1',
    '192.0.2.1',
    '[2001:db8::1]',
    'livelens.local',
    '',
  ]) {
    assert.equal(hsts(host, own, encrypted), undefined, host);
  }
  const proxied = { trust: 'loopback', proto: 'https' };
  assert.equal(hsts('lens.example', undefined, proxied), 'max-age=31536000');
  assert.equal(hsts('lens.example', undefined, { ...proxied, proto: 'http' }), undefined);
  assert.equal(hsts('lens.example', undefined, { proto: 'https' }), undefined, 'the word of a client');
});
