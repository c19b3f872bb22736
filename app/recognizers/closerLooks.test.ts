import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Box } from '../../vision/geometry.ts';
import { CloserLooks } from './closerLooks.ts';

test('a part that no one took does not count as shown, and comes again', () => {
  const parts: readonly Box[] = [
    [0, 0, 0.5, 0.5],
    [0.5, 0, 0.5, 0.5],
  ];
  const closer = new CloserLooks();
  const next = () =>
    closer.sent(
      closer.next(() => [...parts]),
      0,
    ).look;
  closer.labelled(next());
  const look = next();
  assert.deepEqual([look.part, closer.shownParts], [parts[0], 1]);
  closer.dropped(look);
  assert.equal(closer.shownParts, 0);
  assert.deepEqual([next().part, next().part, next().part], [parts[1], parts[0], undefined]);
  assert.equal(closer.shownParts, 2);
});
