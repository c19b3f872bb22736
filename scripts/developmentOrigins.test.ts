import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import os, { networkInterfaces } from 'node:os';
import { test } from 'node:test';
// What Next's development server asks before it gives a script.
import { blockCrossSiteDEV } from 'next/dist/server/lib/router-utils/block-cross-site-dev.js';
import config from '../next.config.js';

/** Whether a page of `origin` gets its scripts and hot reload in development. */
function isServed(origin: string): boolean {
  const answer = { statusCode: 200, end() {} } as unknown as ServerResponse;
  const request = { url: '/_next/webpack-hmr', headers: { origin } } as never;
  return !blockCrossSiteDEV(request, answer, config.allowedDevOrigins, undefined);
}

test('the development server gives its scripts to pages at each address of this machine, and to no other site', (t) => {
  t.mock.method(console, 'warn', () => {});
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  assert.ok(own.length > 0);
  for (const { address, family } of own)
    assert.equal(isServed(`http://${family === 'IPv6' ? `[${address}]` : address}:3000`), true, address);
  assert.equal(isServed('http://localhost:3000'), true);
  assert.equal(isServed('http://127.0.0.1:3000'), true);
  assert.equal(isServed('https://stranger.example'), false);
  assert.equal(isServed('http://192.0.2.1:3000'), false);
});

test('where the system does not tell its addresses, the development server starts all the same', async (t) => {
  const asked = t.mock.method(os, 'networkInterfaces', () => {
    throw new Error('uv_interface_addresses returned Unknown system error 13');
  });
  syncBuiltinESMExports();
  t.after(() => {
    asked.mock.restore();
    syncBuiltinESMExports();
  });
  const again = await import(`${new URL('../next.config.js', import.meta.url).href}?again`);
  assert.equal(asked.mock.callCount(), 1);
  assert.deepEqual(again.default.allowedDevOrigins, []);
});
