import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Device } from '../device/library/device.ts';
import {
  faultyServer,
  givenModel,
  StandInConditions,
  StandInSessions,
} from '../device/library/deviceFixtures.ts';
import type { DevicePhase } from '../device/library/deviceState.ts';
import { fetchFile } from '../device/library/fetchFile.ts';
import { createMemoryVault } from '../device/library/vault.ts';
import { DeviceError } from '../device/runtime/deviceSession.ts';
import { createLocalRecognizer, type LocalRecognizer } from './localRecognizer.ts';
import type { Readiness } from './readiness.ts';

const never = new AbortController().signal;
// One that tells nothing of its device; some versions of Node have none.
Object.defineProperty(globalThis, 'navigator', { value: {} });

async function setUp(t: TestContext) {
  const server = await faultyServer(t, givenModel('birds', '1'));
  const sessions = new StandInSessions();
  const deviceConditions = new StandInConditions();
  const device = new Device({
    token: () => undefined,
    openSession: sessions.open,
    server: server.url,
    vault: Promise.resolve(createMemoryVault()),
    fetchFile,
    deviceConditions,
    releaseMs: 0,
  });
  const local = createLocalRecognizer({ device });
  t.after(() => {
    local.close();
    device.close();
  });
  return { server, sessions, deviceConditions, device, local };
}

function becomes(local: LocalRecognizer, kind: Readiness['kind']): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (local.readiness.kind !== kind) return;
      unlisten();
      resolve();
    };
    const unlisten = local.onReadiness(check);
    check();
  });
}

function modelBecomes({ store }: Device, kind: DevicePhase['kind']): Promise<void> {
  return new Promise((resolve) => {
    const check = () => store.getState().models.birds?.phase.kind === kind && resolve();
    store.subscribe(check);
    check();
  });
}

function givenPicture() {
  let isClosed = false;
  const picture = {
    close() {
      isClosed = true;
    },
  } as ImageBitmap;
  return { picture, isClosed: () => isClosed };
}

/** Resolves when a run is pending. */
async function answerNext({ opened }: StandInSessions, session = () => opened.at(-1)): Promise<void> {
  for (;;) {
    const endRun = session()?.endRun;
    if (endRun) return endRun();
    await new Promise(setImmediate);
  }
}

test('a picture gets its labels, and what was loaded for it alone is given back', async (t) => {
  const { local, sessions, device } = await setUp(t);
  const { picture, isClosed } = givenPicture();
  const predicting = local.predict(picture, 0, never);
  await answerNext(sessions);
  assert.equal((await predicting).model.id, 'birds');
  assert.equal(isClosed(), true);
  assert.equal(local.readiness.kind, 'cold');
  await modelBecomes(device, 'stored');
  assert.equal(sessions.opened[0]?.isClosed, true);
});

test('what was prepared stays over a picture', async (t) => {
  const { local, sessions } = await setUp(t);
  local.prepare('all');
  await becomes(local, 'ready');
  const predicting = local.predict(givenPicture().picture, 0, never);
  await answerNext(sessions);
  await predicting;
  assert.equal(local.readiness.kind, 'ready');
});

test('a secondary model is loaded when all are prepared, or when the device begins to label', async (t) => {
  for (const begin of [
    (local: LocalRecognizer) => local.prepare('all'),
    (local: LocalRecognizer) => local.start(),
  ]) {
    const { local, sessions, server } = await setUp(t);
    server.models = [...server.models, givenModel('text', '1')];
    local.configure({ model: 'birds', secondary: ['text'] });
    local.prepare('primary');
    await becomes(local, 'ready');
    assert.equal(sessions.opened.length, 1);
    begin(local);
    assert.equal(local.readiness.kind, 'ready', 'the primary model goes on');
    while (sessions.opened.length < 2) await new Promise(setImmediate);
    assert.equal(sessions.opened[0]?.isClosed, false);
  }
});

