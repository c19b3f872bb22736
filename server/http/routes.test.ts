import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import test, { after, before } from 'node:test';
import sharp from 'sharp';
import type { LivelensServer } from '../server.ts';
import { type PhotoName, photo } from '../testing/media.ts';
import { helloStream } from '../testing/streamClient.ts';
import { ADMIN_TOKEN, AS_ADMIN, ONE_WORKER, testServer } from '../testing/testServer.ts';

const closers: (() => Promise<void>)[] = [];
let server: LivelensServer;
before(async () => {
  server = await testServer(
    { after: (close) => void closers.push(close) },
    { adminToken: ADMIN_TOKEN, limits: { maxPictureBytes: 2 << 20 } },
  );
});
after(async () => {
  for (const close of closers) await close();
});

const predict = (body: BodyInit, query = '', headers: Record<string, string> = {}) =>
  fetch(`${server.url}/v1/predict${query}`, { method: 'POST', body, headers });
const names = (answer: { labels: { label: string }[] }) => answer.labels.map(({ label }) => label);

const seen: [PhotoName, string[]][] = [
  ['cat.png', ['cat']],
  ['cup.png', ['cup', 'dining table']],
  ['astronaut.png', ['person']],
  ['rocket.jpg', []],
];
for (const [name, labels] of seen) {
  test(`P1: predict sees ${labels.join(' and ') || 'nothing'} in ${name}`, async () => {
    const response = await predict(await photo(name));
    assert.equal(response.status, 200);
    const answer = await response.json();
    assert.deepEqual(names(answer), labels);
    assert.match(answer.model, /^coco-ssd@[0-9a-f]{12}$/);
    assert.ok(answer.timing.serverMs > 0);
  });
}

test('the clock of the server goes on, and no one stores it', async () => {
  const read = async () => {
    const answer = await fetch(`${server.url}/v1/time`);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    return (await answer.json()).nowMs;
  };
  // Not `Date.now()`, which is set while this one runs on.
  const nowMs = () => performance.timeOrigin + performance.now();
  const beforeMs = nowMs();
  const [first, second] = [await read(), await read()];
  assert.ok(first >= beforeMs && first < second && second <= nowMs(), `${first}, ${second}`);
});

test('P2: predict takes JPEG, PNG and WebP, as a body and in a form', async () => {
  const cat = sharp(await photo('cat.png'));
  for (const image of await Promise.all([
    cat.jpeg().toBuffer(),
    cat.png().toBuffer(),
    cat.webp().toBuffer(),
  ])) {
    assert.deepEqual(names(await (await predict(image)).json()), ['cat']);
    const form = new FormData();
    form.set('image', new Blob([image]));
    assert.deepEqual(names(await (await predict(form)).json()), ['cat']);
  }
});

test('P3: a photo that a phone took upright is seen upright', async () => {
  const upright = sharp(await photo('cat.png'));
  const lying = new Uint8Array(
    await upright.rotate(90).withMetadata({ orientation: 8 }).jpeg({ quality: 95 }).toBuffer(),
  );
  const [cat] = (await (await predict(lying)).json()).labels;
  const [expected] = (await (await predict(await photo('cat.png'))).json()).labels;
  assert.equal(cat.label, 'cat');
  cat.box.forEach((side: number, i: number) => {
    assert.ok(Math.abs(side - expected.box[i]) < 0.05, `${cat.box} against ${expected.box}`);
  });
});

test('P4: minScore raises and lowers the limit', async () => {
  const cup = await photo('cup.png');
  assert.deepEqual(names(await (await predict(cup, '?minScore=0.9')).json()), ['cup']);
  const many = await (await predict(cup, '?minScore=0.1')).json();
  assert.ok(many.labels.length > 2);
});

test('P17: maxLabels bounds an answer, the best labels stay', async () => {
  const cup = await photo('cup.png');
  const all = (await (await predict(cup, '?minScore=0.1')).json()).labels;
  const two = (await (await predict(cup, '?minScore=0.1&maxLabels=2')).json()).labels;
  assert.deepEqual(two, all.slice(0, 2));
});

test('P18: a JPEG that lacks only its end marker is seen, one that was cut is not', async () => {
  const cat = new Uint8Array(
    await sharp(await photo('cat.png'))
      .jpeg()
      .toBuffer(),
  );
  assert.deepEqual(names(await (await predict(cat.subarray(0, -2))).json()), ['cat']);
  const cut = await predict(cat.subarray(0, cat.length * 0.9));
  assert.deepEqual([cut.status, (await cut.json()).error.code], [415, 'undecodable']);
});

