import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { ClientError } from '../clientError.ts';
import { createHttpClient } from './httpClient.ts';
import { createRequester } from './requester.ts';

/** A server that answers each request with `answer`. @returns its address, below a path */
async function serve(
  t: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer(answer);
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/lens`;
}

const LIST = { models: [], mayChange: true };

/** The error that a request rejects with. */
async function errorOf(work: Promise<unknown>): Promise<ClientError> {
  const error = await work.then(
    () => assert.fail('It was answered.'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ClientError, String(error));
  return error;
}

test('a request goes below the path of the server, with the token and the key that hold then', async (t) => {
  const seen: unknown[] = [];
  const url = await serve(t, ({ url: path, headers }, response) => {
    seen.push([path, headers.authorization, headers['x-livelens-key']]);
    response.end(JSON.stringify(LIST));
  });
  let token: string | undefined = 'one';
  const http = createHttpClient({ url: `${url}/`, token: () => token, adminKey: () => 'key' });
  assert.equal(http.url, url);
  assert.deepEqual(await http.models(), LIST);
  token = undefined;
  await http.models();
  assert.deepEqual(seen, [
    ['/lens/v1/models', 'Bearer one', 'key'],
    ['/lens/v1/models', undefined, 'key'],
  ]);
});

test('a refusal carries the code, the message, the status and the time to wait', async (t) => {
  const url = await serve(t, (_, response) => {
    response.writeHead(503, { 'Retry-After': '2' });
    response.end(JSON.stringify({ error: { code: 'server_busy', message: 'It is full.' } }));
  });
  const { code, message, status, retryAfterMs, isRetryable } = await errorOf(
    createHttpClient({ url }).models(),
  );
  assert.deepEqual(
    { code, message, status, retryAfterMs, isRetryable },
    { code: 'server_busy', message: 'It is full.', status: 503, retryAfterMs: 2000, isRetryable: true },
  );
});

test('what answers in another way is named as such', async (t) => {
  const answers = ['<html>', '{"models": 1}'];
  const url = await serve(t, (_, response) => {
    const answer = answers.shift();
    response.writeHead(answer === undefined ? 502 : 200).end(answer);
  });
  const http = createHttpClient({ url });
  for (const part of [/address/, /models: /, /status 502/]) {
    const error = await errorOf(http.models());
    assert.equal(error.code, 'unexpected_answer');
    assert.match(error.message, part);
  }
});

test('a server that is not there, or does not answer in time, is unreachable', async (t) => {
  const url = await serve(t, () => {});
  const late = await errorOf(createHttpClient({ url, deadlineMs: 20 }).models());
  assert.equal(late.code, 'unreachable');
  assert.match(late.message, /within 0\.02 s/);
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const free = (other.address() as AddressInfo).port;
  await new Promise((resolve) => other.close(resolve));
  const gone = await errorOf(createHttpClient({ url: `http://127.0.0.1:${free}` }).models());
  assert.equal(gone.code, 'unreachable');
  assert.match(gone.message, /ECONNREFUSED/);
  assert.equal(gone.isRetryable, true);
});

test('a request ends with the reason of its signal, or of the client, but discarding outlives the client', async (t) => {
  const reason = new Error('enough');
  const client = new AbortController();
  const call = new AbortController();
  const url = await serve(t, ({ method }, response) => {
    if (method === 'DELETE') response.writeHead(204).end();
    else call.abort(reason);
  });
  const http = createHttpClient({ url, signal: client.signal });
  await assert.rejects(http.models({ signal: call.signal }), reason);
  client.abort(reason);
  await assert.rejects(http.models(), reason);
  await http.imports.discard('an import');
});

test('a redirect is not followed: the token is for the address that was given', async (t) => {
  let requests = 0;
  const url = await serve(t, (_, response) => {
    requests += 1;
    response.writeHead(307, { Location: '/elsewhere' }).end();
  });
  assert.equal((await errorOf(createHttpClient({ url, token: 'secret' }).models())).code, 'unreachable');
  assert.equal(requests, 1);
});

test('an import is followed until it waits for a yes', async (t) => {
  const phases = ['looking', 'looking', 'asking'];
  const url = await serve(t, (_, response) =>
    response.end(JSON.stringify({ id: 'i', phase: phases.shift() })),
  );
  const { imports } = createHttpClient({ url });
  const reported: string[] = [];
  const end = await imports.settled(
    { id: 'i', phase: 'receiving' },
    { onChange: ({ phase }) => reported.push(phase) },
  );
  assert.equal(end.phase, 'asking');
  assert.deepEqual(reported, ['receiving', 'looking', 'looking', 'asking']);
});

test('an address without http is refused at once', () => {
  assert.throws(() => createHttpClient({ url: 'lens.example' }), /An address such as/);
});

test('a body that stops is given up in time and in words, and what is ended while it comes ends with the reason', async (t) => {
  const url = await serve(t, (_, response) => {
    response.write('the beginning');
  });
  const { receive } = createRequester({ url });
  const read = (answer: Response) => answer.text();
  const late = await errorOf(receive({ method: 'GET', path: 'v1/export', deadlineMs: 100 }, read));
  assert.equal(late.code, 'unreachable');
  assert.match(late.message, /within 0\.1 s\. Check that it runs, then try again\.$/);
  const ending = new AbortController();
  const begun = receive({ method: 'GET', path: 'v1/export', signal: ending.signal }, (answer) => {
    ending.abort('a newer command');
    return read(answer);
  });
  await assert.rejects(begun, (reason) => reason === 'a newer command');
});
