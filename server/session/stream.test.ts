import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import test, { after, before } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import sharp from 'sharp';
import { WebSocket } from 'ws';
import { ERRORS } from '../../protocol/errors.ts';
import { encodeFrame } from '../../protocol/frame.ts';
import { STREAM_PATH, SUBPROTOCOL } from '../../protocol/messages.ts';
import type { LivelensServer } from '../server.ts';
import { frameOf } from '../testing/media.ts';
import { metric } from '../testing/metric.ts';
import { helloStream, openStream, type StreamClient } from '../testing/streamClient.ts';
import { ONE_WORKER, testServer } from '../testing/testServer.ts';

/** One server with the usual limits serves most tests; whatever one of them does to it, the next finds it well. */
const closers: (() => Promise<void>)[] = [];
let shared: LivelensServer;
before(async () => {
  shared = await testServer({ after: (close) => void closers.push(close) });
});
after(async () => {
  for (const close of closers) await close();
});

/** What every test of bad input ends with: another client, connected all along, still gets labels. */
async function withNeighbour(server: LivelensServer) {
  const neighbour = await helloStream(server.url);
  const cat = await frameOf('cat.png');
  return {
    async neighbourIsWell() {
      const answer = await neighbour.recognize(cat);
      assert.equal(answer.type, 'labels');
      await neighbour.close();
    },
  };
}

test('S1: hello is answered by welcome, with all that a client needs to send frames', async () => {
  const { welcome, close } = await helloStream(shared.url);
  assert.equal(welcome.model.id, 'coco-ssd');
  assert.equal(welcome.model.labels.length, 80);
  assert.deepEqual(welcome.model.input, { width: 300, height: 300, fit: 'stretch' });
  assert.equal(welcome.credits, 4);
  await close();
});

test('S2: a frame is answered by labels, boxes in 0..1, with the times that it took', async () => {
  const client = await helloStream(shared.url);
  const answer = await client.recognize(await frameOf('cat.png'));
  assert.equal(answer.type, 'labels');
  if (answer.type !== 'labels') return;
  const [cat] = answer.labels;
  assert.equal(cat?.label, 'cat');
  assert.ok(cat.score > 0.5);
  for (const side of cat.box ?? []) assert.ok(side >= 0 && side <= 1);
  assert.ok(answer.timing.inferMs > 0 && answer.timing.decodeMs > 0);
  assert.ok(answer.timing.serverMs >= answer.timing.inferMs + answer.timing.decodeMs);
  await client.close();
});

test('S3: a thing keeps its id from frame to frame, and a session knows nothing of another', async () => {
  const [cat, cup] = await Promise.all([frameOf('cat.png'), frameOf('cup.png')]);
  const [one, two] = await Promise.all([helloStream(shared.url), helloStream(shared.url)]);
  const ids = new Set<number>();
  for (let i = 0; i < 5; i++) {
    const [a, b] = await Promise.all([one.recognize(cat), two.recognize(cup)]);
    assert.ok(a.type === 'labels' && b.type === 'labels');
    assert.deepEqual(
      a.labels.map(({ label }) => label),
      ['cat'],
    );
    assert.ok(b.labels.some(({ label }) => label === 'cup'));
    for (const { id } of a.labels) ids.add(id);
  }
  assert.equal(ids.size, 1);
  await Promise.all([one.close(), two.close()]);
});

test('S4: configure changes the limit of the score, and an unknown model changes nothing', async () => {
  const client = await helloStream(shared.url);
  const cat = await frameOf('cat.png');
  client.send({ type: 'configure', minScore: 0.99 });
  assert.equal((await client.next('model')).minScore, 0.99);
  const nothing = await client.recognize(cat);
  assert.ok(nothing.type === 'labels');
  assert.deepEqual(nothing.labels, []);

  client.send({ type: 'configure', model: 'no-such-model' });
  const error = await client.next('error');
  assert.deepEqual([error.code, error.fatal], ['unknown_model', false]);
  assert.equal((await client.recognize(cat)).type, 'labels');
  await client.close();
});

