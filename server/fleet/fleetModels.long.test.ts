import assert from 'node:assert/strict';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { Sentence } from '../../protocol/sentence.ts';
import { readModelFolder } from '../library/modelFolder.ts';
import type { FrameJob } from '../queue/frameQueue.ts';
import {
  type FleetGateway,
  type FleetWorker,
  type GatewayTimes,
  joinFleet,
  lastFirst,
  startFleetGateway,
  startFleetWorker,
} from '../testing/fleetProcesses.ts';
import { frameOf } from '../testing/media.ts';
import { memberFields } from '../testing/memberFields.ts';
import { addColourModel, copyShipped, modelsDirectory, publish, renamed } from '../testing/modelFixtures.ts';
import { type NatsServer, startNats, whyNoNats } from '../testing/natsServer.ts';
import { recordLog } from '../testing/recordedLog.ts';
import type { RefusedVersion, Worker } from './member.ts';

const skip = whyNoNats() ?? false;
const ID = 'coco-ssd';

/** Makes a version of the shipped model live at a gateway. */
async function change({ store, changes }: FleetGateway, files: Readonly<Record<string, string>>) {
  const workspace = await store.stage();
  try {
    const dir = path.join(workspace.dir, 'version');
    await copyShipped(dir);
    await publish(dir, files);
    return await changes.activate(ID, dir);
  } finally {
    await workspace.close();
  }
}

const versionAt = ({ registry }: Pick<FleetGateway | FleetWorker, 'registry'>, id = ID) =>
  registry.serving.find(({ manifest }) => manifest.id === id)?.version;

/** Waits until `isSo`, checked at each change of models or members. */
function until(
  one: Pick<FleetGateway | FleetWorker, 'registry' | 'library' | 'members'>,
  isSo: () => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    const stops: (() => void)[] = [];
    const check = () => {
      if (!isSo()) return;
      for (const stop of stops) stop();
      resolve();
    };
    stops.push(one.registry.onChange(check), one.library.onChange(check), one.members.onChange(check));
    check();
  });
}

/**
 * Streams frames to both workers. Counts answers of the version that serves, and notes the longest time in which none came; frames
 * that were given up are counted as well.
 */
function stream(gateway: FleetGateway, workers: readonly FleetWorker[], image: Uint8Array) {
  let isOn = true;
  let answers = 0;
  let lost = 0;
  let answeredAtMs = performance.now();
  let longestMs = 0;
  const versions = new Set<string>();
  async function send({ queue }: FleetWorker, key: string): Promise<void> {
    while (isOn) {
      const limits = { maxPixels: 4_200_000, maxDecodeMs: 1_000, isFitted: true };
      const job: FrameJob = { key, model: ID, format: 'jpeg', image, ...limits };
      const result = await queue.submit(job);
      if (result.kind !== 'answered') lost += 1;
      if (result.kind !== 'answered' || result.version !== versionAt(gateway)) continue;
      answers += 1;
      versions.add(result.version);
      longestMs = Math.max(longestMs, performance.now() - answeredAtMs);
      answeredAtMs = performance.now();
    }
  }
  const sending = workers.map((worker, at) => send(worker, `camera ${at}`));
  return {
    get answers() {
      return answers;
    },
    async stop() {
      isOn = false;
      await Promise.all(sending);
      return { longestMs, lost, answers, versions: [...versions] };
    },
  };
}

async function startFleet(test: TestContext, workers: number, times: GatewayTimes = {}) {
  const t = lastFirst(test);
  const nats = await startNats(t);
  const { log, ...lines } = recordLog();
  const gateway = await startFleetGateway(t, nats, 'gateway', await modelsDirectory(t), { log, ...times });
  const start = (id: string) => startFleetWorker(t, nats, id);
  const started = await Promise.all(Array.from({ length: workers }, (_, at) => start(`worker-${at + 1}`)));
  if (workers > 0) await gateway.registry.ready;
  return { t, nats, gateway, workers: started, lines, start };
}

