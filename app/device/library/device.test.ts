import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { httpServer } from '../../../server/testing/httpServer.ts';
import { DeviceError, type DeviceSession } from '../runtime/deviceSession.ts';
import { Device, type DeviceOptions } from './device.ts';
import { createDeviceApi } from './deviceApi.ts';
import {
  answerCut,
  answerWhole,
  type FaultyServer,
  faultyServer,
  type GivenModel,
  givenModel,
  StandInConditions,
  StandInSessions,
} from './deviceFixtures.ts';
import type { DeviceModelState, DeviceState } from './deviceState.ts';
import { fetchFile } from './fetchFile.ts';
import { ROLLED_BACK } from './storedModel.ts';
import { createMemoryVault } from './vault.ts';

const [ONE, TWO, THREE] = ['1', '2', '3'].map((version) => givenModel('birds', version));
const CARS = givenModel('cars', '1');
assert(ONE && TWO && THREE);
const never = new AbortController().signal;
const hasCode = (code: DeviceError['code']) => (error: unknown) =>
  error instanceof DeviceError && error.code === code;

function setUp(t: TestContext, server: FaultyServer, more: Partial<DeviceOptions> = {}) {
  const sessions = new StandInSessions();
  const deviceConditions = new StandInConditions();
  const vault = createMemoryVault();
  const device = new Device({
    token: () => undefined,
    openSession: sessions.open,
    server: server.url,
    vault: Promise.resolve(vault),
    fetchFile,
    deviceConditions,
    ...more,
  });
  t.after(() => device.close());
  const birds = () => device.store.getState().models.birds;
  return { device, sessions, deviceConditions, vault, birds };
}

/** Resolves when the state is as wanted. */
function until(device: Device, isSo: (state: DeviceState) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (!isSo(device.store.getState())) return;
      unsubscribe();
      resolve();
    };
    const unsubscribe = device.store.subscribe(check);
    check();
  });
}
const birdsAre = (device: Device, isSo: (birds: DeviceModelState) => boolean) =>
  until(device, ({ models }) => models.birds !== undefined && isSo(models.birds));

test('opens the first model of the server: downloaded, proven, reported', async (t) => {
  const server = await faultyServer(t, ONE, CARS);
  const { device, sessions, birds } = setUp(t, server);
  const phases = new Set<string>();
  device.store.subscribe(() => phases.add(birds()?.phase.kind ?? ''));
  const session = await device.open(undefined, never);
  assert.equal(session.info.id, 'birds');
  assert.equal(session.certificate.passes, true);
  assert.deepEqual([...phases], ['', 'downloading', 'stored', 'starting', 'ready']);
  assert.equal(birds()?.name, 'Model birds');
  assert.equal(birds()?.version, '1');
  assert.equal(birds()?.bytes, 3_500);
  assert.equal(birds()?.certificate?.passes, true);
  // Shown soon after: the model does not wait for it.
  await until(device, ({ storage }) => storage?.usedBytes === 3_500);
  assert.equal(sessions.opened.length, 1);
});

/** A browser that has birds from an earlier visit, and a server that does not answer yet which models it has. */
const secondVisit = async (t: TestContext, ...models: GivenModel[]) => {
  const server = await faultyServer(t, ONE);
  const first = setUp(t, server);
  await first.device.open(undefined, never);
  first.device.close();
  let answer = () => {};
  server.beforeList = new Promise((resolve) => {
    answer = resolve;
  });
  server.models = models;
  const options = { vault: Promise.resolve(first.vault), lastModel: () => 'birds', releaseMs: 0 };
  return { ...setUp(t, server, options), first, answer };
};

test('where a person waits, the model of the last visit is opened while the server says which one is its first', async (t) => {
  const { device, sessions, answer } = await secondVisit(t, ONE, CARS);
  device.setChosen(true);
  const opening = device.open(undefined, never);
  await birdsAre(device, ({ phase }) => phase.kind === 'ready');
  answer();
  assert.equal((await opening).info.id, 'birds');
  assert.equal(sessions.opened.length, 1);
  assert.equal(sessions.opened[0]?.isClosed, false);
});