test('C1: a frame without a credit closes the socket', async () => {
  const { neighbourIsWell } = await withNeighbour(shared);
  const client = await helloStream(shared.url);
  const cat = await frameOf('cat.png');
  for (let i = 0; i <= client.welcome.credits; i++) client.sendFrame({ image: cat });
  assert.equal((await client.closed).code, ERRORS.frame_without_credit.close);
  assert.equal((await client.next('error')).code, 'frame_without_credit');
  await neighbourIsWell();
});

test('C3: a frame that was replaced while it waited is answered in its turn, not immediately', async (t) => {
  const server = await testServer(t, {
    workers: { count: 1, threads: 1, frameTimeoutMs: 60_000 },
    // Where the machine is busy, none of them is too old by its turn.
    limits: { refreshMs: 60_000, maxAgeMs: 60_000 },
  });
  const client = await helloStream(server.url);
  const cat = await frameOf('cat.png');
  await Promise.all(Array.from({ length: 4 }, () => client.recognize(cat)));
  const came = client.messages.flatMap((message) =>
    message.type === 'labels' || message.type === 'dropped' ? [message.seq] : [],
  );
  // Answered immediately, the second and third would come before the first, which a worker has.
  assert.deepEqual(came, [0, 1, 2, 3]);
  await client.close();
});

test('C3: a client without credits may send a newer picture while its last one waits', {
  skip: process.platform === 'win32' && 'has no SIGSTOP',
}, async (t) => {
  const server = await testServer(t, {
    workers: { count: 1, threads: 1, frameTimeoutMs: 60_000 },
    limits: { refreshMs: 20, maxAgeMs: 60_000 },
  });
  const client = await helloStream(server.url);
  const cat = await frameOf('cat.png');
  const [pid] = server.workerPids;
  assert.ok(pid);
  process.kill(pid, 'SIGSTOP'); // Until it is killed, the first frame is in flight and the others wait.
  const [first, second, third, fourth] = Array.from({ length: 4 }, () => client.recognize(cat));
  for (const replaced of [second, third]) {
    const answer = await replaced;
    assert.deepEqual(answer?.type === 'dropped' && answer.reason, 'superseded');
  }
  const newest = client.recognize(cat);
  const replaced = await fourth;
  assert.deepEqual(replaced?.type === 'dropped' && replaced.reason, 'superseded');
  process.kill(pid, 'SIGKILL');
  const lost = await first;
  assert.deepEqual(lost?.type === 'dropped' && lost.reason, 'worker_lost');
  // Only what the worker had is lost with it.
  const last = await newest;
  assert.equal(last.type, 'labels', JSON.stringify(last));
  await client.close();
});

test('C2: a frame above maxFrameBytes closes the socket', async () => {
  const { neighbourIsWell } = await withNeighbour(shared);
  const client = await helloStream(shared.url);
  client.sendFrame({ image: new Uint8Array(client.welcome.maxFrameBytes) });
  assert.equal((await client.closed).code, ERRORS.frame_too_large.close);
  await neighbourIsWell();
});

for (const [title, message, code] of [
  ['F2: a frame shorter than its header', Uint8Array.of(1, 1, 0, 0), 'malformed_frame'],
  [
    'F3: a frame of another version',
    encodeFrame({ seq: 0, capturedAtMs: 0, format: 'jpeg', image: Uint8Array.of(1) }).with(0, 9),
    'unsupported_version',
  ],
  ['M2: text that is no message, where a frame belongs', 'a picture of a cat', 'malformed_message'],
  ['S1: a second hello', '{"type":"hello"}', 'malformed_message'],
] as const) {
  test(`${title} closes the socket with ${code}`, async () => {
    const { neighbourIsWell } = await withNeighbour(shared);
    const client = await helloStream(shared.url);
    client.socket.send(message);
    assert.equal((await client.closed).code, ERRORS[code].close);
    assert.equal((await client.next('error')).code, code);
    await neighbourIsWell();
  });
}

test('S1: a frame before hello closes the socket', async () => {
  const { neighbourIsWell } = await withNeighbour(shared);
  const client = await openStream(shared.url);
  client.sendFrame({ image: await frameOf('cat.png') });
  assert.equal((await client.closed).code, ERRORS.expected_hello.close);
  await neighbourIsWell();
});