/** A worker that says what it is told to. */
async function announceWorker(
  t: Parameters<typeof joinFleet>[0],
  nats: NatsServer,
  id: string,
  read: () => Partial<Pick<Worker, 'serving' | 'refused'>>,
) {
  const member = await joinFleet(t, nats, id);
  member.members.announce(() => ({
    role: 'worker',
    ...memberFields(id),
    ...{ group: 'default', slots: 1, serving: [], staged: [], refused: [] },
    ...read(),
  }));
  return member;
}

test('a version takes over in two workers under a stream of frames, without a gap', { skip }, async (t) => {
  const { gateway, workers } = await startFleet(t, 2);
  const before = versionAt(gateway);
  const camera = stream(gateway, workers, await frameOf('cup.png'));
  const answered = (count: number) =>
    new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (camera.answers < count) return;
        clearInterval(timer);
        resolve();
      }, 10);
    });
  await answered(20);
  // One loads after the other, which answers meanwhile.
  const holders = () =>
    gateway.members.all.filter((one) => one.role === 'worker' && one.staged.some(({ id }) => id === ID));
  const answersAt = [camera.answers];
  const loaded = [1, 2].map((count) =>
    until(gateway, () => holders().length >= count).then(() => answersAt.push(camera.answers)),
  );
  const result = await change(gateway, await renamed('cup', 'mug'));
  assert.equal(result.ok, true, JSON.stringify(result));
  await Promise.all(loaded);
  const after = versionAt(gateway);
  await answered(camera.answers + 20);
  const { longestMs, lost, versions } = await camera.stop();
  assert.deepEqual(versions, [before, after]);
  assert.deepEqual(
    workers.map((worker) => versionAt(worker)),
    [after, after],
  );
  const [begun = 0, first = 0, second = 0] = answersAt;
  t.diagnostic(
    `${first - begun} answers while the first worker loaded, ${second - first} while the second did; longest time without one: ${longestMs.toFixed(0)} ms`,
  );
  assert.ok(first > begun && second > first, `answers by then: ${answersAt}`);
  assert.equal(lost, 0);
});

test('a version that fails its reference images in a worker is refused with the reason, and nothing has changed', {
  skip,
}, async (t) => {
  const { gateway, workers } = await startFleet(t, 2);
  const before = versionAt(gateway);
  const { 'labels.txt': labels = '' } = await renamed('cup', 'beaker');
  const result = await change(gateway, { 'labels.txt': labels });
  assert.ok(!result.ok && result.isRolledBack, JSON.stringify(result));
  assert.match(
    String(result.why),
    /^It does not answer as where it was trained: 1 of 4 recorded pictures differs/,
  );
  assert.equal(result.why instanceof Sentence && result.why.code, 'goldens_disagree');
  assert.match(result.details?.join() ?? '', /cup\.png: no "mug"|cup\.png: no "cup"/);
  for (const one of [gateway, ...workers]) {
    assert.equal(versionAt(one), before);
    await until(one, () => one.library.pointers.get(ID)?.pointer.staged === undefined);
  }
  assert.equal(gateway.library.pointers.get(ID)?.pointer.live?.version, before);
  // The same is tried again, and not taken for what was refused.
  const again = await change(gateway, { 'labels.txt': labels });
  assert.ok(!again.ok);
  const good = await change(gateway, await renamed('cup', 'mug'));
  assert.ok(good.ok, JSON.stringify(good));
  for (const worker of workers) await until(worker, () => versionAt(worker) === good.version);
});