test('the start with a model that is here lists what is kept three times: for records, for the model and its size, for its files', async (t) => {
  const { first, device: closed } = await secondVisit(t, ONE);
  closed.close();
  let listings = 0;
  const vault = {
    ...first.vault,
    async names() {
      listings += 1;
      // As long as browsers take at least.
      await new Promise(setImmediate);
      return first.vault.names();
    },
  };
  const server = await faultyServer(t, ONE);
  const { device } = setUp(t, server, { vault: Promise.resolve(vault), lastModel: () => 'birds' });
  device.setChosen(true);
  await device.open('birds', never);
  await until(device, ({ storage }) => storage?.usedBytes === 3_500);
  // Two files, which this stand-in for a worker loads one after the other.
  assert.equal(listings, 4);
});

test('where the server has another first model by now, that one is used, and the one of the last visit is freed', async (t) => {
  const { device, sessions, answer } = await secondVisit(t, CARS, ONE);
  device.setChosen(true);
  const opening = device.open(undefined, never);
  await birdsAre(device, ({ phase }) => phase.kind === 'ready');
  answer();
  assert.equal((await opening).info.id, 'cars');
  await birdsAre(device, ({ phase }) => phase.kind === 'stored');
  assert.deepEqual(
    sessions.opened.map(({ info, isClosed }) => [info.id, isClosed]),
    [
      ['birds', true],
      ['cars', false],
    ],
  );
});

test('whoever has left by the time that a model would be opened has none opened', async (t) => {
  const { device, sessions, answer } = await secondVisit(t, ONE);
  answer();
  await device.begin();
  const left = new AbortController();
  left.abort(new Error('left'));
  const phases: string[] = [];
  device.store.subscribe(() => phases.push(device.store.getState().models.birds?.phase.kind ?? ''));
  await assert.rejects(device.open('birds', left.signal), /left/);
  await new Promise(setImmediate);
  assert.equal(phases.includes('starting'), false, String(phases));
  assert.equal(sessions.opened.length, 0);
});

test('whoever leaves before the server has answered leaves no model in memory', async (t) => {
  const { device, sessions } = await secondVisit(t, ONE);
  device.setChosen(true);
  const leaving = new AbortController();
  const opening = device.open(undefined, leaving.signal);
  await birdsAre(device, ({ phase }) => phase.kind === 'ready');
  leaving.abort(new Error('left'));
  await assert.rejects(opening, /left/);
  await birdsAre(device, ({ phase }) => phase.kind === 'stored');
  assert.equal(sessions.opened[0]?.isClosed, true);
});

test('where no person chose this device, no model is opened before it is known which one', async (t) => {
  const { device, sessions, answer } = await secondVisit(t, CARS, ONE);
  const opening = device.open(undefined, never);
  answer();
  assert.equal((await opening).info.id, 'cars');
  assert.deepEqual(
    sessions.opened.map(({ info }) => info.id),
    ['cars'],
  );
});

test('those who open one model at once share the work, which goes on when one of them leaves', async (t) => {
  const server = await faultyServer(t, ONE);
  const { device, sessions } = setUp(t, server);
  const leaving = new AbortController();
  const left = device.open('birds', leaving.signal);
  const others = [device.open('birds', never), device.open('birds', never)];
  leaving.abort(new Error('left'));
  await assert.rejects(left, /left/);
  const [a, b] = await Promise.all(others);
  assert.equal(a, b);
  assert.equal(await device.open('birds', never), a);
  assert.equal(sessions.opened.length, 1);
  assert.equal(server.asked.length, 2);
});

test('when all who wait leave, the download ends, and the next one goes on from there', async (t) => {
  const large = givenModel('birds', '1', 6 << 20);
  const server = await faultyServer(t, large);
  server.answerFile = (response, rest) => {
    response.writeHead(200, { 'Content-Length': rest.length });
    response.write(rest.subarray(0, 5 << 20));
  };
  const { device, birds } = setUp(t, server);
  const leaving = new AbortController();
  const left = device.open('birds', leaving.signal);
  await birdsAre(device, ({ phase }) => phase.kind === 'downloading' && phase.receivedBytes >= 5 << 20);
  leaving.abort(new Error('left'));
  await assert.rejects(left, /left/);
  await until(device, ({ models }) => models.birds === undefined);
  server.answerFile = answerWhole;
  await device.open('birds', never);
  assert.equal(server.asked[1], `${4 << 20} ${large.model.graph.sha256}`);
  assert.equal(birds()?.phase.kind, 'ready');
});

