import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeviceError } from '../runtime/deviceSession.ts';
import { answerCut, answerWhole, type FaultyServer, faultyServer, givenModel } from './deviceFixtures.ts';
import { DeviceStore, type DownloadOptions } from './deviceStore.ts';
import { fetchFile } from './fetchFile.ts';
import { createMemoryVault } from './vault.ts';

/** More than one part. */
const LARGE_BYTES = 9 << 20;
const MODEL = givenModel('birds', '1', LARGE_BYTES);
const { graph, goldens } = MODEL.model;
const never = new AbortController().signal;

const from = (server: FaultyServer, more: Partial<DownloadOptions> = {}): DownloadOptions => ({
  urlOf: ({ sha256 }) => `${server.url}/v1/models/birds/files/${sha256}`,
  headers: {},
  onProgress: () => {},
  signal: never,
  ...more,
});
const recordOf = ({ model }: typeof MODEL, previous?: typeof MODEL) => ({
  current: model,
  previous: previous?.model,
  refused: {},
  sinceMs: 0,
});
const sameBytes = (a: ArrayBuffer, b: Uint8Array | undefined) => Buffer.from(a).equals(b ?? Buffer.of());

test('downloads all files of a model once, with progress', async (t) => {
  const server = await faultyServer(t, MODEL);
  const store = new DeviceStore(createMemoryVault(), fetchFile);
  const reported: number[] = [];
  assert.equal(await store.has(MODEL.model), false);
  const onProgress = (received: number, total: number) => {
    assert.equal(total, LARGE_BYTES + 500);
    reported.push(received);
  };
  await store.download(MODEL.model, from(server, { onProgress }));
  assert.deepEqual(
    reported,
    reported.toSorted((a, b) => a - b),
  );
  assert.equal(reported.at(-1), LARGE_BYTES + 500);
  assert.equal(await store.has(MODEL.model), true);
  assert.equal(await store.usedBytes(), LARGE_BYTES + 500);
  for (const [sha256, bytes] of MODEL.files) assert(sameBytes(await store.load(sha256), bytes));
  await store.download(MODEL.model, from(server));
  assert.equal(server.asked.length, 2);
});

test('files that are loaded at once read the names in the vault once, and later ones see what came since', async (t) => {
  const server = await faultyServer(t, MODEL);
  const inner = createMemoryVault();
  let reads = 0;
  const names = async () => {
    reads += 1;
    // As long as browsers take at least.
    await new Promise(setImmediate);
    return inner.names();
  };
  const store = new DeviceStore({ ...inner, names }, fetchFile);
  const load = async ([sha256, bytes]: [string, Uint8Array]) => {
    // As a session does that waits for files which may be on their way.
    await Promise.resolve();
    assert(sameBytes(await store.load(sha256), bytes));
  };
  await assert.rejects(store.load(graph.sha256), /is not on this device/);
  await store.download(MODEL.model, from(server));
  reads = 0;
  // Others ask as well when the page starts.
  await Promise.all([
    store.records(),
    store.usedBytes(),
    store.has(MODEL.model),
    ...[...MODEL.files].map(load),
  ]);
  assert.equal(reads, 1);
  for (const file of MODEL.files) await load(file);
  assert.equal(reads, 3);
  // What is asked for after something was written is in no listing that had begun before.
  const before = store.records();
  await store.write(recordOf(MODEL));
  reads = 0;
  assert.equal((await store.records()).length, 1);
  assert.equal(reads, 1);
  await before;
});

test('goes on where it was cut, at once as long as something comes', async (t) => {
  const server = await faultyServer(t, MODEL);
  server.answerFile = (response, rest, start) => {
    if (start < 5_000_000) answerCut(response, rest, start, 3_000_000);
    else answerWhole(response, rest, start);
  };
  const store = new DeviceStore(createMemoryVault(), fetchFile);
  await store.download(MODEL.model, from(server));
  const starts = server.asked.filter((line) => line.includes(graph.sha256)).map(Number.parseFloat);
  assert(
    starts.length > 1 && starts.every((start, i) => i === 0 || start > (starts[i - 1] ?? 0)),
    `${starts}`,
  );
  assert(sameBytes(await store.load(graph.sha256), MODEL.files.get(graph.sha256)));
});

