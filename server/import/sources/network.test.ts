import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { httpServer } from '../../testing/httpServer.ts';
import { download } from './download.ts';
import { createNetwork, isPublicAddress } from './network.ts';

const ours = createNetwork({ allowPrivate: true });
const strict = createNetwork({ allowPrivate: false });

async function fileIn(t: TestContext) {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-download-'));
  t.after(() => rm(dir, { recursive: true }));
  return path.join(dir, 'file');
}

test('addresses of this machine, of private networks and of no network are not public', () => {
  const inside =
    '127.0.0.1 127.9.9.9 0.0.0.0 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 ' +
    '192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 240.0.0.1 255.255.255.255 ' +
    ':: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:a9fe:a9fe fe80::1 fe80::1%eth0 fec0::1 fc00::1 fd12::1 ' +
    'ff02::1 2001:db8::1 2002:7f00:1:: 2001::1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 100::1 nonsense';
  for (const address of inside.split(' ')) assert.equal(isPublicAddress(address), false, address);
  for (const address of ['1.1.1.1', '8.8.8.8', '2606:4700:4700::1111', '64:ff9b::808:808']) {
    assert.equal(isPublicAddress(address), true, address);
  }
});

test('nothing inside is asked, however its address is written', async (t) => {
  let asked = 0;
  const { url } = await httpServer(t, (_, response) => {
    asked += 1;
    response.end('secret');
  });
  const { port } = new URL(url);
  const hosts = [
    '127.0.0.1',
    'localhost',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '127.1',
    '[::1]',
    '[::ffff:7f00:1]',
  ];
  for (const scheme of ['http', 'https']) {
    for (const host of hosts) {
      await assert.rejects(
        strict.get(new URL(`${scheme}://${host}:${port}/`), {}),
        { name: 'ImportError', code: 'forbidden_source' },
        host,
      );
    }
  }
  for (const text of ['file:///etc/passwd', 'ftp://a.example/b', 'https://name:password@a.example/']) {
    await assert.rejects(ours.get(new URL(text), {}), { code: 'forbidden_source' }, text);
  }
  assert.equal(asked, 0);
});

test('plain http is for private addresses only', async () => {
  const network = createNetwork({ allowPrivate: true, isPublic: () => true });
  await assert.rejects(network.get(new URL('http://127.0.0.1:9/'), {}), /Use https/);
});

test('each redirect is checked again, and secrets stay with the host that they are for', async (t) => {
  const seen: (string | undefined)[] = [];
  const inner = await httpServer(t, (request, response) => {
    seen.push(request.headers.authorization);
    response.end('here');
  });
  const outer = await httpServer(t, (request, response) => {
    seen.push(request.headers.authorization);
    const location = request.url === '/away' ? `${inner.url}/x` : request.url === '/near' ? '/away' : '/loop';
    response.writeHead(302, { Location: location }).end();
  });
  const headers = { Authorization: 'Bearer secret' };
  const answer = await ours.get(new URL('/near', outer.url), { headers });
  assert.equal(answer.url.origin, inner.url);
  answer.body.resume();
  assert.deepEqual(seen, ['Bearer secret', 'Bearer secret', undefined]);
  await assert.rejects(ours.get(new URL('/loop', outer.url), {}), /redirects more than 5 times/);

  // A small internet, of which only "localhost" by its name is inside.
  const innerPort = new URL(inner.url).port;
  const trap = await httpServer(t, (_, response) => {
    response.writeHead(302, { Location: `http://127.0.0.2:${innerPort}/` }).end();
  });
  const asked = seen.length;
  const network = createNetwork({
    allowPrivate: true,
    isPublic: (address) => address === '127.0.0.2',
  });
  await assert.rejects(network.get(new URL(trap.url), {}), { code: 'forbidden_source' });
  assert.equal(seen.length, asked);
});

const CONTENT = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));

