import assert from 'node:assert/strict';
import { type RequestOptions, request } from 'node:http';
import { connect } from 'node:net';
import test, { type TestContext } from 'node:test';
import { modelsDirectory } from '../testing/modelFixtures.ts';
import { type TestServerOptions, testServer } from '../testing/testServer.ts';

const ADMIN_TOKEN = 'a token of sixteen or more';

async function open(t: TestContext, options: TestServerOptions = {}) {
  const server = await testServer(t, { modelsDir: await modelsDirectory(t), ...options });
  /** As whoever sends these headers: whether changes are promised, and how one is answered. */
  const ask = async (headers: Record<string, string> = {}) => {
    const list = await send(server.port, { path: '/v1/models', headers });
    const change = await send(server.port, { method: 'DELETE', path: '/v1/models/imports/none', headers });
    return {
      mayChange: JSON.parse(list.body).mayChange,
      status: change.status,
      code: JSON.parse(change.body).error.code,
    };
  };
  return { server, ask };
}

/** Unlike `fetch` it sends any Host and Origin. */
function send(port: number, options: RequestOptions): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, ...options }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    })
      .on('error', reject)
      .end();
  });
}

// Whoever may change models learns that there is no such import.
const MAY = { mayChange: true, status: 404, code: 'not_found' };
const MAY_NOT = { mayChange: false, status: 403, code: 'forbidden_admin' };

test('A1: the machine itself may change models, by any name of its own', async (t) => {
  const { server, ask } = await open(t);
  assert.deepEqual(await ask(), MAY);
  for (const host of ['localhost', '127.0.0.1', '[::1]', 'lens.localhost', '127.8.8.8']) {
    const Host = `${host}:${server.port}`;
    assert.deepEqual(await ask({ Host }), MAY, host);
    assert.deepEqual(await ask({ Host, Origin: `http://${Host}` }), MAY, host);
  }
});

test('A2: a page whose name was made to lead to this machine may not', async (t) => {
  const { server, ask } = await open(t);
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '192.168.1.4']) {
    const Host = `${host}:${server.port}`;
    assert.deepEqual(await ask({ Host, Origin: `http://${Host}` }), MAY_NOT, host);
  }
});

test('A3: a page of another origin may not, even one that may use the server', async (t) => {
  const { server, ask } = await open(t, { allowedOrigins: ['https://friend.example'] });
  assert.deepEqual(await ask({ Origin: 'https://friend.example' }), MAY_NOT);
  assert.deepEqual(
    await ask({ Origin: `http://localhost:${server.port + 1}`, Host: `localhost:${server.port}` }),
    {
      mayChange: undefined,
      status: 403,
      code: 'forbidden_origin',
    },
  );
});

test('A4: what came through a proxy is not from this machine', async (t) => {
  const { ask } = await open(t);
  for (const [name, value] of [
    ['X-Forwarded-For', '127.0.0.1'],
    ['Forwarded', 'for=127.0.0.1'],
    ['X-Real-IP', '127.0.0.1'],
    ['Via', '1.1 proxy'],
  ] as const) {
    assert.deepEqual(await ask({ [name]: value }), MAY_NOT, name);
  }
});

test('A7: a server for others, behind whatever proxy, is changed by the token alone', async (t) => {
  const deployed: TestServerOptions[] = [
    { trustProxy: { kind: 'count', count: 1, line: 'all' } },
    { allowedOrigins: ['https://friend.example'] },
    { adminToken: ADMIN_TOKEN },
  ];
  for (const options of deployed) {
    const { ask } = await open(t, options);
    assert.deepEqual(await ask(), MAY_NOT);
    assert.deepEqual(await ask({ 'X-Forwarded-For': '127.0.0.1' }), MAY_NOT);
  }
});

test('A5: an old proxy that says nothing of itself gives nobody rights', async (t) => {
  const { server } = await open(t);
  const socket = connect(server.port, '127.0.0.1');
  socket.write('GET /v1/models HTTP/1.0\r\nHost: localhost\r\n\r\n');
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  assert.match(answer, /"mayChange":false/);
});

test("A6: who shows the operator's token may, from wherever, and also where clients need another", async (t) => {
  const { ask } = await open(t, { adminToken: ADMIN_TOKEN, token: 'for everybody' });
  const far = { 'X-Forwarded-For': '203.0.113.9', Host: 'lens.example' };
  assert.deepEqual(await ask({ ...far, Authorization: `Bearer ${ADMIN_TOKEN}` }), MAY);
  assert.deepEqual(await ask({ ...far, Authorization: 'Bearer for everybody' }), MAY_NOT);
  const { status, code } = await ask({ ...far, Authorization: 'Bearer a token of sixteen or less' });
  assert.deepEqual({ status, code }, { status: 401, code: 'unauthorized' });
});