test('where one worker refuses a version, those that hold it already give it up', { skip }, async (t) => {
  const { t: scope, nats, gateway, workers } = await startFleet(t, 1);
  const [worker] = workers;
  assert.ok(worker);
  const before = versionAt(gateway);
  // It refuses as soon as the other one waits for the word to switch.
  // By its name the other one loads first.
  let refused: RefusedVersion[] = [];
  const serving = [{ id: ID, version: before ?? '' }];
  const other = await announceWorker(scope, nats, 'z-picky', () => ({ serving, refused }));
  await until(gateway, () => gateway.pool.live === 2);
  const isHeld = () =>
    gateway.members.all.some((one) => one.role === 'worker' && one.staged.some(({ id }) => id === ID));
  const changed = change(gateway, await renamed('cup', 'mug'));
  await until(gateway, isHeld);
  const { pointer, revision = 0 } = gateway.library.pointers.get(ID) ?? {};
  assert.equal(versionAt(worker), before);
  refused = [
    { id: ID, version: pointer?.staged?.version ?? '', why: 'It is too large for this machine.', revision },
  ];
  other.members.announceNow();
  const result = await changed;
  assert.ok(!result.ok && result.isRolledBack, JSON.stringify(result));
  assert.equal(String(result.why), 'It is too large for this machine.');
  await until(gateway, () => !isHeld());
  await other.leave();
  assert.equal(versionAt(worker), before);

  const good = await change(gateway, await renamed('cup', 'mug'));
  assert.ok(good.ok, JSON.stringify(good));
  assert.equal(versionAt(worker), good.version);
  assert.equal((await worker.store.history(ID)).at(-1)?.version, good.version);
});

test('a gateway waits for a first worker, and says what is missing; one that comes late gets what is live', {
  skip,
}, async (t) => {
  const { gateway, start, lines } = await startFleet(t, 0, { noWorkerMs: 100 });
  await lines.nth(
    'no worker of the fleet serves a model yet; waiting for one: "livelens worker" starts it',
    1,
  );
  assert.deepEqual([gateway.pool.live, gateway.registry.serving.length], [0, 0]);
  const refused = await change(gateway, await renamed('cup', 'mug'));
  assert.ok(!refused.ok && refused.isRolledBack);
  assert.match(String(refused.why), /^No worker of the fleet is there .* "livelens worker"/);

  const first = await start('first');
  await gateway.registry.ready;
  assert.deepEqual([gateway.pool.live, gateway.registry.serving.length], [1, 1]);
  const result = await change(gateway, await renamed('cup', 'mug'));
  assert.ok(result.ok, JSON.stringify(result));
  const late = await start('late');
  assert.equal(versionAt(late), result.version);
  await until(first, () => versionAt(first) === result.version);
  await until(gateway, () => gateway.pool.live === 2);
});

test('a worker that leaves or joins in the middle of a change does not hold it up', { skip }, async (t) => {
  const { gateway, workers, start } = await startFleet(t, 2);
  const [, leaving] = workers;
  assert.ok(leaving);
  const changed = change(gateway, await renamed('cup', 'mug'));
  await until(gateway, () => gateway.library.pointers.get(ID)?.pointer.staged !== undefined);
  const [joined] = await Promise.all([start('joining'), leaving.close()]);
  const result = await changed;
  assert.ok(result.ok, JSON.stringify(result));
  await until(joined, () => versionAt(joined) === result.version);
});

test('a worker that does not come to serve anything holds up no change', { skip }, async (t) => {
  const { t: scope, nats, gateway } = await startFleet(t, 1);
  await announceWorker(scope, nats, 'starting', () => ({ serving: [] }));
  await until(gateway, () => gateway.pool.statuses.length === 2);
  const result = await change(gateway, await renamed('cup', 'mug'));
  assert.ok(result.ok, JSON.stringify(result));
});

test('a worker that hangs over a version holds up a change for a bounded time', { skip }, async (t) => {
  const { t: scope, nats, gateway } = await startFleet(t, 0, { proveTimeoutMs: 500 });
  const { version = '' } = (await readModelFolder(path.join(gateway.modelsDir, ID))) ?? {};
  await announceWorker(scope, nats, 'hanging', () => ({ serving: [{ id: ID, version }] }));
  await gateway.registry.ready;
  const late = await change(gateway, await renamed('cup', 'mug'));
  assert.ok(!late.ok && late.isRolledBack, JSON.stringify(late));
  assert.match(String(late.why), /^Not all workers loaded it within 0\.5 s: hanging \(process \d+\)/);
  assert.equal(versionAt(gateway), version);
  await until(gateway, () => gateway.library.pointers.get(ID)?.pointer.staged === undefined);
});

