import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { readServerRecords } from '../access/serverRecord.ts';
import { readConfig } from '../config/config.ts';
import { ONE_WORKER, testServer } from '../testing/testServer.ts';
import { listenUrl } from './listenUrl.ts';

test('the address that is printed, for each kind of HOST', () => {
  const printed = (HOST?: string) => listenUrl(readConfig({ HOST }, { root: '/' }).host, 3000);
  assert.equal(printed(), 'http://localhost:3000');
  assert.equal(printed(''), 'http://localhost:3000');
  assert.equal(printed('0.0.0.0'), 'http://localhost:3000');
  assert.equal(printed('::'), 'http://localhost:3000');
  assert.equal(printed('localhost'), 'http://localhost:3000');
  assert.equal(printed('192.168.1.5'), 'http://192.168.1.5:3000');
  assert.equal(printed('::1'), 'http://[::1]:3000');
  assert.equal(printed('[::1]'), 'http://[::1]:3000');
  assert.equal(printed('fe80::1%eth0'), 'http://[fe80::1%25eth0]:3000');
});

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);
const needsIpv6 = { skip: hasIpv6 ? false : 'This machine has no IPv6.' };

for (const host of ['::1', '[::1]', 'localhost', '127.0.0.1', '::', '0.0.0.0', undefined]) {
  const isIpv6 = host?.includes(':') === true;
  test(`HOST=${host ?? ''}: the printed address opens`, isIpv6 ? needsIpv6 : {}, async (t) => {
    const config = readConfig({ HOST: host }, { root: process.cwd() });
    const server = await testServer(t, { host: config.host, ...ONE_WORKER });
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200, server.url);
  });
}

test('commands meet a server by an address, also where HOST is a name that has two', async (t) => {
  const configDir = await mkdtemp(path.join(tmpdir(), 'livelens-config-'));
  t.after(() => rm(configDir, { recursive: true, force: true }));
  const { port } = await testServer(t, { host: 'localhost', configDir, ...ONE_WORKER });
  const [record] = await readServerRecords(configDir);
  assert.ok([`http://127.0.0.1:${port}`, `http://[::1]:${port}`].includes(record?.url ?? ''), record?.url);
  assert.equal(record?.pageUrl, `http://localhost:${port}`);
  assert.equal((await fetch(`${record.url}/healthz`)).status, 200);
});

test(
  'by default the server is reached by IPv6 and by IPv4, and addresses mean the same',
  needsIpv6,
  async (t) => {
    const server = await testServer(t, { host: undefined, ...ONE_WORKER });
    for (const address of ['127.0.0.1', '[::1]']) {
      const url = `http://${address}:${server.port}`;
      assert.equal((await fetch(`${url}/healthz`)).status, 200, address);
      assert.equal((await fetch(`${url}/v1/models`, { headers: { Origin: url } })).status, 200, address);
    }
  },
);

test('a port that is in use, and an address that this machine has not, are reported by their settings', async (t) => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.after(() => new Promise<void>((resolve) => other.close(() => resolve())));
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await assert.rejects(testServer(t, { port, host: '127.0.0.1' }), /Port \d+ is in use/);
  await assert.rejects(
    testServer(t, { host: '192.0.2.1' }),
    /HOST=192\.0\.2\.1: this machine has no such address/,
  );
});