const refused: [title: string, ask: () => Promise<Response>, status: number, code: string][] = [
  ...['0', '1001', '2.5', '-1', 'many', ''].map((value): (typeof refused)[number] => [
    `maxLabels=${value}`,
    async () => predict(await photo('cat.png'), `?maxLabels=${value}`),
    400,
    'bad_request',
  ]),
  ['no picture', () => predict('hello'), 415, 'undecodable'],
  ['nothing', () => predict(''), 415, 'undecodable'],
  [
    'a truncated picture',
    async () => predict((await photo('cat.png')).subarray(0, 4_000)),
    415,
    'undecodable',
  ],
  [
    'a form without a file',
    () =>
      predict(new URLSearchParams('a=b').toString(), '', {
        'Content-Type': 'multipart/form-data; boundary=x',
      }),
    400,
    'bad_request',
  ],
  ['a picture above the limit', () => predict(new Uint8Array((2 << 20) + 1)), 413, 'frame_too_large'],
  [
    'an unknown model',
    async () => predict(await photo('cat.png'), '?model=no one-has-it'),
    404,
    'unknown_model',
  ],
  [
    'a limit that is no number',
    async () => predict(await photo('cat.png'), '?minScore=high'),
    400,
    'bad_request',
  ],
  ['another method', () => fetch(`${server.url}/v1/predict`), 405, 'method_not_allowed'],
  [
    'a model that is to be deleted',
    () => fetch(`${server.url}/v1/models/coco-ssd/manifest`, { method: 'DELETE', headers: AS_ADMIN }),
    405,
    'method_not_allowed',
  ],
  ['the stream without a WebSocket', () => fetch(`${server.url}/v1/stream`), 426, 'unsupported_version'],
  [
    'a form of very many parts',
    () =>
      predict(`--x\r\n\r\n`.repeat(186_000), '', {
        'Content-Type': 'multipart/form-data; a=b; boundary = "x"',
      }),
    400,
    'bad_request',
  ],
  [
    'a picture above the limit that is not announced',
    () => {
      const body = new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(64 << 10)),
      });
      return fetch(`${server.url}/v1/predict`, { method: 'POST', body, duplex: 'half' } as RequestInit);
    },
    413,
    'frame_too_large',
  ],
  ['another path', () => fetch(`${server.url}/v1/nothing`), 404, 'not_found'],
  [
    'a page of another origin',
    async () => predict(await photo('cat.png'), '', { Origin: 'https://evil.example' }),
    403,
    'forbidden_origin',
  ],
];
for (const [title, ask, status, code] of refused) {
  test(`P5: ${title} is answered ${status} ${code}`, async () => {
    const response = await ask();
    assert.equal(response.status, status);
    const { error } = await response.json();
    assert.equal(error.code, code);
    assert.ok(error.message.length > 10);
  });
}

const others: [method: string, path: string, allowed: string][] = [
  ['GET', '/v1/predict', 'POST'],
  ['POST', '/healthz', 'GET, HEAD'],
  ['PUT', '/openapi.json', 'GET, HEAD'],
  ['PUT', '/v1/status', 'GET, HEAD'],
  ['DELETE', '/v1/lan', 'GET, HEAD'],
  ['GET', '/v1/access/links', 'POST'],
  ['PUT', '/v1/bandwidth', 'GET, HEAD, POST'],
  ['PUT', '/v1/models/imports/one', 'GET, HEAD, DELETE'],
  ['GET', '/v1/models/coco-ssd/verify', 'POST'],
  ['POST', '/v1/stream', 'GET, HEAD'],
  ['GET', '/mcp', 'POST'],
];
for (const [method, path, allowed] of others) {
  test(`P5: ${method} ${path} is answered 405, and that it takes ${allowed}`, async () => {
    const response = await fetch(server.url + path, { method, headers: AS_ADMIN });
    assert.equal(response.status, 405);
    assert.equal(response.headers.get('allow'), allowed);
    const { code, message } = (await response.json()).error;
    assert.equal(code, 'method_not_allowed');
    assert.ok(message.includes(allowed), message);
  });
}

test('P6: where a token is configured, predict asks for it', async (t) => {
  const closed = await testServer(t, { token: 'open sesame', ...ONE_WORKER });
  const ask = async (headers: Record<string, string>) =>
    fetch(`${closed.url}/v1/predict`, { method: 'POST', body: await photo('cat.png'), headers });
  assert.equal((await ask({})).status, 401);
  assert.equal((await ask({ Authorization: 'Bearer open window' })).status, 401);
  assert.equal((await ask({ Authorization: 'Bearer open sesame' })).status, 200);
});

test('P7: an allowed origin may read the answer, another may not', async (t) => {
  const friendly = await testServer(t, { allowedOrigins: ['https://friend.example'], ...ONE_WORKER });
  const ask = (origin: string) => fetch(`${friendly.url}/v1/models`, { headers: { Origin: origin } });
  const friend = await ask('https://friend.example');
  assert.equal(friend.headers.get('access-control-allow-origin'), 'https://friend.example');
  assert.equal((await ask('https://evil.example')).status, 403);
});

