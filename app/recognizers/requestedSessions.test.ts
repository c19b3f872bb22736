import assert from 'node:assert/strict';
import { test } from 'node:test';
import { givenModel, StandInSession } from '../device/library/deviceFixtures.ts';
import type { DeviceSessions } from '../device/library/deviceSessions.ts';
import { DeviceError, type DeviceSession } from '../device/runtime/deviceSession.ts';
import { RequestedSessions } from './requestedSessions.ts';

const never = new AbortController().signal;
const session = (id: string, version = '1') => new StandInSession(givenModel(id, version).model, true);

/** Opens models when a test says so. */
class StandInDevice implements DeviceSessions {
  readonly released: string[] = [];
  readonly #opening: { readonly id: string; resolve(session: DeviceSession): void }[] = [];
  replace: Parameters<DeviceSessions['onReplaced']>[0] = () => {};
  lose: Parameters<DeviceSessions['onLost']>[0] = () => {};

  open(id = 'birds', signal: AbortSignal): Promise<DeviceSession> {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
      this.#opening.push({ id, resolve });
    });
  }

  onReplaced(listener: typeof this.replace): () => void {
    this.replace = listener;
    return () => {};
  }

  onLost(listener: typeof this.lose): () => void {
    this.lose = listener;
    return () => {};
  }

  choose(): void {}

  release(id: string): void {
    this.released.push(id);
  }

  /** Resolves the opening that is asked for next. */
  async give(opened: DeviceSession): Promise<void> {
    for (;;) {
      const next = this.#opening.shift();
      if (next) {
        assert.equal(next.id, opened.info.id);
        next.resolve(opened);
        // What waits for it goes on.
        await new Promise(setImmediate);
        return;
      }
      await new Promise(setImmediate);
    }
  }
}

function setUp() {
  const device = new StandInDevice();
  const requested = new RequestedSessions(device, { onChange() {}, onModelLost() {} });
  return { device, requested };
}

test('a version that takes over while secondary models are opened is the one in use', async () => {
  const { device, requested } = setUp();
  requested.ask({ model: 'birds', secondary: ['cars'] });
  await device.give(session('birds'));
  const next = session('birds', '2');
  device.replace('birds', next);
  await device.give(session('cars'));
  assert.equal(await requested.whenOpen(never), next);
  assert.deepEqual(
    requested.sessions.map(({ info }) => `${info.id} ${info.version}`),
    ['birds 2', 'cars 1'],
  );
});

test('a primary model that is lost while secondary ones are opened is reported as lost', async () => {
  const { device, requested } = setUp();
  requested.ask({ model: 'birds', secondary: ['cars'] });
  await device.give(session('birds'));
  device.lose('birds', new DeviceError('failed', 'The worker has died.'));
  await assert.rejects(requested.whenOpen(never), /died/);
  assert.equal(requested.state.kind, 'failed');
});

test('a secondary model that is lost while it opens is left out', async () => {
  const { device, requested } = setUp();
  requested.ask({ model: 'birds', secondary: ['cars', 'trees'] });
  await device.give(session('birds'));
  await device.give(session('cars'));
  device.lose('cars', new DeviceError('failed', 'The worker has died.'));
  await device.give(session('trees'));
  await requested.whenOpen(never);
  assert.deepEqual(
    requested.sessions.map(({ info }) => info.id),
    ['birds', 'trees'],
  );
});

test('what is asked for again right after it was dropped is not given back', async () => {
  const { device, requested } = setUp();
  requested.ask({ model: 'birds', secondary: ['cars'] });
  await device.give(session('birds'));
  requested.drop();
  requested.ask({ model: 'birds', secondary: ['cars'] });
  assert.deepEqual(device.released, []);
  const opening = device.open;
  device.open = (id, signal) => {
    assert.deepEqual(device.released, ['birds'], 'what the first had opened is given back before');
    device.open = opening;
    return opening.call(device, id, signal);
  };
  await new Promise(setImmediate);
  requested.close();
  assert.deepEqual(device.released, ['birds']);
});
