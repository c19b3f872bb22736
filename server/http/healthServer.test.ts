import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { createHealthServer } from './healthServer.ts';

test('a process without pages says whether it runs, whether it takes frames, and what it counted', async (t) => {
  let ready = false;
  const server = createHealthServer({
    readiness: () => ({ ready, models: ready ? ['cups@1'] : [] }),
    elsewhere: { code: 'not_found', message: 'It has no pages.' },
    metrics: {
      render: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'livelens_workers 1\n' }),
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const ask = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${port}${path}`, { method });

  for (const path of ['/livez', '/healthz?verbose'])
    assert.deepEqual(await (await ask(path)).json(), { status: 'alive' }, path);
  const before = await ask('/readyz');
  assert.deepEqual([before.status, await before.json()], [503, { ready: false, models: [] }]);
  ready = true;
  const after = await ask('/readyz');
  assert.deepEqual([after.status, await after.json()], [200, { ready: true, models: ['cups@1'] }]);
  const metrics = await ask('/metrics');
  assert.match(metrics.headers.get('content-type') ?? '', /^text\/plain/);
  assert.equal(await metrics.text(), 'livelens_workers 1\n');

  const page = await ask('/');
  assert.equal(page.status, 404);
  assert.deepEqual((await page.json()).error, { code: 'not_found', message: 'It has no pages.' });
  const posted = await ask('/readyz', 'POST');
  assert.deepEqual([posted.status, posted.headers.get('allow')], [405, 'GET, HEAD']);
  assert.equal(await (await ask('/livez', 'HEAD')).text(), '');
});
