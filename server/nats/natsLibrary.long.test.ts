import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { Objm } from '@nats-io/obj';
import { CodedError } from '../../protocol/errors.ts';
import type { FleetLibrary } from '../fleet/fleetLibrary.ts';
import { type NatsServer, startNats, startNatsCluster, whyNoNats } from '../testing/natsServer.ts';
import { packedOf } from '../testing/packedVersion.ts';
import { program } from '../testing/program.ts';
import { SILENT_LOG } from '../testing/silentLog.ts';
import { connectNats } from './link.ts';
import { openNatsFiles } from './natsFiles.ts';
import { type NatsLibraryOptions, openNatsLibrary } from './natsLibrary.ts';

const skip = whyNoNats() ?? false;

async function openLibrary(
  t: TestContext,
  nats: NatsServer | readonly string[],
  options: NatsLibraryOptions = {},
) {
  const urls = 'url' in nats ? [nats.url] : nats;
  const link = await connectNats({ urls, name: 'fleet', clientName: 'test' }, SILENT_LOG);
  const library = await openNatsLibrary(link, SILENT_LOG, options);
  t.after(async () => {
    await library.close();
    await link.close();
  });
  return { link, library };
}

async function emptyFolder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-fleet-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Waits until `isSo`, checked at each change. */
function until(library: FleetLibrary, isSo: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (!isSo()) return;
      stop();
      resolve();
    };
    const stop = library.onChange(check);
    check();
  });
}

const birds = packedOf('birds', {
  'manifest.json': '{}',
  'model.onnx': Buffer.alloc(700_000, 5),
  'goldens/one.png': 'a picture',
  'goldens/empty.json': '',
});
const liveOf = (library: FleetLibrary, id: string) => library.pointers.get(id)?.pointer.live?.version;

test('a version is sent by one member and fetched by others, and pointers are followed', {
  skip,
}, async (t) => {
  const nats = await startNats(t);
  const { library: a } = await openLibrary(t, nats);
  const { library: b } = await openLibrary(t, nats);
  await a.upload(birds);
  await a.upload(birds);
  const revision = await a.point('birds', { live: birds.version }, 0);
  await until(b, () => liveOf(b, 'birds') === '1');
  assert.equal(b.pointers.get('birds')?.revision, revision);
  const dir = await emptyFolder(t);
  await b.download(birds.version, dir);
  for (const [file, content] of birds.contents) {
    assert.deepEqual(await readFile(path.join(dir, file)), content);
  }

  // An id with dots, and one that is there from the start for who comes later.
  await b.point('v1.2..x', { live: { ...birds.version, id: 'v1.2..x' } }, 0);
  const { library: late } = await openLibrary(t, nats);
  assert.deepEqual([...late.pointers.keys()].sort(), ['birds', 'v1.2..x']);

  await b.point('birds', undefined, revision);
  await until(late, () => !late.pointers.has('birds'));
  assert.ok(late.removed.has('birds'));
  await late.point('birds', { live: birds.version }, 0);
  await until(a, () => a.pointers.has('birds'));
  assert.ok(!a.removed.has('birds'));
});

test('of two changes of one model at once, one is a conflict and changes nothing', { skip }, async (t) => {
  const nats = await startNats(t);
  const { library: a } = await openLibrary(t, nats);
  const { library: b } = await openLibrary(t, nats);
  const first = await a.point('birds', { live: birds.version }, 0);
  await until(b, () => b.pointers.has('birds'));
  const versions = ['2', '3'].map((version) => ({ live: { ...birds.version, version } }));
  const results = await Promise.allSettled([a, b].map((one, at) => one.point('birds', versions[at], first)));
  const refused = results.find((result) => result.status === 'rejected');
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  assert.ok(refused?.reason instanceof CodedError && refused.reason.code === 'conflict');
  const winner = results[0]?.status === 'fulfilled' ? '2' : '3';
  for (const one of [a, b]) await until(one, () => liveOf(one, 'birds') === winner);
});

test('what is on the disk of a killed NATS is there when it is back, and changes are followed again', {
  skip,
}, async (t) => {
  const nats = await startNats(t);
  const { library: a } = await openLibrary(t, nats);
  const { library: b } = await openLibrary(t, nats);
  await a.upload(birds);
  const first = await a.point('birds', { live: birds.version }, 0);
  await nats.kill();
  const dir = await emptyFolder(t);
  const download = b.download(birds.version, dir);
  const change = a.point('birds', { live: { ...birds.version, version: '2' } }, first);
  await nats.start();
  await Promise.all([download, change]);
  assert.equal((await readFile(path.join(dir, 'model.onnx'))).length, 700_000);
  await until(b, () => liveOf(b, 'birds') === '2');
});