test('other gateways follow a change, a removal and a new model; one that starts takes what is live', {
  skip,
}, async (t) => {
  const { t: scope, nats, gateway, workers } = await startFleet(t, 1);
  const [worker] = workers;
  assert.ok(worker);
  const second = await startFleetGateway(scope, nats, 'second', await modelsDirectory(scope));
  await second.registry.ready;
  const result = await change(gateway, await renamed('cup', 'mug'));
  assert.ok(result.ok, JSON.stringify(result));
  await until(second, () => versionAt(second) === result.version);
  assert.equal((await second.store.history(ID)).at(-1)?.version, result.version);

  // Its folder has the version that ships, and one more model that the fleet gets.
  const modelsDir = await modelsDirectory(scope);
  await addColourModel(modelsDir, 'image-classification');
  const third = await startFleetGateway(scope, nats, 'third', modelsDir);
  await third.registry.ready;
  assert.equal(versionAt(third), result.version);
  for (const one of [worker, gateway, second])
    await until(one, () => versionAt(one, 'colours') !== undefined);

  await second.changes.remove('colours');
  for (const one of [worker, gateway, third]) await until(one, () => versionAt(one, 'colours') === undefined);
  assert.deepEqual([...gateway.library.pointers.keys()], [ID]);

  // What was removed while a gateway was away does not come back with it.
  await gateway.close();
  const back = await modelsDirectory(scope);
  await addColourModel(back, 'image-classification');
  const fourth = await startFleetGateway(scope, nats, 'fourth', back);
  await fourth.registry.ready;
  assert.deepEqual(await fourth.store.ids(), [ID]);
  const rolledBack = await fourth.changes.rollback(ID, undefined);
  assert.ok(rolledBack.ok, JSON.stringify(rolledBack));
  for (const one of [worker, second, third]) await until(one, () => versionAt(one) === rolledBack.version);
});

test('of two gateways that change a model at once, one is a conflict, and both end with the same', {
  skip,
}, async (t) => {
  const { t: scope, nats, gateway, workers } = await startFleet(t, 1);
  const second = await startFleetGateway(scope, nats, 'second', await modelsDirectory(scope));
  await second.registry.ready;
  const labels = await Promise.all([renamed('cup', 'mug'), renamed('cup', 'beaker')]);
  const results = await Promise.all([gateway, second].map((one, at) => change(one, labels[at] ?? {})));
  const winner = results.find(({ ok }) => ok);
  const loser = results.find(({ ok }) => !ok);
  assert.ok(winner && loser && !loser.ok, JSON.stringify(results));
  assert.match(String(loser.why), /changed through another gateway/);
  for (const one of [gateway, second, ...workers]) await until(one, () => versionAt(one) === winner.version);
  for (const one of [gateway, second]) {
    await until(one, () => one.library.pointers.get(ID)?.pointer.staged === undefined);
    assert.equal((await one.store.history(ID)).at(-1)?.version, winner.version);
  }
});

test('what a killed gateway has staged is taken back by another one', { skip }, async (t) => {
  const { gateway, workers } = await startFleet(t, 1);
  const { library } = gateway;
  const stored = library.pointers.get(ID);
  const live = stored?.pointer.live;
  assert.ok(stored && live);
  const staged = { ...live, version: 'another', by: 'killed' };
  await library.point(ID, { live, staged }, stored.revision);
  await until(gateway, () => library.pointers.get(ID)?.pointer.staged === undefined);
  const result = await change(gateway, await renamed('cup', 'mug'));
  assert.ok(result.ok, JSON.stringify(result));
  assert.equal(versionAt(gateway), result.version);
  assert.ok(workers.every((worker) => versionAt(worker) === result.version));
});

test('a NATS that comes back without its disk gets the models again, and no one loses any', {
  skip,
}, async (t) => {
  const { gateway, workers, start } = await startFleet(t, 1);
  const { manager } = gateway.link;
  const before = versionAt(gateway);
  await Promise.all(['KV_fleet_MODELS', 'OBJ_fleet_FILES'].map((stream) => manager.streams.delete(stream)));
  await until(gateway, () => gateway.library.pointers.get(ID)?.revision === 0);
  await until(gateway, () => (gateway.library.pointers.get(ID)?.revision ?? 0) > 0);
  const late = await start('late');
  for (const one of [gateway, late, ...workers]) assert.equal(versionAt(one), before);
});