test('a picture that no one waits for any more ends what was started for it', async (t) => {
  const { local, server, device } = await setUp(t);
  server.answerFile = (response, rest) => {
    response.writeHead(200, { 'Content-Length': rest.length });
    response.write(rest.subarray(0, 1_000));
  };
  const leaving = new AbortController();
  const { picture, isClosed } = givenPicture();
  const predicting = local.predict(picture, 0, leaving.signal);
  await becomes(local, 'preparing');
  leaving.abort(new Error('left'));
  await assert.rejects(predicting, /left/);
  assert.equal(isClosed(), true);
  assert.equal(local.readiness.kind, 'cold');
  assert.equal(device.store.getState().models.birds, undefined);
});

test('pictures that come at once are run one after another', async (t) => {
  const { local, sessions } = await setUp(t);
  const predicting = Promise.all([1, 2, 3].map(() => local.predict(givenPicture().picture, 0, never)));
  for (let answered = 0; answered < 3; answered += 1) await answerNext(sessions);
  await predicting;
  assert.equal(sessions.opened.length, 1);
});

test('a picture does not wait for the conditions of a download, unless a person chose this device', async (t) => {
  const { local, sessions, deviceConditions, device } = await setUp(t);
  deviceConditions.change({ saveData: true });
  const { picture, isClosed } = givenPicture();
  await assert.rejects(local.predict(picture, 0, never), /not on this device yet.*save-data/);
  assert.equal(isClosed(), true);
  assert.equal(local.readiness.kind, 'cold');
  local.prepare('all');
  await assert.rejects(local.predict(givenPicture().picture, 0, never), /save-data/);
  assert.equal(local.readiness.kind, 'preparing');
  device.setChosen(true);
  const predicting = local.predict(givenPicture().picture, 0, never);
  await answerNext(sessions);
  await predicting;
});

test('a changed score does not load again what failed; another model that is selected does', async (t) => {
  const { local, sessions, server } = await setUp(t);
  server.models = [givenModel('birds', '1'), givenModel('cars', '1')];
  sessions.failure = new DeviceError('memory', 'There is not enough memory for it.');
  local.configure({ model: 'birds', minScore: 0.5 });
  local.prepare('all');
  await becomes(local, 'unusable');
  const reported: string[] = [];
  local.onReadiness(({ kind }) => reported.push(kind));
  local.configure({ model: 'birds', minScore: 0.6 });
  assert.deepEqual(reported, []);
  local.configure({ model: 'cars', minScore: 0.6 });
  await becomes(local, 'ready');
  assert.deepEqual(reported, ['preparing', 'ready']);
});

test('a model that was removed stays away until it is chosen again', async (t) => {
  const { local, device, server } = await setUp(t);
  server.models = [givenModel('birds', '1'), givenModel('cars', '1')];
  local.configure({ model: 'birds' });
  local.prepare('all');
  await becomes(local, 'ready');
  await device.remove('birds');
  assert.equal(local.readiness.kind, 'unusable');
  local.prepare('all');
  await becomes(local, 'unusable');
  local.configure({ model: 'cars' });
  await becomes(local, 'ready');
  local.configure({ model: 'birds' });
  await modelBecomes(device, 'ready');
});

test('the primary model goes on while the worker of a secondary one is dead', async (t) => {
  const { local, sessions, server } = await setUp(t);
  server.models = [givenModel('birds', '1'), givenModel('cars', '1')];
  local.configure({ secondary: ['cars'] });
  local.start();
  await becomes(local, 'ready');
  const [birds, cars] = sessions.opened;
  assert(birds && cars);
  // The primary model comes first.
  const isLabelled = new Promise<void>((resolve) => {
    local.onLabels(() => setImmediate(resolve));
  });
  local.push({ picture: givenPicture().picture, capturedAtMs: 0 });
  await answerNext(sessions, () => birds);
  await isLabelled;
  // It fails at its first picture, and the next one takes its time.
  sessions.before = new Promise(() => {});
  const isDead = new Promise<void>((resolve) => {
    cars.run = () => {
      setImmediate(resolve);
      return Promise.reject(new DeviceError('failed', 'The worker has died.'));
    };
  });
  local.push({ picture: givenPicture().picture, capturedAtMs: 1 });
  await isDead;
  local.push({ picture: givenPicture().picture, capturedAtMs: 2 });
  assert.equal(birds.busy, true);
});