test('a read that stands still is an error in words, and goes on when what is missing comes', {
  skip,
}, async (t) => {
  const nats = await startNats(t);
  const { library, link } = await openLibrary(t, nats, { stallMs: 300, maxReads: 2 });
  await library.upload(birds);
  await link.manager.streams.purge('OBJ_fleet_FILES', { filter: '$O.fleet_FILES.C.>' });
  await assert.rejects(
    library.download(birds.version, await emptyFolder(t)),
    /^Error: Version 1 of "birds": manifest\.json \(SHA-256 [0-9a-f]{64}\) could not be fetched from NATS: NATS sent nothing of it for 0\.3 s, 2 times\.$/,
  );
  const gone = packedOf('birds', { 'manifest.json': 'never sent' });
  await assert.rejects(library.download(gone.version, await emptyFolder(t)), /the fleet has no such file/);

  // What is there again in the middle of the attempts is fetched.
  const { library: patient } = await openLibrary(t, nats, { stallMs: 300, maxReads: 1_000 });
  const dir = await emptyFolder(t);
  const download = patient.download(birds.version, dir);
  const store = await new Objm(link.manager.jetstream()).open('fleet_FILES');
  for (const { path: file, sha256 } of birds.version.files) {
    await store.putBlob({ name: sha256 }, birds.contents.get(file) as Uint8Array);
  }
  await download;
  assert.deepEqual(await readFile(path.join(dir, 'model.onnx')), birds.contents.get('model.onnx'));
});

test('a file that is not what its hash says is refused', { skip }, async (t) => {
  const nats = await startNats(t);
  const { library } = await openLibrary(t, nats, { maxReads: 1 });
  const changed = {
    ...birds,
    contents: new Map([...birds.contents, ['goldens/one.png', Buffer.from('A picture')]]),
  };
  await assert.rejects(library.upload(changed), /goldens\/one\.png changed while it was sent to the fleet/);
  await library.upload(birds);
  const wrong = {
    ...birds.version,
    files: birds.version.files.map((file) =>
      file.path === 'model.onnx' ? { ...file, bytes: 699_999 } : file,
    ),
  };
  await assert.rejects(library.download(wrong, await emptyFolder(t)), /it has more than the 699999 bytes/);
});

test('files that were fetched are taken from this disk, unless they were changed there', {
  skip,
}, async (t) => {
  const nats = await startNats(t);
  const cacheDir = await emptyFolder(t);
  const { library } = await openLibrary(t, nats, { cacheDir, maxCacheBytes: 700_100, maxReads: 1 });
  await library.upload(birds);
  await library.download(birds.version, await emptyFolder(t));
  const { link } = await openLibrary(t, nats);
  await link.manager.streams.purge('OBJ_fleet_FILES');
  const dir = await emptyFolder(t);
  await library.download(birds.version, dir);
  assert.deepEqual(await readFile(path.join(dir, 'model.onnx')), birds.contents.get('model.onnx'));
  const graph = birds.version.files.find(({ path: file }) => file === 'model.onnx')?.sha256 ?? '';
  await rm(path.join(cacheDir, graph));
  await writeFile(path.join(cacheDir, graph), 'something else');
  await assert.rejects(library.download(birds.version, await emptyFolder(t)), /the fleet has no such file/);

  // Within its bound, the latest stay.
  const fish = packedOf('fish', { 'model.onnx': Buffer.alloc(700_000, 6) });
  await library.upload(fish);
  await library.download(fish.version, await emptyFolder(t));
  const sizes = await Promise.all(
    (await readdir(cacheDir)).map(async (name) => (await readFile(path.join(cacheDir, name))).length),
  );
  assert.ok(sizes.includes(700_000) && sizes.reduce((sum, size) => sum + size) <= 700_100, String(sizes));
});