test('S1: a hello that never comes closes the socket', async (t) => {
  const server = await testServer(t, { limits: { helloTimeoutMs: 200 }, ...ONE_WORKER });
  const { neighbourIsWell } = await withNeighbour(server);
  const client = await openStream(server.url);
  assert.equal((await client.closed).code, ERRORS.hello_timeout.close);
  await neighbourIsWell();
});

test('S1: hello with an unknown model, and with a wrong token, closes the socket', async (t) => {
  const server = await testServer(t, { token: 'open sesame', ...ONE_WORKER });
  for (const [hello, code] of [
    [{ token: 'open sesame', model: 'no-such-model' }, 'unknown_model'],
    [{ token: 'open window' }, 'unauthorized'],
    [{}, 'unauthorized'],
  ] as const) {
    const client = await openStream(server.url);
    client.send({ type: 'hello', ...hello });
    assert.equal((await client.closed).code, ERRORS[code].close);
  }
  await (await helloStream(server.url, { token: 'open sesame' })).close();
});

test('C9: more text messages than a person can cause close the socket', async () => {
  const { neighbourIsWell } = await withNeighbour(shared);
  const client = await helloStream(shared.url);
  for (let i = 0; i < 100; i++) client.send({ type: 'configure', minScore: 0.5 });
  assert.equal((await client.closed).code, ERRORS.rate_limited.close);
  await neighbourIsWell();
});

test('C10: a socket that never reads is closed, whatever it is owed', async (t) => {
  const server = await testServer(t, {
    limits: { maxUnreadBytes: 65_536, maxTextPerSecond: Number.POSITIVE_INFINITY },
    ...ONE_WORKER,
  });
  const { neighbourIsWell } = await withNeighbour(server);
  const raw = connect(server.port, '127.0.0.1');
  raw.on('error', () => {}); // A reset is how it ends.
  await once(raw, 'connect');
  raw.write(
    `GET ${STREAM_PATH} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n` +
      `Sec-WebSocket-Protocol: ${SUBPROTOCOL}\r\n\r\n`,
  );
  raw.pause();
  const ended = new Promise((resolve) => raw.once('close', resolve));
  raw.write(maskedText('{"type":"hello"}'));
  // Each asks for an answer of more than a kilobyte that is never read. Writing goes on until the server has enough.
  const ask = maskedText('{"type":"configure"}');
  const write = () => {
    while (!raw.destroyed && raw.write(ask)) {
      // until the buffer is full
    }
    if (!raw.destroyed) raw.once('drain', write);
  };
  write();
  await ended;
  await neighbourIsWell();
});

/** One small text message as a client must frame it: RFC 6455, section 5. */
function maskedText(text: string): Buffer {
  const payload = Buffer.from(text);
  return Buffer.concat([Buffer.of(0x81, 0x80 | payload.length, 0, 0, 0, 0), payload]);
}

test('U1: a page of another origin is refused the socket, unless it is allowed', async (t) => {
  const open = await testServer(t, { allowedOrigins: ['https://friend.example'], ...ONE_WORKER });
  const origin = (from: string) => ({ headers: { Origin: from } });
  await assert.rejects(openStream(shared.url, origin('https://evil.example')), /403/);
  await assert.rejects(openStream(open.url, origin('https://evil.example')), /403/);
  await (await openStream(open.url, origin('https://friend.example'))).close();
  await (await openStream(shared.url, origin(`http://127.0.0.1:${shared.port}`))).close();
});

test('U2: another subprotocol, or none, is refused', async () => {
  await assert.rejects(openStream(shared.url, { subprotocol: 'livelens.v9' }), /426/);
  const bare = new WebSocket(`ws://127.0.0.1:${shared.port}${STREAM_PATH}`);
  const [error] = await once(bare, 'error');
  assert.match(String(error), /426/);
});

test('U3: sockets to other paths are refused', async () => {
  const other = new WebSocket(`ws://127.0.0.1:${shared.port}/elsewhere`, SUBPROTOCOL);
  const [error] = await once(other, 'error');
  assert.match(String(error), /404/);
});