test('a server that does not answer holds up a stored model for two seconds only', {
  timeout: 60_000,
}, async (t) => {
  const { device, vault } = setUp(t, await faultyServer(t, ONE));
  await device.open('birds', never);
  let arrived = () => {};
  const isAsked = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const { url } = await httpServer(t, () => arrived());
  const silent = setUp(t, { ...(await faultyServer(t)), url }, { vault: Promise.resolve(vault) });
  await silent.device.begin();
  // Whoever asks as usual, and has asked before, is still waiting then.
  let isGivenUp = false;
  createDeviceApi(url, () => undefined)
    .list(never)
    .catch(() => {
      isGivenUp = true;
    });
  await isAsked;
  const opening = silent.device.open(undefined, never);
  // Real time, two seconds: mocked timers break the `fetch` of Node.js 20.12.
  assert.equal((await opening).info.id, 'birds');
  assert.equal(isGivenUp, false);
});

test('with the server away, what is kept here is offered and opens', async (t) => {
  const server = await faultyServer(t, ONE, CARS);
  const { device, vault } = setUp(t, server);
  await device.open('cars', never);
  await device.open('birds', never);
  const away = setUp(t, { ...server, url: 'http://127.0.0.1:9' }, { vault: Promise.resolve(vault) });
  await away.device.begin();
  assert.deepEqual(
    away.device.info().map(({ id }) => id),
    ['cars', 'birds'],
  );
  assert.equal((await away.device.open('birds', never)).info.id, 'birds');
  assert.equal((await away.device.open(undefined, never)).info.id, 'cars');
  await assert.rejects(away.device.open('trees', never), hasCode('unreachable'));
  const { trees } = away.device.store.getState().models;
  assert.equal(trees?.phase.kind === 'failed' && trees.phase.code, 'unreachable');
});

test('a model that the server does not have is reported as such', async (t) => {
  const { device } = setUp(t, await faultyServer(t, ONE));
  await assert.rejects(device.open('trees', never), hasCode('no_model'));
});

test('a server that gives no models to devices is reported as such: the model is not gone', async (t) => {
  const server = await faultyServer(t, ONE);
  server.isOld = true;
  const { device } = setUp(t, server);
  await assert.rejects(device.open('birds', never), hasCode('unsupported'));
});

test('where the version was replaced while its download waited, the newer one is downloaded', async (t) => {
  const server = await faultyServer(t, ONE);
  const { device, birds } = setUp(t, server);
  await device.begin();
  device.setConditions({ unmetered: true, charging: false, idle: false });
  const opening = device.open('birds', never);
  await birdsAre(device, ({ phase }) => phase.kind === 'waiting');
  server.models = [TWO];
  device.setConditions({ unmetered: false, charging: false, idle: false });
  assert.equal((await opening).info.version, '2');
  assert.equal(birds()?.phase.kind, 'ready');
});

test('a file that the server names but does not have is reported, and not requested again and again', async (t) => {
  const server = await faultyServer(t, { model: ONE.model, files: new Map() });
  const { device } = setUp(t, server);
  await assert.rejects(device.open('birds', never), hasCode('gone'));
});

test('a model whose goldens do not agree here is not used, and not tried again until a person asks', async (t) => {
  const { device, sessions, birds } = setUp(t, await faultyServer(t, ONE));
  sessions.differing.add('1');
  await assert.rejects(device.open('birds', never), /Unproven: one\.png/);
  assert.equal(birds()?.phase.kind, 'unproven');
  assert.equal(birds()?.certificate?.passes, false);
  assert.equal(sessions.opened[0]?.isClosed, true);
  await assert.rejects(device.open('birds', never), /Unproven/);
  assert.equal(sessions.opened.length, 1);
  sessions.differing.clear();
  await device.download('birds');
  await device.open('birds', never);
  assert.equal(birds()?.phase.kind, 'ready');
});

test('where a person waits, the session is opened while its files still come, and given up where they do not', async (t) => {
  const server = await faultyServer(t, ONE);
  const { device, sessions } = setUp(t, server);
  device.setChosen(true);
  const held = new Promise<() => void>((resolve) => {
    server.answerFile = (response, rest, start) => resolve(() => answerWhole(response, rest, start));
  });
  const opening = device.open('birds', never);
  const answer = await held;
  assert.equal(sessions.isUrgent, true, 'it was asked for before the first file came');
  assert.equal(sessions.opened.length, 0, 'and waits for it');
  server.answerFile = answerWhole;
  answer();
  await opening;
  assert.equal(sessions.opened.length, 1);

  const gone = setUp(t, await faultyServer(t, { model: ONE.model, files: new Map() }));
  gone.device.setChosen(true);
  await assert.rejects(gone.device.open('birds', never), hasCode('gone'));
  assert.deepEqual([gone.sessions.isUrgent, gone.sessions.opened.length], [true, 0]);
});