/** Breaks off its first answers, each after this number of bytes; the rest is asked for with a range. */
function breaksOff(
  file: string,
  after: readonly number[],
  { etag }: { etag: (request: number) => string | undefined },
) {
  /** Resolves when some of it lies in the client's file: what was only in flight is lost in a break. */
  const reached = async (from: number) => {
    while ((await stat(file).catch(() => ({ size: 0 }))).size <= from) {
      // not yet
    }
  };
  const requests: { range: string | undefined; ifRange: string | undefined }[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const cut = after[requests.length];
    const { range, 'if-range': ifRange } = request.headers;
    requests.push({ range, ifRange: ifRange?.toString() });
    const tag = etag(requests.length);
    const from = range && ifRange === tag ? Number(/\d+/.exec(range)?.[0]) : 0;
    const headers = {
      'Content-Length': CONTENT.length - from,
      ...(tag && { ETag: tag }),
      ...(from > 0 && { 'Content-Range': `bytes ${from}-${CONTENT.length - 1}/${CONTENT.length}` }),
    };
    response.writeHead(from > 0 ? 206 : 200, headers);
    if (cut === undefined) response.end(CONTENT.subarray(from));
    else {
      response.write(CONTENT.subarray(from, cut));
      void reached(from).then(() => response.destroy());
    }
  };
  return { requests, listener };
}

const quick = { network: ours, maxBytes: 1e6, firstDelayMs: 1 };

test('a broken download goes on where it was', async (t) => {
  const file = await fileIn(t);
  const { requests, listener } = breaksOff(file, [100_000, 200_000], { etag: () => '"one"' });
  const { url } = await httpServer(t, listener);
  const seen: [number, number | undefined][] = [];
  await download(new URL(url), file, { ...quick, onBytes: (bytes, of) => seen.push([bytes, of]) });
  assert.ok((await readFile(file)).equals(CONTENT));
  assert.equal(requests.length, 3);
  assert.equal(requests[0]?.range, undefined);
  assert.match(requests[1]?.range ?? '', /^bytes=[1-9]\d*-$/);
  assert.equal(requests[2]?.ifRange, '"one"');
  assert.deepEqual(seen.at(-1), [CONTENT.length, CONTENT.length]);
});

for (const [title, etag] of [
  ['is another file by now', (request: number) => `"version ${request}"`],
  ['has a weak ETag only', () => 'W/"one"'],
  ['has no ETag', () => undefined],
] as const) {
  test(`a broken download begins again where it ${title}`, async (t) => {
    const file = await fileIn(t);
    const { requests, listener } = breaksOff(file, [100_000], { etag });
    const { url } = await httpServer(t, listener);
    await download(new URL(url), file, quick);
    assert.ok((await readFile(file)).equals(CONTENT));
    assert.equal(requests.length, 2);
  });
}

test('a busy server is asked again, one that never gives anything six times', async (t) => {
  let requests = 0;
  const { url } = await httpServer(t, (_, response) => {
    requests += 1;
    response.writeHead(requests < 3 ? 503 : 200).end('late');
  });
  const file = await fileIn(t);
  await download(new URL(url), file, quick);
  assert.equal(await readFile(file, 'utf8'), 'late');

  let broken = 0;
  const never = await httpServer(t, (_, response) => {
    broken += 1;
    response.destroy();
  });
  await assert.rejects(download(new URL(never.url), file, quick), { code: 'source_unreachable' });
  assert.equal(broken, 6);
});

test('more than is taken is refused: when announced at once, else when it comes', async (t) => {
  const file = await fileIn(t);
  const announced = await httpServer(t, (_, response) => {
    response.writeHead(200, { 'Content-Length': 2e6 }).flushHeaders();
  });
  await assert.rejects(download(new URL(announced.url), file, quick), { code: 'too_large' });
  const endless = await httpServer(t, (_, response) => {
    const more = () => {
      while (response.write(CONTENT)) {
        // as long as it is taken
      }
      response.once('drain', more);
    };
    more();
  });
  await assert.rejects(download(new URL(endless.url), file, quick), { code: 'too_large' });
  await assert.rejects(readFile(file), { code: 'ENOENT' });
});

test('a silent server, one that refuses, and a person who cancels end a download', async (t) => {
  const file = await fileIn(t);
  const silent = await httpServer(t, () => {});
  const impatient = createNetwork({ allowPrivate: true, idleMs: 20 });
  await assert.rejects(download(new URL(silent.url), file, { ...quick, network: impatient }), /was silent/);
  for (const [status, code] of [
    [404, 'unknown_source'],
    [403, 'forbidden_source'],
    [418, 'unknown_source'],
  ] as const) {
    const { url } = await httpServer(t, (_, response) => response.writeHead(status).end());
    await assert.rejects(download(new URL(url), file, quick), { code });
  }
  const stop = new AbortController();
  const stuck = await httpServer(t, (_, response) => {
    response.write('some', () => stop.abort());
  });
  await assert.rejects(download(new URL(stuck.url), file, { ...quick, signal: stop.signal }), {
    name: 'AbortError',
  });
});
