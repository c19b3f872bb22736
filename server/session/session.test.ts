import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { encodeFrame } from '../../protocol/frame.ts';
import { createAccess } from '../access/adminRight.ts';
import { readConfig } from '../config/config.ts';
import { openSnapshots } from '../library/snapshots.ts';
import { createUsageLimits } from '../limits/usageLimits.ts';
import { createMemoryFrameQueue } from '../queue/memoryFrameQueue.ts';
import { findModels } from '../serving/foundModels.ts';
import { createModelRegistry } from '../serving/registry.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { SILENT_LOG } from '../testing/silentLog.ts';
import { createResumeTokens } from './resumeToken.ts';
import { createSession } from './session.ts';

test('an internal error ends the session that met it with internal, and nothing else', async (t) => {
  const config = readConfig({}, { root: process.cwd() });
  const snapshots = await openSnapshots();
  t.after(() => snapshots.close());
  const found = await findModels({ ...config.models, modelsDir: config.modelsDir, snapshots }, SILENT_LOG);
  const loaded = found.folders.map(({ manifest, version }) => {
    const cost = {
      inferMs: 1,
      memoryBytes: 1,
      largestDifference: 0,
      recordedBy: undefined,
      answers: new Map(),
    };
    return { id: manifest.id, version, ok: true as const, ...cost };
  });
  const unused = async () => assert.fail('no model changes here');
  const pool = { ready: Promise.resolve(loaded), prove: unused, adopt: unused, remove() {}, abandon() {} };
  const models = createModelRegistry({
    ...config.models,
    modelsDir: config.modelsDir,
    found,
    pool,
    snapshots,
    log: SILENT_LOG,
    nowMs: () => 0,
  });
  await models.ready;
  const queue = createMemoryFrameQueue({ maxAgeMs: 1_000, refreshMs: 100, nowMs: () => 0 });
  const closes = new EventTarget();
  const told = new EventTarget();
  const access = createAccess({
    ...config,
    secret: Buffer.alloc(32),
    instance: '',
    now: () => 0,
  });
  const session = createSession(
    's1',
    {
      send: (text) => told.dispatchEvent(new Event(JSON.parse(text).type)),
      close: (code, reason) => closes.dispatchEvent(new CustomEvent('close', { detail: { code, reason } })),
      unreadBytes: 0,
      isHere: true,
      address: '192.0.2.1',
    },
    {
      ...config,
      access: { callerWith: access.callerWith },
      usage: createUsageLimits(config.limits, () => 0),
      resumeTokens: createResumeTokens('a secret of this test'),
      models,
      queue: { ...queue, submit: () => Promise.reject(new Error('a fault')) },
      metrics: createMetrics({ workers: () => [], models: () => [], waitingFrames: () => 0, maxSessions: 1 }),
      log: SILENT_LOG,
      nowMs: () => 0,
    },
  );
  const closed = once(closes, 'close');
  const welcomed = once(told, 'welcome');
  session.onMessage(Buffer.from('{"type":"hello"}'), false);
  await welcomed;
  session.onMessage(encodeFrame({ seq: 1, capturedAtMs: 0, format: 'jpeg', image: Uint8Array.of(1) }), true);
  const [event] = await closed;
  assert.deepEqual(event.detail, { code: 1011, reason: 'internal' });
});