test('a golden that disagrees after the first frames takes the model away, and no one opens it again unasked', async (t) => {
  const { device, sessions, birds } = setUp(t, await faultyServer(t, ONE));
  device.setChosen(true);
  await device.open('birds', never);
  const [session] = sessions.opened;
  assert(session);
  assert.equal(sessions.isUrgent, true, 'a person waits: goldens may run between frames');
  const lost: string[] = [];
  device.onLost((id, why) => lost.push(`${id} ${why.message}`));
  session.disprove();
  assert.deepEqual(lost, ['birds Unproven: one.png: "one" expected, got "two".']);
  assert.equal(session.isClosed, true);
  assert.equal(birds()?.phase.kind, 'unproven');
  assert.equal(birds()?.certificate?.passes, false);
  await assert.rejects(device.open('birds', never), /Unproven/);
  assert.equal(sessions.opened.length, 1);
  await device.download('birds');
  assert.equal(birds()?.phase.kind, 'ready');
  assert.equal(sessions.opened.length, 2);
});

test('a new version that replaces one in use is proven as a whole first', async (t) => {
  const server = await faultyServer(t, ONE);
  const { device, sessions } = setUp(t, server);
  device.setChosen(true);
  await device.open('birds', never);
  server.models = [TWO];
  const replaced = new Promise<void>((resolve) => device.onReplaced(() => resolve()));
  t.after(device.watch());
  device.noteVersion('birds', '2');
  await replaced;
  assert.equal(sessions.isUrgent, false);
});

test('a stored model that failed here is proven again when a person asks, also without the server', async (t) => {
  const server = await faultyServer(t, ONE);
  const kept = setUp(t, server);
  await kept.device.open('birds', never);
  for (const url of [server.url, 'http://127.0.0.1:9']) {
    const vault = Promise.resolve(kept.vault);
    const { device, sessions, birds } = setUp(t, { ...server, url }, { vault });
    const ready: string[] = [];
    device.onReplaced((id, { info }) => ready.push(`${id} ${info.version}`));
    sessions.differing.add('1');
    await assert.rejects(device.open('birds', never), /Unproven/);
    assert.equal(birds()?.phase.kind, 'unproven');
    sessions.differing.clear();
    await device.download('birds');
    assert.equal(birds()?.phase.kind, 'ready');
    assert.deepEqual(ready, ['birds 1']);
  }
});

test('a new version is proven while the other is in use, and takes over between two frames', async (t) => {
  const server = await faultyServer(t, ONE);
  const { device, sessions, birds } = setUp(t, server);
  const before = await device.open('birds', never);
  const running = before.run({} as ImageBitmap, { skipUnchanged: false, isSecondary: false });
  server.models = [TWO];
  const replaced = new Promise<DeviceSession>((resolve) => {
    device.onReplaced((id, session) => {
      assert.equal(id, 'birds');
      resolve(session);
    });
  });
  t.after(device.watch());
  device.noteVersion('birds', '2');
  const after = await replaced;
  assert.equal(after.info.version, '2');
  assert.equal(sessions.opened[0]?.isClosed, false, 'a frame is in flight');
  sessions.opened[0]?.endRun?.();
  await running;
  assert.equal(sessions.opened[0]?.isClosed, true);
  await birdsAre(device, ({ previous }) => previous === '1');
  assert.equal(birds()?.version, '2');
  assert.equal(birds()?.update, undefined);
  assert.equal(birds()?.phase.kind, 'ready');
  assert.equal(birds()?.certificate?.version, '2');
  // Its graph; the golden is the same file.
  assert.equal(server.asked.length, 3);
  assert.equal(await device.open('birds', never), after);
});