test('a NATS without room says so in words', { skip }, async (t) => {
  const config = path.join(await emptyFolder(t), 'nats.conf');
  await writeFile(config, 'jetstream { max_file_store: 1MB, max_memory_store: 1MB }');
  const nats = await startNats(t, ['-c', config]);
  const { library } = await openLibrary(t, nats);
  const large = packedOf('birds', { 'model.onnx': Buffer.alloc(3 << 20, 1) });
  await assert.rejects(library.upload(large), (error) => {
    assert.ok(error instanceof CodedError && error.code === 'not_writable', String(error));
    assert.match(error.message, /^NATS has no room to store model\.onnx of a model: .*max_file_store/);
    return true;
  });
});

test('a pointer above the limit of NATS says so in words', { skip }, async (t) => {
  const nats = await startNats(t);
  const { library } = await openLibrary(t, nats);
  const [file] = birds.version.files;
  assert.ok(file);
  const files = Array.from({ length: 10_000 }, (_, n) => ({ ...file, path: `goldens/${n}.png` }));
  await assert.rejects(
    library.point('birds', { live: { ...birds.version, files } }, 0),
    (error) =>
      error instanceof CodedError && error.code === 'model_too_large' && /max_payload/.test(error.message),
  );
});

test('one that is killed in the middle of an upload leaves nothing that counts, and another sends it', {
  skip,
}, async (t) => {
  const nats = await startNats(t);
  const { library, link } = await openLibrary(t, nats);
  const content = Buffer.alloc(200 << 20, 7);
  const subjects = () =>
    link.manager.streams
      .info('OBJ_fleet_FILES', { subjects_filter: '$O.fleet_FILES.>' })
      .then(({ state }) => Object.keys(state.subjects ?? {}));
  const begun = new Promise<void>((resolve) => {
    link.connection.subscribe('$O.fleet_FILES.C.>', { max: 1, callback: () => resolve() });
  });
  const args = [
    ...program('killedUpload', 'server/testing/killedUpload.ts'),
    nats.url,
    String(content.length),
  ];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  const exited = once(child, 'exit');
  await begun;
  child.kill('SIGKILL');
  assert.deepEqual(await exited, [null, 'SIGKILL']);
  const left = await subjects();
  assert.equal(left.length, 1, 'pieces, and no file');

  const large = packedOf('birds', { 'model.onnx': content.subarray(0, 1 << 20) });
  await library.upload(large);
  await library.point('birds', { live: large.version }, 0);
  const named = new Set(large.version.files.map(({ sha256 }) => sha256));
  const files = await openNatsFiles(link, SILENT_LOG, { stallMs: 5_000, maxReads: 1, keepMs: 0 });
  const fish = packedOf('fish', { 'model.onnx': 'no one needs it' });
  await library.upload(fish);
  assert.equal(
    await files.removeUnnamed((sha256) => named.has(sha256)),
    2,
    'what is left, and what is not named',
  );
  await assert.rejects(library.download(fish.version, await emptyFolder(t)), /the fleet has no such file/);
  assert.ok(!(await subjects()).includes(left[0] ?? ''));
  await library.download(large.version, await emptyFolder(t));
});

test('a folder that cannot be written is an error with a code', { skip }, async (t) => {
  const nats = await startNats(t);
  const { library } = await openLibrary(t, nats);
  await library.upload(birds);
  await assert.rejects(
    library.download(birds.version, '/sys/livelens'),
    (error) =>
      error instanceof CodedError && error.code === 'not_writable' && /\/sys\/livelens/.test(error.message),
  );
});

test('in a cluster each stream has three copies, and the end of one server costs none', {
  skip,
}, async (t) => {
  const servers = await startNatsCluster(t);
  const [first, second] = servers;
  assert.ok(first && second);
  const all = servers.map(({ url }) => url);
  const { library: a, link } = await openLibrary(t, all);
  const { library: b } = await openLibrary(t, all);
  await a.upload(birds);
  await a.point('birds', { live: birds.version }, 0);
  await until(b, () => liveOf(b, 'birds') === '1');
  for (const stream of ['KV_fleet_MODELS', 'OBJ_fleet_FILES']) {
    assert.equal((await link.manager.streams.info(stream)).config.num_replicas, 3);
  }
  // The one that has the last word on the pointers.
  const { cluster } = await link.manager.streams.info('KV_fleet_MODELS');
  await servers[Number(cluster?.leader?.slice(1)) - 1]?.kill();
  const revision = b.pointers.get('birds')?.revision ?? 0;
  await b.point('birds', { live: { ...birds.version, version: '2' } }, revision);
  await until(a, () => liveOf(a, 'birds') === '2');
  await a.download(birds.version, await emptyFolder(t));
});
