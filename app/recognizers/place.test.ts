import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextMode, PLACE_MODES } from './place.ts';

test('one position after the other, and round again', () => {
  const [first] = PLACE_MODES;
  assert.deepEqual(
    PLACE_MODES.map((mode) => nextMode(mode)),
    [...PLACE_MODES.slice(1), first],
  );
});
