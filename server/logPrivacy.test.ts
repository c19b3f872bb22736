import assert from 'node:assert/strict';
import test from 'node:test';
import { createLog } from './telemetry/log.ts';
import { photo } from './testing/media.ts';
import { openStream } from './testing/streamClient.ts';
import { ADMIN_TOKEN, ONE_WORKER, testServer } from './testing/testServer.ts';

const TOKEN = 'the token of this server';
const AS_USER = { Authorization: `Bearer ${TOKEN}` };

test('at level debug the log names requests and sessions, and has no picture, token or label', async (t) => {
  const lines: string[] = [];
  const log = createLog({
    level: 'debug',
    format: 'json',
    destination: { write: (line) => void lines.push(line) },
  });
  const server = await testServer(t, { ...ONE_WORKER, token: TOKEN, adminToken: ADMIN_TOKEN }, log);
  const picture = await photo('cat.png');
  const predict = (path: string, headers: HeadersInit, body: Uint8Array<ArrayBuffer> = picture) =>
    fetch(`${server.url}/v1/predict${path}`, { method: 'POST', headers, body });

  const good = await predict('?minScore=0.5', AS_USER);
  const { labels } = await good.json();
  assert.equal(labels[0].label, 'cat');
  // Errors, with what a log would be tempted to quote.
  const refused = await predict(`?token=${TOKEN}`, { Authorization: 'Bearer another token' });
  const broken = await predict('', AS_USER, new Uint8Array(picture.subarray(0, 400)));
  assert.deepEqual([refused.status, broken.status], [401, 415]);
  const administered = await fetch(`${server.url}/v1/access/links`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  const { fragment } = await administered.json();

  const stream = await openStream(server.url);
  stream.send({ type: 'hello', token: TOKEN });
  const { session, resume } = await stream.next('welcome');
  const answer = await stream.recognize(picture, 'png');
  assert.equal(answer.type === 'labels' && answer.labels[0]?.label, 'cat');
  await stream.close();
  const stranger = await openStream(server.url);
  stranger.send({ type: 'hello', token: 'a wrong token' });
  await stranger.closed;
  await server.close();

  const all = lines.join('');
  const entries = lines.map((line) => JSON.parse(line));
  for (const response of [good, refused, broken, administered]) {
    const id = response.headers.get('x-request-id');
    const [line, ...more] = entries.filter(({ request }) => request === id);
    assert.deepEqual([line?.status, more], [response.status, []]);
  }
  assert.ok(entries.some((entry) => entry.session === session && entry.msg === 'session ended'));
  const forbidden = {
    token: TOKEN,
    encodedToken: encodeURIComponent(TOKEN),
    adminToken: ADMIN_TOKEN,
    wrongToken: 'a wrong token',
    otherToken: 'another token',
    link: new URLSearchParams(fragment).get('admin') ?? fragment,
    resume,
    label: '"cat',
    base64: Buffer.from(picture).toString('base64').slice(40, 72),
    hex: Buffer.from(picture).toString('hex').slice(40, 72),
    bytes: JSON.stringify([...picture.subarray(40, 48)]).slice(1, -1),
    text: 'IHDR',
  };
  for (const [what, text] of Object.entries(forbidden))
    assert.ok(!all.includes(text), `${what} is in the log`);
});
