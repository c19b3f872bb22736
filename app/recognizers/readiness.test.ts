import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { givenModel, StandInSession } from '../device/library/deviceFixtures.ts';
import type { DeviceSessions } from '../device/library/deviceSessions.ts';
import type { DeviceSession } from '../device/runtime/deviceSession.ts';
import { createLocalRecognizer } from './localRecognizer.ts';

/** A recognizer over a device whose model is opened, replaced and made to wait as a test says. */
function open(t: TestContext) {
  let replace: (modelId: string, session: DeviceSession) => void = () => {};
  let wait: (why: string | undefined) => void = () => {};
  let give: (session: DeviceSession) => void = () => {};
  const device: DeviceSessions = {
    open: (_modelId, _signal, onWaiting = () => {}) => {
      wait = onWaiting;
      return new Promise((resolve) => {
        give = resolve;
      });
    },
    onReplaced(listener) {
      replace = listener;
      return () => {};
    },
    onLost: () => () => {},
    choose() {},
    release() {},
  };
  // It is asked what it tells of battery and network, which is nothing here.
  Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  const local = createLocalRecognizer({ device });
  t.after(() => {
    local.close();
    Reflect.deleteProperty(globalThis, 'navigator');
  });
  return {
    local,
    wait: (why: string | undefined) => wait(why),
    give: (session: DeviceSession) => give(session),
    replace: (session: DeviceSession) => replace(session.info.id, session),
  };
}

test('a download that waits for a condition says for which, until it goes on', async (t) => {
  const { local, wait, give } = open(t);
  const reported: string[] = [];
  const isReady = new Promise<void>((resolve) => {
    local.onReadiness((readiness) => {
      reported.push('why' in readiness ? `${readiness.kind}: ${readiness.why}` : readiness.kind);
      if (readiness.kind === 'ready') resolve();
    });
  });
  local.prepare('all');
  // It is opened when what was opened before has been given back.
  await Promise.resolve();
  wait('Waits until the device is charging.');
  assert.deepEqual(local.readiness, { kind: 'preparing', why: 'Waits until the device is charging.' });
  wait(undefined);
  give(new StandInSession(givenModel('birds', '1').model, true));
  await isReady;
  assert.deepEqual(reported, [
    'preparing: undefined',
    'preparing: Waits until the device is charging.',
    'preparing: undefined',
    'ready',
  ]);
});

test('a new version begins with what was measured when it was opened, not with the times of the one before', async (t) => {
  const { local, give, replace } = open(t);
  const [one, two] = ['1', '2'].map(
    (version) => new StandInSession(givenModel('birds', version).model, true),
  );
  assert(one && two);
  const isReady = new Promise((resolve) => local.onState(({ kind }) => kind === 'ready' && resolve(true)));
  local.start();
  await Promise.resolve();
  give(one);
  await isReady;
  for (let frame = 0; frame < 4; frame += 1) {
    const isLabelled = new Promise<void>((resolve) => {
      const off = local.onLabels(() => {
        off();
        resolve();
      });
    });
    const startedAtMs = performance.now();
    local.push({ picture: { width: 8, height: 8, close() {} }, capturedAtMs: startedAtMs });
    while (performance.now() - startedAtMs < 5) await new Promise((resolve) => setImmediate(resolve));
    one.endRun?.();
    await isLabelled;
  }
  assert.ok((local.answerMs ?? 0) >= 5);
  replace(one);
  assert.ok((local.answerMs ?? 0) >= 5, 'another worker of the same version');
  replace(two);
  assert.equal(local.answerMs, two.provider.inferMs);
});