test('P9: a picture that is in flight when the server stops is answered', async (t) => {
  const stopping = await testServer(t);
  const cat = await photo('cat.png');
  const answers = Promise.all(
    Array.from({ length: 3 }, () => fetch(`${stopping.url}/v1/predict`, { method: 'POST', body: cat })),
  );
  const waits = async () =>
    /livelens_waiting_frames [1-9]|via="predict"/.test(await (await fetch(`${stopping.url}/metrics`)).text());
  while (!(await waits())) {
    // until the first is at work
  }
  await stopping.close();
  for (const answer of await answers) assert.ok([200, 503].includes(answer.status), String(answer.status));
});

test('P10: pictures take turns, all are answered', async (t) => {
  // On a machine that is busy with other tests a worker may take a second: none of them is to be stale here.
  const patient = await testServer(t, { limits: { maxAgeMs: 60_000 } });
  const body = await photo('cup.png');
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => fetch(`${patient.url}/v1/predict`, { method: 'POST', body })),
  );
  for (const answer of answers) assert.deepEqual(names(await answer.json()), ['cup', 'dining table']);
});

/** A picture that is announced and does not come, as of a phone in a tunnel. */
async function idleUpload(port: number) {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {}); // A reset is one way to end.
  await once(socket, 'connect');
  socket.write('POST /v1/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n');
  return socket;
}

test('P15: pictures that do not come take an address no more places than it has, and give them back', async (t) => {
  const busy = await testServer(t, { limits: { maxPredictionsPerAddress: 2 } });
  const cat = await photo('cat.png');
  const ask = async () => (await fetch(`${busy.url}/v1/predict`, { method: 'POST', body: cat })).status;
  const uploads = await Promise.all([idleUpload(busy.port), idleUpload(busy.port)]);
  while ((await ask()) === 200) {
    // until the server has seen both
  }
  const response = await fetch(`${busy.url}/v1/predict`, { method: 'POST', body: cat });
  assert.equal(response.status, 503);
  assert.equal(response.headers.get('retry-after'), '1');
  assert.equal((await response.json()).error.code, 'server_busy');
  const client = await helloStream(busy.url);
  assert.equal((await client.recognize(cat, 'png')).type, 'labels');
  await client.close();
  for (const upload of uploads) upload.destroy();
  while ((await ask()) !== 200) {
    // until the server knows that they are gone
  }
});

test('P16: a picture that does not come in time is answered 408, and its connection ends', async (t) => {
  const impatient = await testServer(t, { limits: { requestTimeoutMs: 300 }, ...ONE_WORKER });
  const upload = await idleUpload(impatient.port);
  const answer = await text(upload);
  assert.match(answer, /^HTTP\/1.1 408/);
});

test('P14: an Upgrade to anything but a WebSocket is refused with the reason', async () => {
  const { statusCode, body } = await new Promise<{ statusCode: number; body: string }>((resolve, reject) => {
    const headers = { Connection: 'Upgrade', Upgrade: 'h2c' };
    get(`${server.url}/healthz`, { headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ statusCode: response.statusCode ?? 0, body: text }));
    }).on('error', reject);
  });
  assert.equal(statusCode, 400);
  assert.match(body, /Upgrade header/);
});

test('P11: health, readiness, models and their manifests', async () => {
  const get = async (path: string) => (await fetch(`${server.url}${path}`)).json();
  assert.deepEqual(await get('/healthz'), { status: 'alive' });
  const ready = await get('/readyz');
  assert.equal(ready.ready, true);
  assert.match(ready.models[0], /^coco-ssd@/);
  const { models } = await get('/v1/models');
  assert.equal(models[0].id, 'coco-ssd');
  assert.equal((await get('/v1/models/coco-ssd/manifest')).license.spdx, 'Apache-2.0');
  assert.equal((await fetch(`${server.url}/v1/models/no one/manifest`)).status, 404);
});

test('P12: metrics count frames and have their times', async () => {
  const client = await helloStream(server.url);
  await client.recognize(await photo('cat.png'), 'png');
  await client.close();
  const text = await (await fetch(`${server.url}/metrics`)).text();
  assert.match(text, /livelens_frames_total\{via="stream",outcome="labels"\} [1-9]/);
  assert.match(text, /livelens_frame_seconds_count\{via="stream",stage="infer"\} [1-9]/);
  assert.match(text, /livelens_workers [1-9]/);
});

test('P13: pages come with a strict content security policy, isolated from other origins', async () => {
  const response = await fetch(server.url);
  assert.match(await response.text(), /Livelens/);
  const policy = response.headers.get('content-security-policy') ?? '';
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'self' 'sha256-[^']+'/);
  assert.doesNotMatch(policy, /unsafe/);
  assert.equal(response.headers.get('cross-origin-opener-policy'), 'same-origin');
  assert.equal(response.headers.get('cross-origin-embedder-policy'), 'require-corp');
  assert.equal((await fetch(`${server.url}/nowhere`)).status, 404);
  assert.equal((await fetch(`${server.url}/..%2f..%2fpackage.json`)).status, 404);
});