test('of two pages that update the same model, the second one leaves the version before to go back to', async (t) => {
  const server = await faultyServer(t, ONE);
  const first = setUp(t, server);
  const second = setUp(t, server, { vault: Promise.resolve(first.vault) });
  await first.device.open('birds', never);
  const before = await second.device.open('birds', never);
  server.models = [TWO];
  await first.device.check();
  await birdsAre(first.device, ({ previous }) => previous === '1');
  await second.device.check();
  await birdsAre(second.device, ({ version, previous }) => version === '2' && previous !== undefined);
  assert.equal(second.birds()?.previous, '1');
  assert.notEqual(await second.device.open('birds', never), before);
  await second.device.rollBack('birds');
  assert.equal(second.birds()?.version, '1');
});

test('what another page of this browser went back from is not brought in by this one', async (t) => {
  const server = await faultyServer(t, ONE);
  const first = setUp(t, server);
  const second = setUp(t, server, { vault: Promise.resolve(first.vault) });
  await first.device.open('birds', never);
  await second.device.open('birds', never);
  server.models = [TWO];
  await first.device.check();
  await birdsAre(first.device, ({ previous }) => previous === '1');
  await first.device.rollBack('birds');
  await second.device.check();
  await birdsAre(second.device, ({ update }) => update !== undefined);
  assert.equal(second.birds()?.update?.phase.kind, 'unproven');
  assert.equal(second.birds()?.version, '1');
  assert.equal(second.sessions.opened.length, 1);
});

test('files of versions older than the one before are deleted', async (t) => {
  const server = await faultyServer(t, ONE);
  const { device } = setUp(t, server);
  await device.open('birds', never);
  for (const next of [TWO, THREE]) {
    server.models = [next];
    await device.check();
    await birdsAre(device, ({ version }) => version === next.model.version);
  }
  await until(device, ({ storage }) => storage?.usedBytes === 6_500);
});

test('a version whose goldens fail here is refused with why; the old one goes on, and a yet newer one is tried', async (t) => {
  const server = await faultyServer(t, ONE);
  const { device, sessions, vault, birds } = setUp(t, server);
  const session = await device.open('birds', never);
  sessions.differing.add('2');
  server.models = [TWO];
  await device.check();
  await birdsAre(device, ({ update }) => update?.phase.kind === 'unproven');
  assert.equal(birds()?.version, '1');
  assert.equal(birds()?.phase.kind, 'ready');
  assert.equal(await device.open('birds', never), session);
  // Nor at the next visit.
  const next = setUp(t, server, { vault: Promise.resolve(vault) });
  await until(device, ({ storage }) => storage?.usedBytes === 3_500);
  await next.device.check();
  const update = next.birds()?.update;
  assert(update?.phase.kind === 'unproven');
  assert.match(update.phase.why, /one\.png/);
  assert.equal(server.asked.length, 3);
  // A person asks.
  await next.device.download('birds');
  assert.equal(next.birds()?.version, '2');
  server.models = [THREE];
  await device.check();
  await birdsAre(device, ({ version }) => version === '3');
});

test('a version of which other bytes come is refused with both hashes', async (t) => {
  const server = await faultyServer(t, ONE);
  const { device, birds } = setUp(t, server);
  await device.open('birds', never);
  server.models = [TWO];
  server.answerFile = (response, rest, start) =>
    answerWhole(
      response,
      rest.map((byte) => byte ^ 1),
      start,
    );
  await device.check();
  await birdsAre(device, ({ update }) => update?.phase.kind === 'failed');
  const why = birds()?.update?.phase;
  assert(why?.kind === 'failed' && why.code === 'hash');
  assert.match(why.why, new RegExp(TWO.model.graph.sha256));
  assert.equal(birds()?.version, '1');
  await until(device, ({ storage }) => storage?.usedBytes === 3_500);
  server.asked.length = 0;
  await device.check();
  assert.deepEqual(server.asked, []);
  assert.deepEqual(birds()?.update?.phase, why);
});

test('an update that the link cut goes on at the next check', async (t) => {
  const server = await faultyServer(t, ONE);
  const { device } = setUp(t, server);
  await device.open('birds', never);
  server.models = [TWO];
  server.answerFile = (response, rest, start) => answerCut(response, rest, start, start === 0 ? 1_000 : 0);
  await device.check();
  await birdsAre(
    device,
    ({ update }) => update?.phase.kind === 'failed' && update.phase.code === 'unreachable',
  );
  server.answerFile = answerWhole;
  await device.check();
  await birdsAre(device, ({ version }) => version === '2');
  assert.equal(server.asked.at(-1), `1000 ${TWO.model.graph.sha256}`);
});

