import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import test from 'node:test';
import { frameOf } from '../testing/media.ts';
import { metric } from '../testing/metric.ts';
import { helloStream } from '../testing/streamClient.ts';
import { testServer } from '../testing/testServer.ts';

const CLIENTS = 120;
const AT_ONCE = 40;

test('clients that ask for a large file and read nothing keep no one out, and leave no file open', {
  skip: process.platform !== 'linux' && 'open files are counted on Linux',
}, async (t) => {
  const server = await testServer(t, {
    limits: { maxConnections: 2 * AT_ONCE, maxConnectionsPerAddress: AT_ONCE },
  });
  const neighbour = await helloStream(server.url);
  const { graph } = await (await fetch(`${server.url}/v1/models/coco-ssd/device`)).json();
  const openFiles = () => metric(server.url, 'process_open_fds');
  const before = await openFiles();

  const clients: Socket[] = [];
  for (let i = 0; i < CLIENTS; i++) {
    const client = connect(server.port, '127.0.0.1');
    client.on('error', () => {}); // To be ended is one thing that may happen.
    clients.push(client);
    await once(client, 'connect');
    client.write(`GET /v1/models/coco-ssd/files/${graph.sha256} HTTP/1.1\r\nHost: x\r\n\r\n`);
    if (i < AT_ONCE) await once(client, 'data');
    client.pause();
  }
  // Health at once, the pages as soon as one of those that do not read has given way.
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
  let page = await fetch(server.url);
  while (page.status === 503) page = await fetch(server.url);
  assert.match(await page.text(), /Livelens.*<\/script>$/s);
  assert.equal((await neighbour.recognize(await frameOf('cat.png'))).type, 'labels');
  // A connection and a file each.
  const during = await openFiles();
  assert.ok(during > before + AT_ONCE && during <= before + 2 * AT_ONCE + CLIENTS, String(during));

  for (const client of clients) client.destroy();
  while ((await openFiles()) > before + 2) {
    // until the server knows that they are gone
  }
  await neighbour.close();
});
