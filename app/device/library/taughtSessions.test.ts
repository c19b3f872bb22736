import assert from 'node:assert/strict';
import test from 'node:test';
import { thingCalled } from '../../../vision/testing/thingCalled.ts';
import { learnHead } from '../../../vision/things/head.ts';
import { DeviceError, type DeviceSession } from '../runtime/deviceSession.ts';
import { createDeviceHeads } from './deviceHeads.ts';
import type { DeviceSessions } from './deviceSessions.ts';
import { withTaught } from './taughtSessions.ts';

const never = new AbortController().signal;
const NO_HEADS = { headOf: () => undefined, load: async () => {}, onChange: () => () => {} };
const headOf = (...names: string[]) => learnHead(names.map(thingCalled));

/** Sessions that say what is asked of them. */
function device() {
  const asked: string[] = [];
  let replaced: Parameters<DeviceSessions['onReplaced']>[0] = () => {};
  let lost: Parameters<DeviceSessions['onLost']>[0] = () => {};
  let isBroken = false;
  const session = (id: string) => ({ info: { id }, model: { version: 'v1' } }) as DeviceSession;
  const inner: DeviceSessions = {
    async open(id) {
      asked.push(`open ${id}`);
      if (isBroken) throw new DeviceError('unreachable', 'away');
      return session(id ?? 'first');
    },
    release: (id) => asked.push(`release ${id}`),
    choose: (ids) => asked.push(`choose ${ids}`),
    onReplaced(listener) {
      replaced = listener;
      return () => {};
    },
    onLost(listener) {
      lost = listener;
      return () => {};
    },
  };
  return {
    inner,
    asked,
    replace: (id: string) => replaced(id, session(id)),
    lose: (id: string) => lost(id, new DeviceError('memory', 'full')),
    break: () => {
      isBroken = true;
    },
  };
}

test('all collections run in the one model of things, which is given back when none is in use', async () => {
  const { inner, asked } = device();
  const sessions = withTaught(inner, NO_HEADS);
  const shelf = await sessions.open('things:shelf', never);
  const desk = await sessions.open('things:desk', never);
  assert.deepEqual([shelf.info.id, desk.info.id], ['things:shelf', 'things:desk']);
  sessions.release('things:shelf');
  sessions.release('things:desk');
  sessions.release('birds');
  sessions.choose(['things:shelf', 'things:desk', 'birds']);
  assert.deepEqual(asked, [
    'open things',
    'open things',
    'release things',
    'release birds',
    'choose things,birds',
  ]);
});

test('what was learned by another version of the model than this device has names nothing here', async () => {
  const heads = createDeviceHeads({ server: 'http://127.0.0.1:9', token: () => undefined });
  const session = await withTaught(device().inner, heads).open('things:@mine', never);
  await heads.changed('@mine', { ...headOf('mug'), version: 'v2' });
  assert.equal(session.taught?.(), undefined);
  assert.deepEqual(session.info.labels, []);
  await heads.changed('@mine', { ...headOf('mug'), version: 'v1' });
  assert.deepEqual(session.info.labels, ['mug']);
});

test('what was taught of a collection comes with its session; other models have none', async () => {
  const heads = createDeviceHeads({ server: 'http://127.0.0.1:9', token: () => undefined });
  const sessions = withTaught(device().inner, heads);
  const told: string[] = [];
  sessions.onReplaced((id, { info }) => told.push(`${id}: ${info.labels}`));
  await heads.changed('@mine', headOf('mug'));
  const session = await sessions.open('things:@mine', never);
  assert.deepEqual(session.info.labels, ['mug']);
  assert.deepEqual(told, [], 'nothing was in use');
  const next = headOf('mug', 'pen');
  await heads.changed('@mine', next);
  assert.equal(session.taught?.(), next);
  assert.deepEqual(told, ['things:@mine: mug,pen']);
  sessions.release('things:@mine');
  await heads.changed('@mine', headOf());
  assert.equal(told.length, 1);
  assert.equal((await sessions.open('birds', never)).taught, undefined);
  assert.equal((await sessions.open(undefined, never)).info.id, 'first');
});

test('what another model compares is not opened here, and is lost where that one is chosen later', async () => {
  const heads = createDeviceHeads({ server: 'http://127.0.0.1:9', token: () => undefined });
  const { inner, asked } = device();
  const sessions = withTaught(inner, heads);
  const lost: string[] = [];
  sessions.onLost((id, why) => lost.push(`${id}: ${why.message}`));
  const ofOther = { ...headOf('mug'), embedder: { model: 'clip', background: new Float32Array(4) } };
  await heads.changed('@mine', ofOther);
  await assert.rejects(sessions.open('things:@mine', never), /"clip"/);
  assert.equal(asked.at(-1), 'release things');
  await heads.changed('@mine', headOf('mug'));
  await sessions.open('things:@mine', never);
  await heads.changed('@mine', ofOther);
  assert.equal(lost.length, 1);
  assert.match(lost[0] ?? '', /^things:@mine: .*"clip"/);
});

test('a worker that is replaced or lost is that of each collection in use', async () => {
  const { inner, replace, lose, ...faults } = device();
  const sessions = withTaught(inner, NO_HEADS);
  const told: string[] = [];
  sessions.onReplaced((id, { info }) => told.push(`replaced ${id} ${info.id}`));
  sessions.onLost((id, { code }) => told.push(`lost ${id} ${code}`));
  await sessions.open('things:a', never);
  await sessions.open('things:b', never);
  replace('things');
  replace('birds');
  sessions.release('things:a');
  lose('things');
  lose('birds');
  assert.deepEqual(told, [
    'replaced things:a things:a',
    'replaced things:b things:b',
    'replaced birds birds',
    'lost things:b memory',
    'lost birds memory',
  ]);
  faults.break();
  await assert.rejects(sessions.open('things:c', never), { code: 'unreachable' });
  told.length = 0;
  replace('things');
  assert.deepEqual(told, ['replaced things:b things:b'], 'what was never open is not in use');
});
