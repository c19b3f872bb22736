import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { forwardTcp } from './testing/forwardTcp.ts';
import { frameOf } from './testing/media.ts';
import { metric } from './testing/metric.ts';
import { addColourModel, modelsDirectory } from './testing/modelFixtures.ts';
import { startNats, startNatsCluster, whyNoNats } from './testing/natsServer.ts';
import { type FleetProcess, startGateway, startWorker } from './testing/roleProcesses.ts';
import { openCommand } from './testing/runCommand.ts';
import { helloStream, openStream } from './testing/streamClient.ts';
import { ADMIN_TOKEN, AS_ADMIN } from './testing/testServer.ts';
import { agesOf, openWatchingCamera, type WatchingCamera } from './testing/watchingCamera.ts';

const skip = whyNoNats() ?? false;

const plain = (background: string) =>
  sharp({ create: { width: 32, height: 32, channels: 3, background } })
    .jpeg()
    .toBuffer();
const red = await plain('red');
const cup = await frameOf('cup.png');

/** A models folder with one small, fast model. */
async function smallModels(t: TestContext): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'livelens-models-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  await addColourModel(dir, 'image-classification');
  return dir;
}

/** Resolves when a gateway serves a model that came from another one. */
async function isServed({ url }: FleetProcess, id: string): Promise<void> {
  for (;;) {
    const { models } = await (await fetch(`${url}/v1/models`)).json();
    if (models.some((model: { id: string; state: string }) => model.id === id && model.state === 'live'))
      return;
    await sleep(50);
  }
}

/** Started at once: a gateway is ready when a worker is. */
async function startFleet(
  t: TestContext,
  nats: string,
  { gateways = 1, workers = 1, models = smallModels } = {},
) {
  const start = {
    gateway: async () => startGateway(t, { nats, modelsDir: await models(t), env: { ADMIN_TOKEN } }),
    worker: () => startWorker(t, { nats }),
  };
  const all = await Promise.all([
    ...Array.from({ length: gateways }, start.gateway),
    ...Array.from({ length: workers }, start.worker),
  ]);
  return { start, gateways: all.slice(0, gateways), workers: all.slice(gateways) };
}

const [first, second] = [0, 1].map((at) => (all: readonly FleetProcess[]) => {
  const found = all[at];
  assert.ok(found);
  return found;
}) as [(all: readonly FleetProcess[]) => FleetProcess, (all: readonly FleetProcess[]) => FleetProcess];

const labelled = ({ url }: FleetProcess) =>
  metric(url, 'livelens_frames_total\\{via="stream",outcome="labels"\\}');

/** Longer than it takes until a member that says nothing counts as gone, and until a frame is answered that it had. */
const WATCHED_MS = 3_000;
/** Many times what it takes on an idle machine. */
const HANGS_MS = 15_000;

/** Does something to the fleet, and tells what it cost the sessions; none may hang, none gets an answer twice. */
async function costOf(
  t: TestContext,
  what: string,
  cameras: readonly WatchingCamera[],
  work: () => Promise<unknown>,
) {
  const before = cameras.map(({ drops, labels }) => ({ drops: new Map(drops), labels: labels.length }));
  const sinceMs = performance.now();
  await work();
  const doneMs = performance.now();
  // Labels of pictures that were taken some time afterwards: what it costs may come late.
  await Promise.all(
    cameras.map((camera) => camera.next(({ atMs, ageMs }) => atMs - ageMs > doneMs + WATCHED_MS)),
  );
  const gaps = cameras.map((camera) => camera.longestGapMs(sinceMs));
  const dropped = new Map<string, number>();
  for (const [at, { drops }] of cameras.entries()) {
    for (const [reason, count] of drops) {
      const more = count - (before[at]?.drops.get(reason) ?? 0);
      if (more > 0) dropped.set(reason, (dropped.get(reason) ?? 0) + more);
    }
  }
  for (const { answeredTwice } of cameras) assert.equal(answeredTwice, 0, 'a frame was answered twice');
  const drops = [...dropped].map(([reason, count]) => `${count} ${reason}`).join(', ') || 'none';
  t.diagnostic(
    `${what}: longest time without labels ${Math.round(Math.max(...gaps))} ms, of the ${cameras.length} sessions' frames dropped: ${drops}`,
  );
  assert.ok(Math.max(...gaps) < HANGS_MS, 'a session hung');
  return { dropped };
}