test('U4: a full server asks a client to come back later, and its sessions stay', async (t) => {
  const server = await testServer(t, { limits: { maxSessions: 1 }, ...ONE_WORKER });
  const { neighbourIsWell } = await withNeighbour(server);
  const client = await openStream(server.url);
  assert.equal((await client.closed).code, ERRORS.server_busy.close);
  const goaway = await client.next('goaway');
  assert.equal(goaway.reason, 'server_busy');
  assert.ok(goaway.reconnectAfterMs > 0);
  await neighbourIsWell();
});

type BadPicture = { image: Uint8Array; format?: 'png' | 'webp' };
const pictures: Record<string, () => Promise<BadPicture>> = {
  'no picture at all': async () => ({ image: new TextEncoder().encode('not a picture of a cat') }),
  'a truncated picture': async () => ({ image: (await frameOf('cat.png')).subarray(0, 3_000) }),
  'a picture of another format than it says': async () => ({
    image: await frameOf('cat.png'),
    format: 'png',
  }),
  'a vector drawing': async () => ({
    image: new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    format: 'png',
  }),
  'a picture 66,000 pixels wide': async () => ({
    image: await sharp({ create: { width: 66_000, height: 8, channels: 3, background: 'grey' } })
      .png()
      .toBuffer(),
    format: 'png',
  }),
  'a decompression bomb': async () => ({
    image: await sharp({ create: { width: 12_000, height: 12_000, channels: 3, background: 'black' } })
      .png({ compressionLevel: 9 })
      .toBuffer(),
    format: 'png',
  }),
};
const made = new Map<string, Promise<BadPicture>>();
/** Made once: some take seconds. */
function badPicture(title: string): Promise<BadPicture> {
  const picture =
    made.get(title) ?? pictures[title]?.() ?? Promise.reject(new Error(`No picture "${title}".`));
  made.set(title, picture);
  return picture;
}
for (const title of Object.keys(pictures)) {
  test(`S2: ${title} is answered undecodable, and the session goes on`, async () => {
    const { neighbourIsWell } = await withNeighbour(shared);
    const client = await helloStream(shared.url);
    const { image, format } = await badPicture(title);
    const answer = await client.recognize(image, format);
    assert.deepEqual(answer.type === 'dropped' && answer.reason, 'undecodable');
    const next = await client.recognize(await frameOf('cup.png'));
    assert.equal(next.type, 'labels');
    await client.close();
    await neighbourIsWell();
  });
}

test('S2, S5: every frame is answered once, in order, and its credit comes back', async () => {
  const client = await helloStream(shared.url);
  const cat = await frameOf('cat.png');
  const answers = await Promise.all(
    Array.from({ length: client.welcome.credits }, async () => {
      const mine = [];
      for (let i = 0; i < 10; i++) mine.push((await client.recognize(cat)).seq);
      return mine;
    }),
  );
  const seqs = answers.flat().toSorted((a, b) => a - b);
  assert.deepEqual(seqs, [...seqs.keys()]);
  const labelled = client.messages.filter((message) => message.type === 'labels').map(({ seq }) => seq);
  assert.deepEqual(
    labelled,
    labelled.toSorted((a, b) => a - b),
  );
  await client.close();
});

test('S2: the frame of a worker that is killed is answered worker_lost, and labels are back', async (t) => {
  const server = await testServer(t, { workers: { count: 1, threads: 1, frameTimeoutMs: 60_000 } });
  const client = await helloStream(server.url);
  const cat = await frameOf('cat.png');
  await client.recognize(cat);
  const [pid] = server.workerPids;
  assert.ok(pid);
  const lost = client.recognize(cat);
  process.kill(pid, 'SIGKILL');
  const killedAt = performance.now();
  const first = await lost;
  assert.deepEqual(first.type === 'dropped' && first.reason, 'worker_lost');
  await labelsAgain(client, cat);
  t.diagnostic(`labels were back after ${Math.round(performance.now() - killedAt)} ms`);
  await client.close();
});

