import assert from 'node:assert/strict';
import test from 'node:test';
import { readConfig } from '../config/config.ts';
import { createUsageLimits } from '../limits/usageLimits.ts';
import { SILENT_LOG } from '../testing/silentLog.ts';
import { RelayHub } from './relayHub.ts';
import { createRelaySession } from './relaySession.ts';

test('C10: a client that pings and never reads is ended: the answers to its pings are unread, too', () => {
  const { limits } = readConfig({}, { root: process.cwd() });
  const closes: string[] = [];
  let unreadBytes = 0;
  const session = createRelaySession(
    's1',
    {
      send: () => {},
      sendBytes: () => {},
      close: (_, reason) => closes.push(reason),
      get unreadBytes() {
        return unreadBytes;
      },
      isHere: true,
      address: '192.0.2.1',
    },
    {
      hub: new RelayHub({
        maxCameras: 1,
        maxCamerasPerAddress: 1,
        maxScreens: 1,
        maxScreensPerAddress: 1,
        keepLostMs: 1,
      }),
      limits,
      access: { callerWith: () => assert.fail('no one greets here') },
      usage: createUsageLimits(limits, () => 0),
      metrics: { relayed() {} },
      log: SILENT_LOG,
      nowMs: () => 0,
    },
    () => {},
  );
  session.onPing();
  assert.deepEqual(closes, []);
  unreadBytes = 1 << 20;
  session.onPing();
  assert.deepEqual(closes, ['slow_reader']);
});