test('a page gets labels through a gateway and a worker that knew nothing of the model', {
  skip,
}, async (t) => {
  const { gateways, workers } = await startFleet(t, (await startNats(t)).url);
  const [gateway, worker] = [first(gateways), first(workers)];
  const camera = openWatchingCamera(t, gateway.url, red);
  const { labels, model } = await camera.next();
  assert.match(model, /^colours@/);
  assert.deepEqual(
    labels.map(({ label }) => label),
    ['red'],
  );
  const predict = (bytes: number) =>
    fetch(`${gateway.url}/v1/predict`, {
      method: 'POST',
      body: Buffer.concat([red, Buffer.alloc(bytes)]),
      headers: { 'Content-Type': 'image/jpeg' },
    });
  const predicted = await (await predict(0)).json();
  assert.deepEqual([predicted.model, predicted.labels[0].label], [model, 'red']);
  // More than a message of NATS may have, and less than MAX_PICTURE_BYTES.
  const large = await predict(2 << 20);
  assert.deepEqual([large.status, (await large.json()).error.code], [413, 'frame_too_large']);
  const ready = await fetch(`${worker.url}/readyz`);
  assert.equal(ready.status, 200);
  assert.deepEqual((await ready.json()).models, [model]);
  assert.ok((await labelled(worker)) > 0);
  const status = await fetch(`${gateway.url}/v1/status`, { headers: AS_ADMIN });
  const [shown] = (await status.json()).workers;
  assert.deepEqual([shown.state, shown.host], ['serving', hostname()]);
  camera.close();
  assert.deepEqual(await worker.stop(), [0, null]);
  assert.deepEqual(await gateway.stop(), [0, null]);
});

test('a worker that joins takes frames; one that is killed, and one that leaves, cost its sessions little', {
  skip,
}, async (t) => {
  const { start, gateways, workers } = await startFleet(t, (await startNats(t)).url, {
    models: modelsDirectory,
  });
  const gateway = first(gateways);
  const cameras = Array.from({ length: 4 }, () => openWatchingCamera(t, gateway.url, cup));
  await Promise.all(cameras.map((camera) => camera.next()));

  const joined = await start.worker();
  await cameras[0]?.next();
  while ((await labelled(joined)) < 10) await cameras[0]?.next();

  await costOf(t, 'a worker killed, one of two', cameras, () => first(workers).kill());
  const third = await start.worker();
  const { dropped } = await costOf(t, 'a worker asked to stop, one of two', cameras, async () => {
    assert.deepEqual(await joined.stop(), [0, null]);
  });
  assert.equal(dropped.get('worker_lost') ?? 0, 0, 'a worker that left took frames along');
  assert.ok((await labelled(third)) > 0);
  assert.deepEqual(
    cameras.flatMap(({ losses }) => losses),
    [],
  );
});

test('sessions of a gateway that is killed go on at another one', { skip }, async (t) => {
  const { gateways } = await startFleet(t, (await startNats(t)).url, { gateways: 2 });
  let target = first(gateways).port;
  const port = await forwardTcp(t, () => target);
  const cameras = Array.from({ length: 4 }, () => openWatchingCamera(t, `http://127.0.0.1:${port}`, red));
  const before = await Promise.all(cameras.map((camera) => camera.next()));
  await costOf(t, 'a gateway killed, one of two', cameras, async () => {
    target = second(gateways).port;
    await first(gateways).kill();
  });
  for (const [at, camera] of cameras.entries()) {
    assert.equal(camera.labels.at(-1)?.session, before[at]?.session, 'it is another session');
  }
});

test('sessions survive the end of the only NATS server', { skip }, async (t) => {
  const nats = await startNats(t);
  const { gateways, workers } = await startFleet(t, nats.url, { workers: 2 });
  const cameras = Array.from({ length: 4 }, () => openWatchingCamera(t, first(gateways).url, red));
  await Promise.all(cameras.map((camera) => camera.next()));
  await costOf(t, 'the only NATS server killed, and started again a second later', cameras, async () => {
    await nats.kill();
    await sleep(1_000);
    await nats.start();
  });
  assert.deepEqual(
    cameras.flatMap(({ losses }) => losses),
    [],
  );
  // Both workers are back in the line.
  for (const worker of workers) {
    const count = await labelled(worker);
    while ((await labelled(worker)) === count) await cameras[0]?.next();
  }
});

test('sessions go on while one NATS server of three is killed and comes back, whichever of them leads', {
  skip,
}, async (t) => {
  const servers = await startNatsCluster(t);
  const urls = servers.map(({ url }) => url).join(',');
  const { gateways } = await startFleet(t, urls, { workers: 2 });
  const cameras = Array.from({ length: 4 }, () => openWatchingCamera(t, first(gateways).url, red));
  await Promise.all(cameras.map((camera) => camera.next()));
  for (const [at, server] of servers.entries()) {
    await costOf(t, `NATS server ${at + 1} of 3 killed`, cameras, () => server.kill());
    await costOf(t, `NATS server ${at + 1} of 3 back`, cameras, () => server.start());
  }
  assert.deepEqual(
    cameras.flatMap(({ losses }) => losses),
    [],
  );
});

