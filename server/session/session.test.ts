import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { encodeFrame } from '../../protocol/frame.ts';
import { readConfig } from '../config.ts';
import { openModelRegistry } from '../models/registry.ts';
import { createMemoryFrameQueue } from '../queue/memoryFrameQueue.ts';
import { SILENT_LOG } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createResumeTokens } from './resumeToken.ts';
import { createSession } from './session.ts';

test('a fault of ours ends the session that met it with internal, and nothing else', async () => {
  const config = readConfig({}, { root: process.cwd() });
  const models = await openModelRegistry(config.modelsDir, SILENT_LOG);
  models.settle(models.folders.map(({ manifest }) => ({ id: manifest.id, ok: true })));
  const queue = createMemoryFrameQueue({ maxAgeMs: 1_000, refreshMs: 100, nowMs: () => 0 });
  const closes = new EventTarget();
  const session = createSession(
    's1',
    {
      send: () => {},
      close: (code, reason) => closes.dispatchEvent(new CustomEvent('close', { detail: { code, reason } })),
      unreadBytes: 0,
    },
    {
      ...config,
      token: undefined,
      resumeTokens: createResumeTokens('a secret of this test'),
      models,
      queue: { ...queue, submit: () => Promise.reject(new Error('a fault')) },
      metrics: createMetrics({ liveWorkers: () => 0, waitingFrames: () => 0 }),
      log: SILENT_LOG,
      nowMs: () => 0,
    },
  );
  const closed = once(closes, 'close');
  session.onMessage(Buffer.from('{"type":"hello"}'), false);
  session.onMessage(encodeFrame({ seq: 1, capturedAtMs: 0, format: 'jpeg', image: Uint8Array.of(1) }), true);
  const [event] = await closed;
  assert.deepEqual(event.detail, { code: 1011, reason: 'internal' });
});
