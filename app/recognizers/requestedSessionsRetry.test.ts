import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { givenModel, StandInSession } from '../device/library/deviceFixtures.ts';
import type { DeviceSessions } from '../device/library/deviceSessions.ts';
import { DeviceError, type DeviceSession } from '../device/runtime/deviceSession.ts';
import { RequestedSessions } from './requestedSessions.ts';

const birds = givenModel('birds', '1').model;
const away = new DeviceError('unreachable', 'The server did not answer.');

/** A device whose models fail, until they do not. */
function givenDevice(t: TestContext, retryDelayMs: number) {
  const replacedListeners = new Set<(modelId: string, session: DeviceSession) => void>();
  const given = { failure: away as DeviceError | undefined, asked: 0 };
  const device: DeviceSessions = {
    async open() {
      given.asked += 1;
      if (given.failure) throw given.failure;
      return new StandInSession(birds, true);
    },
    onReplaced(listener) {
      replacedListeners.add(listener);
      return () => replacedListeners.delete(listener);
    },
    onLost: () => () => {},
    choose() {},
    release() {},
  };
  const listeners = new Set<() => void>();
  const kinds: string[] = [];
  const requested = new RequestedSessions(
    device,
    {
      onChange() {
        kinds.push(requested.state.kind);
        for (const listener of listeners) listener();
      },
      onModelLost() {},
    },
    () => retryDelayMs,
  );
  t.after(() => requested.close());
  const becomes = (kind: string) =>
    new Promise<void>((resolve) => {
      const check = () => requested.state.kind === kind && resolve();
      listeners.add(check);
      check();
    });
  const announceReady = () => {
    for (const listener of replacedListeners) listener('birds', new StandInSession(birds, true));
  };
  return { given, requested, kinds, becomes, announceReady };
}

test('what failed because the server was away is requested again, and only changes are reported', async (t) => {
  const { given, requested, kinds, becomes } = givenDevice(t, 1);
  requested.ask({ model: 'birds' });
  await becomes('failed');
  while (given.asked < 3) await new Promise(setImmediate);
  given.failure = undefined;
  await becomes('open');
  assert.deepEqual([...new Set(kinds)], ['opening', 'failed', 'open']);
  assert.equal(requested.sessions[0]?.info.id, 'birds');
});

test('what was dropped is not asked for again', async (t) => {
  const { given, requested, becomes } = givenDevice(t, 0);
  requested.ask({ model: 'birds' });
  await becomes('failed');
  requested.drop();
  const { asked } = given;
  // A timer that is due later than the previous one.
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(given.asked, asked);
});

test('a model that works again is asked for, whatever had failed', async (t) => {
  const { given, requested, becomes, announceReady } = givenDevice(t, 60_000);
  given.failure = new DeviceError('failed', 'Unproven.');
  requested.ask({ model: 'birds' });
  await becomes('failed');
  given.failure = undefined;
  announceReady();
  await becomes('open');
});

test('when the browser is online again, what the server had failed to give is asked for at once', async (t) => {
  const page = new EventTarget();
  Object.defineProperty(globalThis, 'window', { value: page });
  const { given, requested, becomes } = givenDevice(t, 60_000);
  requested.ask({});
  await becomes('failed');
  given.failure = undefined;
  page.dispatchEvent(new Event('online'));
  await becomes('open');
});
