import assert from 'node:assert/strict';
import test from 'node:test';
import { SILENT_LOG } from '../testing/silentLog.ts';
import { createWorkerSlot } from './workerSlot.ts';

test('a worker that is considered silent again while its replacement is being ended gets another replacement', async (t) => {
  let changed = () => {};
  const slot = createWorkerSlot({
    isWide: false,
    workerOptions: () => ({ models: [], widths: [1], startTimeoutMs: 60_000 }),
    log: SILENT_LOG,
    admit: () => true,
    blame: () => false,
    onReady: () => {},
    onLost: () => {},
    onChange: () => changed(),
  });
  t.after(async () => {
    slot.stop();
    const all = [...slot.workers];
    for (const { process } of all) process.kill('the test is over');
    await Promise.all(all.map(({ process }) => process.exited));
  });
  await slot.ready;
  const [first] = slot.workers;
  assert.ok(first);
  first.markSilent();
  const [, second] = slot.workers;
  assert.ok(second);
  assert.ok(first.markAlive(), 'it answered after all');
  first.markSilent();
  await second.process.exited;
  // The next one takes the slot of both.
  while (slot.workers[0] === first) {
    assert.ok(slot.workers.length === 2, 'it has no replacement');
    await new Promise<void>((resolve) => {
      changed = resolve;
    });
  }
  assert.equal(slot.workers[0]?.state, 'serving');
});