test('S2: the frame of a worker that hangs is answered worker_lost, and the worker is replaced', {
  skip: process.platform === 'win32',
}, async (t) => {
  const server = await testServer(t, { workers: { count: 1, threads: 1, frameTimeoutMs: 10_000 } });
  const client = await helloStream(server.url);
  const cat = await frameOf('cat.png');
  const [pid] = server.workerPids;
  assert.ok(pid);
  process.kill(pid, 'SIGSTOP');
  const answer = await client.recognize(cat);
  assert.deepEqual(answer.type === 'dropped' && answer.reason, 'worker_lost');
  await labelsAgain(client, cat);
  // The one that hangs is killed when the other one is ready, and may not have ended yet.
  assert.ok(
    server.workerPids.some((one) => one !== pid),
    String(server.workerPids),
  );
  await client.close();
});

/** Sends frames until one is labelled; while there is no worker they become stale. */
async function labelsAgain(client: StreamClient, image: Uint8Array): Promise<void> {
  for (;;) {
    const answer = await client.recognize(image);
    if (answer.type === 'labels') return;
    assert.equal(answer.reason, 'stale');
  }
}

test('R2: a session goes on where it was: settings, things and their ids, in another server too', async (t) => {
  const first = await testServer(t, { resumeSecret: 'a secret that both servers share', ...ONE_WORKER });
  const second = await testServer(t, { resumeSecret: 'a secret that both servers share', ...ONE_WORKER });
  const [cat, cup] = await Promise.all([frameOf('cat.png'), frameOf('cup.png')]);
  const before = await helloStream(first.url, { minScore: 0.3 });
  assert.equal(before.welcome.resumed, false);
  await before.recognize(cup); // The cup and the table have the ids 1 and 2.
  for (let i = 0; i < 3; i++) await before.recognize(cat);
  const seen = await before.recognize(cat);
  const token = (await before.next('resume')).resume;
  await first.close();

  const latest = before.messages.filter((message) => message.type === 'resume').at(-1)?.resume ?? token;
  const after = await helloStream(second.url, { resume: latest });
  assert.equal(after.welcome.resumed, true);
  assert.equal(after.welcome.session, before.welcome.session);
  assert.equal(after.welcome.minScore, 0.3);
  const again = await after.recognize(cat);
  assert.ok(seen.type === 'labels' && again.type === 'labels');
  const catOf = (labels: typeof seen.labels) => labels.find(({ label }) => label === 'cat');
  assert.ok(catOf(seen.labels));
  assert.equal(catOf(again.labels)?.id, catOf(seen.labels)?.id);
  await after.close();
});

test('R3: with a token that is not good a new session begins', async () => {
  const client = await helloStream(shared.url, { resume: 'not.good' });
  assert.equal(client.welcome.resumed, false);
  assert.equal((await client.recognize(await frameOf('cat.png'))).type, 'labels');
  await client.close();
});

test('G3: a session that becomes too old is asked to come back, and goes on', async (t) => {
  const server = await testServer(t, { limits: { maxSessionMs: 500, goAwaySpreadMs: 0 }, ...ONE_WORKER });
  const client = await helloStream(server.url);
  const goaway = await client.next('goaway');
  assert.equal(goaway.reason, 'session_limit');
  assert.equal((await client.closed).code, ERRORS.restarting.close);
  const again = await helloStream(server.url, { resume: (await client.next('resume')).resume });
  assert.equal(again.welcome.session, client.welcome.session);
  await again.close();
});