test('what the server takes back is not waited for', async (t) => {
  const server = await faultyServer(t, ONE);
  const { device, birds } = setUp(t, server);
  await device.open('birds', never);
  device.setConditions({ unmetered: true, charging: false, idle: false });
  server.models = [TWO];
  await device.check();
  await birdsAre(device, ({ update }) => update?.phase.kind === 'waiting');
  server.models = [ONE];
  await device.check();
  await birdsAre(device, ({ update }) => update === undefined);
  assert.equal(birds()?.version, '1');
});

test('an update waits for the conditions of the person, and stops when they hold no more', async (t) => {
  const large = givenModel('birds', '2', 6 << 20);
  const server = await faultyServer(t, ONE);
  const { device, deviceConditions, birds } = setUp(t, server);
  await device.open('birds', never);
  device.setConditions({ unmetered: true, charging: false, idle: false });
  server.models = [large];
  server.asked.length = 0;
  await device.check();
  await birdsAre(device, ({ update }) => update?.phase.kind === 'waiting');
  assert.deepEqual(server.asked, []);
  server.answerFile = (response, rest) => {
    response.writeHead(200, { 'Content-Length': rest.length });
    response.write(rest.subarray(0, 5 << 20));
  };
  deviceConditions.change({ unmetered: true });
  await birdsAre(
    device,
    ({ update }) => update?.phase.kind === 'downloading' && update.phase.receivedBytes >= 5 << 20,
  );
  deviceConditions.change({ unmetered: false });
  await birdsAre(device, ({ update }) => update?.phase.kind === 'waiting');
  server.answerFile = answerWhole;
  deviceConditions.change({ unmetered: true });
  await birdsAre(device, ({ version }) => version === '2');
  assert.equal(server.asked.at(-1), `${4 << 20} ${large.model.graph.sha256}`);
  assert.equal(birds()?.update, undefined);
});

test('another runtime is not fetched where data is saved, nor on a link that is known to be metered', async (t) => {
  const server = await faultyServer(t, ONE);
  const { device, deviceConditions, sessions } = setUp(t, server);
  await device.open('birds', never);
  assert.equal(sessions.mayFetch(), true, 'where the browser does not say');
  deviceConditions.change({ unmetered: false });
  assert.equal(sessions.mayFetch(), false);
  deviceConditions.change({ unmetered: true });
  assert.equal(sessions.mayFetch(), true);
  deviceConditions.change({ saveData: true });
  assert.equal(sessions.mayFetch(), false);
});

test('a first download waits as well, unless a person chose this device', async (t) => {
  const server = await faultyServer(t, ONE);
  const { device, deviceConditions, birds } = setUp(t, server);
  deviceConditions.change({ saveData: true });
  const reasons: (string | undefined)[] = [];
  const opening = device.open('birds', never, (why) => reasons.push(why));
  await birdsAre(device, ({ phase }) => phase.kind === 'waiting');
  const second = new Promise((resolve) => void device.open('birds', never, resolve));
  assert.equal(await second, 'save-data');
  assert.deepEqual(server.asked, []);
  device.setChosen(true);
  await opening;
  assert.deepEqual(reasons, ['save-data', undefined]);
  assert.equal(birds()?.phase.kind, 'ready');
});

test('a download that a person asks for waits for nothing: a first one, and one that waited', async (t) => {
  const server = await faultyServer(t, ONE);
  const { device, deviceConditions, birds } = setUp(t, server);
  deviceConditions.change({ saveData: true });
  await device.download('birds');
  assert.equal(birds()?.version, '1');
  assert.equal(birds()?.certificate?.passes, true);
  server.models = [TWO];
  await device.check();
  await birdsAre(device, ({ update }) => update?.phase.kind === 'waiting');
  await device.download('birds');
  await birdsAre(device, ({ version }) => version === '2');
});

