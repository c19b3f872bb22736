import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { DeviceError } from '../runtime/deviceSession.ts';
import { createDeviceApi } from './deviceApi.ts';

test('a page that is older than the server says so, and what to do', async (t) => {
  const server = createServer((_, response) => response.end(JSON.stringify({ version: 'of tomorrow' })));
  t.after(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const api = createDeviceApi(`http://127.0.0.1:${port}`, () => undefined);
  await assert.rejects(api.deviceModel('birds', new AbortController().signal), (error) => {
    assert.ok(error instanceof DeviceError);
    assert.equal(error.code, 'failed');
    assert.match(error.message, /older than the server\. Load the page again\. \(\w+/);
    return true;
  });
});