test('G1: sockets that were refused or turned away, and do not leave, do not hold up a server that stops', async (t) => {
  const server = await testServer(t, { limits: { maxSessions: 1 }, ...ONE_WORKER });
  const inside = await helloStream(server.url);
  const knock = async (path: string) => {
    const raw = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    raw.on('error', () => {});
    await once(raw, 'connect');
    raw.write(
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n` +
        `Sec-WebSocket-Protocol: ${SUBPROTOCOL}\r\n\r\n`,
    );
    const [answer] = await once(raw, 'data');
    return { raw, answer: String(answer) };
  };
  const refused = await knock('/elsewhere');
  assert.match(refused.answer, /^HTTP\/1.1 404/);
  const turnedAway = await knock(STREAM_PATH);
  assert.match(turnedAway.answer, /^HTTP\/1.1 101/);
  await server.close();
  await inside.closed;
  refused.raw.destroy();
  turnedAway.raw.destroy();
});

test('S2: pictures that cost much to decode are refused by their size, and others keep their labels', async (t) => {
  // A machine that runs other tests may need longer for a frame than a person would wait.
  const { url } = await testServer(t, { limits: { maxAgeMs: 60_000 } });
  const large = await sharp({ create: { width: 7_700, height: 7_700, channels: 3, background: 'grey' } })
    .png({ compressionLevel: 9 })
    .toBuffer();
  const [greedy, neighbour] = await Promise.all([helloStream(url), helloStream(url)]);
  assert.ok(large.byteLength < greedy.welcome.maxFrameBytes);
  const cat = await frameOf('cat.png');
  let isDone = false;
  const abuse = async () => {
    while (!isDone) {
      const answer = await greedy.recognize(large, 'png');
      assert.equal(answer.type, 'dropped');
    }
  };
  const abused = Promise.all([abuse(), abuse()]);
  for (let i = 0; i < 30; i++) assert.equal((await neighbour.recognize(cat)).type, 'labels');
  isDone = true;
  await abused;
  await Promise.all([greedy.close(), neighbour.close()]);
});

test('H1: a socket that answers no ping is ended, one that does stays', async (t) => {
  const server = await testServer(t, { heartbeatMs: 100, ...ONE_WORKER });
  const [alive, dead] = await Promise.all([helloStream(server.url), helloStream(server.url)]);
  dead.socket.pause(); // A sleeping phone: the connection stands, and no one is there.
  const cat = await frameOf('cat.png');
  while ((await metric(server.url, 'livelens_sessions')) > 1)
    assert.equal((await alive.recognize(cat)).type, 'labels');
  dead.socket.resume();
  assert.equal((await dead.closed).code, 1006);
  await alive.close();
});

test('G1: a server that stops asks its clients to come back, and answers what is in flight', async (t) => {
  const server = await testServer(t);
  const client = await helloStream(server.url);
  const last = client.recognize(await frameOf('cat.png'));
  // The server has it when the next message is answered.
  client.send({ type: 'configure' });
  await client.next('model');
  await server.close();
  assert.equal((await last).type, 'labels');
  assert.equal((await client.next('goaway')).reason, 'restarting');
  assert.equal((await client.closed).code, ERRORS.restarting.close);
});

test('floods of bad input leave the memory of server and workers where it was', {
  skip: process.platform !== 'linux' && 'reads /proc',
}, async (t) => {
  const bad = await Promise.all(Object.keys(pictures).map(badPicture));
  const flood = async () => {
    for (let round = 0; round < 15; round++) {
      const client = await helloStream(shared.url);
      for (const { image, format } of bad) await client.recognize(image, format);
      client.sendFrame({ image: new Uint8Array(client.welcome.maxFrameBytes) });
      await client.closed;
    }
  };
  // Else it depends on the time when V8 collects.
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const residentMb = async () => {
    collect();
    const workers = await Promise.all(shared.workerPids.map((pid) => readFile(`/proc/${pid}/statm`, 'utf8')));
    const pages = workers.map((statm) => Number(statm.split(' ')[1]));
    return (pages.reduce((sum, count) => sum + count, 0) * 4_096 + process.memoryUsage.rss()) / 2 ** 20;
  };
  // Buffers and code that are made once and kept.
  for (let i = 0; i < 2; i++) await flood();
  const beforeMb = await residentMb();
  for (let i = 0; i < 4; i++) await flood();
  const afterMb = await residentMb();
  t.diagnostic(`${beforeMb.toFixed(0)} MB before, ${afterMb.toFixed(0)} MB after`);
  assert.ok(afterMb < beforeMb * 1.1, `${beforeMb.toFixed(0)} MB before, ${afterMb.toFixed(0)} MB after`);
});