test('going back: the version before is proven and takes over; the newer one waits until a person asks', async (t) => {
  const server = await faultyServer(t, ONE);
  const { device, birds } = setUp(t, server);
  await device.open('birds', never);
  server.models = [TWO];
  await device.check();
  await birdsAre(device, ({ previous }) => previous === '1');
  const versions: string[] = [];
  device.onReplaced((_, { info }) => versions.push(info.version));
  server.asked.length = 0;
  await device.rollBack('birds');
  assert.deepEqual(versions, ['1']);
  assert.equal(birds()?.version, '1');
  assert.equal(birds()?.previous, undefined);
  assert.deepEqual(birds()?.update, { version: '2', phase: ROLLED_BACK });
  await device.check();
  assert.equal(birds()?.version, '1');
  assert.deepEqual(server.asked, []);
  await device.download('birds');
  assert.equal(birds()?.version, '2');
  assert.equal(birds()?.update, undefined);
});

test('going back ends an update that waits; the version that it was about is offered at the next check', async (t) => {
  const server = await faultyServer(t, ONE);
  const { device, birds } = setUp(t, server);
  await device.open('birds', never);
  server.models = [TWO];
  await device.check();
  await birdsAre(device, ({ previous }) => previous === '1');
  device.setConditions({ unmetered: true, charging: false, idle: false });
  server.models = [THREE];
  await device.check();
  await birdsAre(device, ({ update }) => update?.phase.kind === 'waiting');
  await device.rollBack('birds');
  assert.equal(birds()?.update?.version, '2');
  await device.check();
  await birdsAre(device, ({ update }) => update?.version === '3' && update.phase.kind === 'waiting');
});

test('going back to a version that does not agree any more changes nothing, and says why', async (t) => {
  const server = await faultyServer(t, ONE);
  const { device, sessions, birds } = setUp(t, server);
  await device.open('birds', never);
  server.models = [TWO];
  await device.check();
  await birdsAre(device, ({ previous }) => previous === '1');
  sessions.differing.add('1');
  await device.rollBack('birds');
  assert.equal(birds()?.version, '2');
  assert.equal(birds()?.update?.phase.kind, 'unproven');
  await device.check();
  assert.equal(birds()?.update?.phase.kind, 'unproven');
  assert.equal((await device.open('birds', never)).info.version, '2');
});

test('removing a model ends its session and frees its files', async (t) => {
  const server = await faultyServer(t, ONE, CARS);
  const { device, sessions } = setUp(t, server);
  await device.open('birds', never);
  await device.open('cars', never);
  const lost: string[] = [];
  device.onLost((id, why) => lost.push(`${id} ${why.code}`));
  await device.remove('birds');
  assert.deepEqual(lost, ['birds failed']);
  assert.equal(sessions.opened[0]?.isClosed, true);
  assert.deepEqual(Object.keys(device.store.getState().models), ['cars']);
  await until(device, ({ storage }) => storage?.usedBytes === 3_500);
  await device.clear();
  assert.deepEqual(device.store.getState().models, {});
  assert.equal(device.store.getState().storage?.usedBytes, 0);
  assert.deepEqual(device.info(), []);
});

test('a model that a person removed comes back only when a person asks for it', async (t) => {
  const server = await faultyServer(t, ONE);
  const { device, birds } = setUp(t, server);
  const asks: [string, () => unknown][] = [
    ['This device is chosen', () => device.setChosen(true)],
    ['the model is chosen', () => device.choose(['birds'])],
    ['it is downloaded', () => device.download('birds')],
  ];
  await device.open(undefined, never);
  for (const [name, ask] of asks) {
    await device.clear();
    server.asked.length = 0;
    for (const id of [undefined, 'birds']) {
      await assert.rejects(device.open(id, never), /taken off this device/, name);
    }
    assert.deepEqual([server.asked, birds()], [[], undefined], name);
    await ask();
    assert.equal((await device.open(undefined, never)).info.id, 'birds', name);
  }
});

test('removing a model while it is being downloaded ends the download', async (t) => {
  const server = await faultyServer(t, ONE);
  server.answerFile = (response, rest) => {
    response.writeHead(200, { 'Content-Length': rest.length });
    response.write(rest.subarray(0, 1_000));
  };
  const { device } = setUp(t, server);
  const opening = device.open('birds', never);
  opening.catch(() => {});
  await birdsAre(device, ({ phase }) => phase.kind === 'downloading');
  await device.remove('birds');
  await assert.rejects(opening, /taken off this device/);
  assert.deepEqual(device.store.getState().models, {});
});

