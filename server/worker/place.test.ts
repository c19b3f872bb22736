import assert from 'node:assert/strict';
import test from 'node:test';
import { SILENT_LOG } from '../telemetry/log.ts';
import { createPlace } from './place.ts';

test('a worker that is doubted again while its successor is being ended gets another successor', async (t) => {
  let changed = () => {};
  const place = createPlace({
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
    place.stop();
    const all = [...place.members];
    for (const { process } of all) process.kill('the test is over');
    await Promise.all(all.map(({ process }) => process.exited));
  });
  await place.ready;
  const [first] = place.members;
  assert.ok(first);
  first.doubt();
  const [, second] = place.members;
  assert.ok(second);
  assert.ok(first.trust(), 'it answered after all');
  first.doubt();
  await second.process.exited;
  // The next one takes the place of both.
  while (place.members[0] === first) {
    assert.ok(place.members.length === 2, 'it has no successor');
    await new Promise<void>((resolve) => {
      changed = resolve;
    });
  }
  assert.equal(place.members[0]?.state, 'serving');
});