test('what came before the link broke for good is there for the next time', async (t) => {
  const server = await faultyServer(t, MODEL);
  server.answerFile = (response, rest, start) => answerCut(response, rest, start, start === 0 ? 6 << 20 : 0);
  const vault = createMemoryVault();
  const isUnreachable = (error: unknown) => error instanceof DeviceError && error.code === 'unreachable';
  await assert.rejects(new DeviceStore(vault, fetchFile).download(MODEL.model, from(server)), isUnreachable);
  const store = new DeviceStore(vault, fetchFile);
  assert.equal(await store.has(MODEL.model), false);
  const before = await store.usedBytes();
  assert(before >= 4 << 20, `${before} bytes are here`);
  server.answerFile = answerWhole;
  server.asked.length = 0;
  await store.download(MODEL.model, from(server));
  assert.equal(server.asked[0], `${before} ${graph.sha256}`);
  assert(sameBytes(await store.load(graph.sha256), MODEL.files.get(graph.sha256)));
});

test('a server without range requests starts from the beginning', async (t) => {
  const server = await faultyServer(t, MODEL);
  let isFirst = true;
  server.answerFile = (response, rest, start) => {
    const whole = MODEL.files.get(graph.sha256);
    assert(whole);
    if (isFirst) answerCut(response, rest, start, 5_000_000);
    else if (start > 0) answerWhole(response, whole, 0);
    else answerWhole(response, rest, 0);
    isFirst = false;
  };
  const store = new DeviceStore(createMemoryVault(), fetchFile);
  await store.download(MODEL.model, from(server));
  assert(sameBytes(await store.load(graph.sha256), MODEL.files.get(graph.sha256)));
});

test('a file of another hash is thrown away, and the error names both hashes', async (t) => {
  const server = await faultyServer(t, MODEL);
  server.answerFile = (response, rest, start) => {
    const other = Uint8Array.from(rest);
    other[rest.length - 1] = (other[rest.length - 1] ?? 0) ^ 1;
    answerWhole(response, other, start);
  };
  const store = new DeviceStore(createMemoryVault(), fetchFile);
  await assert.rejects(store.download(MODEL.model, from(server)), (error: unknown) => {
    assert(error instanceof DeviceError);
    assert.equal(error.code, 'hash');
    assert.match(error.message, new RegExp(`[0-9a-f]{64}.*${graph.sha256}`));
    return true;
  });
  assert.equal(await store.usedBytes(), 0);
});

test('a damaged stored part is fetched again', async (t) => {
  const server = await faultyServer(t, MODEL);
  const vault = createMemoryVault();
  await vault.put(`files/${graph.sha256}/0-1000`, new Blob([new Uint8Array(1_000)]));
  const store = new DeviceStore(vault, fetchFile);
  await store.download(MODEL.model, from(server));
  assert(sameBytes(await store.load(graph.sha256), MODEL.files.get(graph.sha256)));
});

test('more bytes than announced are refused', async (t) => {
  const server = await faultyServer(t, MODEL);
  server.answerFile = (response, rest) => response.writeHead(200).end(Buffer.concat([rest, Buffer.alloc(1)]));
  const store = new DeviceStore(createMemoryVault(), fetchFile);
  const isHash = (error: unknown) => error instanceof DeviceError && error.code === 'hash';
  await assert.rejects(store.download(MODEL.model, from(server)), isHash);
});

test('a link that falls silent is as one that was cut', async (t) => {
  const server = await faultyServer(t, MODEL);
  server.answerFile = (response, rest, start) => {
    if (start > 0) answerWhole(response, rest, start);
    else response.writeHead(200, { 'Content-Length': rest.length }).write(rest.subarray(0, 5 << 20));
  };
  const job = { url: from(server).urlOf(graph), headers: {}, file: graph, parts: [], stallMs: 1_000 };
  const sizes: number[] = [];
  const onPart = async (bytes: Uint8Array) => void sizes.push(bytes.length);
  await fetchFile(job, { onPart, onProgress: () => {}, signal: never });
  assert.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    LARGE_BYTES,
  );
  assert(server.asked.length > 1);
});