test('where no worker runs its model a session is told so at once, and goes on when one does', {
  skip,
}, async (t) => {
  const { start, gateways, workers } = await startFleet(t, (await startNats(t)).url);
  const gateway = first(gateways);
  const camera = openWatchingCamera(t, gateway.url, red);
  await camera.next();
  const told = new Promise<{ code: string; message: string }>((resolve) => camera.stream.onError(resolve));
  await first(workers).kill();
  const { code, message } = await told;
  assert.equal(code, 'not_ready');
  assert.match(message, /^No worker machine runs "colours" now\. Start one with "livelens worker"/);
  assert.equal((await fetch(`${gateway.url}/readyz`)).status, 503);
  const late = await openStream(gateway.url);
  late.send({ type: 'hello' });
  const error = await late.next('error');
  assert.deepEqual([error.code, error.fatal], ['not_ready', true]);
  const fresh = camera.next();
  await start.worker();
  await fresh;
  assert.deepEqual(camera.losses, []);
  assert.equal((await fetch(`${gateway.url}/readyz`)).status, 200);
  await (await helloStream(gateway.url)).close();
});

test('a rolling restart of everything under 50 sessions: no label is too old, and gateways alone ask sessions to move', {
  skip,
}, async (t) => {
  const SESSIONS = 50;
  const nats = await startNats(t);
  const { start, gateways, workers } = await startFleet(t, nats.url, { gateways: 2, workers: 2 });
  let targets = gateways;
  let turn = 0;
  const port = await forwardTcp(t, () => {
    turn += 1;
    return targets[turn % targets.length]?.port ?? 0;
  });
  const cameras = Array.from({ length: SESSIONS }, () =>
    openWatchingCamera(t, `http://127.0.0.1:${port}`, red, { everyMs: 200 }),
  );
  await Promise.all(cameras.map((camera) => camera.next()));
  const sessions = cameras.map(({ stream }) => stream.session);

  for (const worker of workers) {
    await costOf(t, 'a worker replaced', cameras, async () => {
      await start.worker();
      assert.deepEqual(await worker.stop(), [0, null]);
    });
  }
  for (const gateway of gateways) {
    await costOf(t, 'a gateway replaced', cameras, async () => {
      const next = await start.gateway();
      targets = [...targets.filter((one) => one !== gateway), next];
      assert.deepEqual(await gateway.stop(), [0, null]);
    });
  }
  await costOf(t, 'the only NATS server replaced', cameras, async () => {
    await nats.kill();
    await nats.start();
  });

  const { count, p50 = 0, p95 = 0, max = 0 } = agesOf(cameras);
  t.diagnostic(
    `${count} labels, age p50 ${Math.round(p50)} ms, p95 ${Math.round(p95)} ms, oldest ${Math.round(max)} ms`,
  );
  for (const camera of cameras) {
    for (const { queueMs } of camera.labels) assert.ok(queueMs <= 1_000 + 50, `a frame waited ${queueMs} ms`);
    assert.deepEqual(camera.losses, []);
  }
  assert.deepEqual(
    cameras.map(({ stream }) => stream.session),
    sessions,
    'a session was lost',
  );
});

test('a model that is added at one gateway is live at all, as are its rollback and its removal', {
  skip,
}, async (t) => {
  const nats = await startNats(t);
  const { gateways, workers } = await startFleet(t, nats.url, { gateways: 2, workers: 2 });
  const [one, other] = [first(gateways), second(gateways)];
  const { run } = await openCommand(t);
  const models = async (command: string) => {
    const done = await run(`${command} --server ${one.url}`, { ADMIN_TOKEN });
    assert.equal(done.code, 0, done.err);
    return done.out;
  };
  const camera = openWatchingCamera(t, other.url, red);
  await camera.next();

  await models('add tiny.onnx --labels labels.txt --mean 1,2,3 --scale 1/255 --name Small --yes');
  await isServed(other, 'small');
  const small = openWatchingCamera(t, other.url, red, { model: 'small' });
  const before = await small.next();
  await models('add other.onnx --id small --yes');
  const after = await small.next(({ model }) => model !== before.model);
  for (const worker of workers) {
    const { models: held } = await (await fetch(`${worker.url}/readyz`)).json();
    assert.ok(held.includes(after.model), `${held} without ${after.model}`);
  }
  const sinceMs = performance.now();
  await models('rollback small');
  await small.next(({ model }) => model === before.model);
  t.diagnostic(
    `a rollback through the other gateway: longest time without labels ${Math.round(small.longestGapMs(sinceMs))} ms`,
  );

  // One that comes later has what is live.
  const late = await startGateway(t, { nats: nats.url, modelsDir: await smallModels(t) });
  const there = openWatchingCamera(t, late.url, red, { model: 'small' });
  assert.equal((await there.next()).model, before.model);
  there.close();

  const lost = new Promise<string>((resolve) => small.stream.onModelLost(resolve));
  await models('remove small --yes');
  await lost;
  assert.match((await small.next()).model, /^colours@/);
  for (const { answeredTwice, losses } of [camera, small]) {
    assert.equal(answeredTwice, 0);
    assert.deepEqual(losses, []);
  }
});