test('a worker that died is opened again, but not forever', async (t) => {
  const server = await faultyServer(t, ONE);
  const { device, sessions, birds } = setUp(t, server);
  await device.open('birds', never);
  const lost = new Promise<DeviceError>((resolve) => device.onLost((_, why) => resolve(why)));
  for (let deaths = 0; deaths < 3; deaths += 1) {
    const replaced = new Promise((resolve) => device.onReplaced((_, session) => resolve(session)));
    sessions.opened.at(-1)?.die();
    await replaced;
    assert.equal(birds()?.phase.kind, 'ready');
  }
  sessions.opened.at(-1)?.die();
  assert.match((await lost).message, /died/);
  assert.equal(birds()?.phase.kind, 'failed');
  assert.equal(sessions.opened.length, 4);
});

test('a worker that a frame finds gone is opened again, too', async (t) => {
  const server = await faultyServer(t, ONE);
  const { device, sessions } = setUp(t, server);
  const session = await device.open('birds', never);
  const replaced = new Promise<DeviceSession>((resolve) => device.onReplaced((_, next) => resolve(next)));
  const [opened] = sessions.opened;
  assert(opened);
  opened.isGone = true;
  await assert.rejects(
    session.run({} as ImageBitmap, { skipUnchanged: false, isSecondary: false }),
    hasCode('failed'),
  );
  assert.notEqual(await replaced, session);
  assert.equal(opened.isClosed, true);
});

test('an unused model leaves memory after a while, and is not opened again when it died', async (t) => {
  const server = await faultyServer(t, ONE);
  const { device, sessions } = setUp(t, server, { releaseMs: 0 });
  await device.open('birds', never);
  device.release('birds');
  await birdsAre(device, ({ phase }) => phase.kind === 'stored');
  assert.equal(sessions.opened[0]?.isClosed, true);
  const again = await device.open('birds', never);
  assert.notEqual(again, undefined);
  assert.equal(sessions.opened.length, 2);
});

test('a model that cannot be loaded is reported, and is tried again when it is requested again', async (t) => {
  const server = await faultyServer(t, ONE);
  const { device, sessions, birds } = setUp(t, server);
  sessions.failure = new DeviceError('memory', 'There is not enough memory for it.');
  await assert.rejects(device.open('birds', never), hasCode('memory'));
  assert.deepEqual(birds()?.phase, {
    kind: 'failed',
    code: 'memory',
    why: 'There is not enough memory for it.',
  });
  await device.open('birds', never);
  assert.equal(birds()?.phase.kind, 'ready');
});

test('before somebody watches, a version that is noted brings nothing in', async (t) => {
  const server = await faultyServer(t, ONE);
  const { device, birds } = setUp(t, server);
  await device.open('birds', never);
  device.noteVersion('birds', '2');
  // Whatever is begun for another model comes after it.
  server.models = [TWO, CARS];
  await device.open('cars', never);
  assert.deepEqual([birds()?.version, birds()?.update], ['1', undefined]);
  t.after(device.watch());
  await birdsAre(device, ({ version }) => version === '2');
});

test('where the storage cannot be read, models are kept in memory', async (t) => {
  const server = await faultyServer(t, ONE);
  const broken = {
    ...createMemoryVault(),
    isPersistent: true,
    names: () => Promise.reject(new DOMException('It is broken.', 'UnknownError')),
  };
  const { device } = setUp(t, server, { vault: Promise.resolve(broken) });
  assert.equal((await device.open('birds', never)).info.id, 'birds');
  assert.equal(device.store.getState().isPersistent, false);
});

test('while it watches, it checks for newer versions automatically', async (t) => {
  const server = await faultyServer(t, ONE);
  const { device } = setUp(t, server, { pollMs: 10 });
  await device.open('birds', never);
  const unwatch = device.watch();
  server.models = [TWO];
  await birdsAre(device, ({ version }) => version === '2');
  unwatch();
});

test('closing ends all sessions and what is pending', async (t) => {
  const server = await faultyServer(t, ONE, CARS);
  const { device, sessions } = setUp(t, server);
  await device.open('birds', never);
  server.answerFile = (response, rest) => {
    response.writeHead(200, { 'Content-Length': rest.length });
    response.write(rest.subarray(0, 1_000));
  };
  const opening = device.open('cars', never);
  opening.catch(() => {});
  await until(device, ({ models }) => models.cars?.phase.kind === 'downloading');
  device.close();
  device.close();
  await assert.rejects(opening);
  assert.equal(sessions.opened[0]?.isClosed, true);
});