test('an abort ends a download, and keeps what came', async (t) => {
  const server = await faultyServer(t, MODEL);
  server.answerFile = (response, rest) => {
    response.writeHead(200, { 'Content-Length': rest.length });
    // The rest never comes.
    response.write(rest.subarray(0, 5 << 20));
  };
  const store = new DeviceStore(createMemoryVault(), fetchFile);
  const ending = new AbortController();
  const onProgress = (received: number) => received >= 5 << 20 && ending.abort(new Error('enough'));
  await assert.rejects(
    store.download(MODEL.model, from(server, { signal: ending.signal, onProgress })),
    /enough/,
  );
  assert.equal(await store.usedBytes(), 4 << 20);
});

test('without room: versions for going back and what no record names go first', async (t) => {
  const [one, two, three] = ['1', '2', '3'].map((version) => givenModel('birds', version, 10_000));
  assert(one && two && three);
  const server = await faultyServer(t, one, two, three);
  const memory = createMemoryVault({ maxBytes: 35_000 });
  const vault = {
    ...memory,
    delete(name: string) {
      assert.ok(name.startsWith('files/'), 'a page that is closed now would lose the model');
      return memory.delete(name);
    },
  };
  const store = new DeviceStore(vault, fetchFile);
  for (const { model } of [one, two]) {
    server.models = model === one.model ? [one] : [two];
    await store.download(model, from(server));
  }
  await store.write(recordOf(two, one));
  server.models = [three];
  const unhold = store.hold(three.model);
  await store.download(three.model, from(server));
  unhold();
  assert.equal(await store.has(two.model), true);
  assert.equal(await store.has(three.model), true);
  assert.equal(await store.has(one.model), true, 'there was room for three');
  const large = givenModel('birds', '4', 12_000);
  server.models = [large];
  const unholdLarge = store.hold(large.model);
  await store.download(large.model, from(server));
  unholdLarge();
  assert.equal(await store.has(large.model), true);
  assert.equal(await store.has(two.model), true);
  assert.equal(await store.has(one.model), false);
  assert.equal((await store.record('birds'))?.previous, undefined);
});

test('where even that is not enough, it says what to do', async (t) => {
  const server = await faultyServer(t, MODEL);
  const store = new DeviceStore(createMemoryVault({ maxBytes: 1_000_000 }), fetchFile);
  await assert.rejects(store.download(MODEL.model, from(server)), (error: unknown) => {
    assert(error instanceof DeviceError);
    assert.equal(error.code, 'quota');
    assert.match(error.message, /no room for another 4\.2 MB.*Remove a model/);
    return true;
  });
});

test('files live as long as a record names them or a user holds them', async (t) => {
  const server = await faultyServer(t, MODEL);
  const store = new DeviceStore(createMemoryVault(), fetchFile);
  const unhold = store.hold(MODEL.model);
  await store.download(MODEL.model, from(server));
  await store.sweep();
  assert.equal(await store.has(MODEL.model), true);
  await store.write(recordOf(MODEL));
  unhold();
  await store.sweep();
  assert.equal(await store.has(MODEL.model), true);
  await store.remove('birds');
  assert.equal(await store.usedBytes(), 0);
  await assert.rejects(store.load(goldens[0]?.image.sha256 ?? ''), /not on this device/);
});

test('a record of another shape is as none', async () => {
  const vault = createMemoryVault();
  await vault.put('models/birds', new Blob(['{"current": 1}']));
  assert.deepEqual(await new DeviceStore(vault, fetchFile).records(), []);
});

test('a server that wants a token is reported', async (t) => {
  const server = await faultyServer(t, MODEL);
  server.token = 'secret';
  const store = new DeviceStore(createMemoryVault(), fetchFile);
  const isUnauthorized = (error: unknown) => error instanceof DeviceError && error.code === 'unauthorized';
  await assert.rejects(store.download(MODEL.model, from(server)), isUnauthorized);
  await store.download(MODEL.model, from(server, { headers: { Authorization: 'Bearer secret' } }));
  assert.equal(await store.has(MODEL.model), true);
});
