import assert from 'node:assert/strict';
import test from 'node:test';
import type { SharedCamera } from '../../protocol/relay.ts';
import { INITIAL_WALL, MAX_TILES, shownCameras, type WallEvent, wallReducer } from './wallState.ts';

const cameras = (...numbers: number[]): SharedCamera[] =>
  numbers.map((camera) => ({ camera, state: 'shared' as const }));
const after = (...events: WallEvent[]) => events.reduce(wallReducer, INITIAL_WALL);
const shown = (state: ReturnType<typeof after>) => shownCameras(state).map(({ camera }) => camera);

test('all cameras are shown, up to sixteen; or the large one', () => {
  const many = cameras(...Array.from({ length: 20 }, (_, index) => index + 1));
  const all = after({ type: 'cameras', cameras: many });
  assert.equal(shown(all).length, MAX_TILES);
  assert.deepEqual(shown(wallReducer(all, { type: 'large', camera: 3 })), [3]);
});

test('nothing stays of a camera that is not shared any more', () => {
  const state = after(
    { type: 'cameras', cameras: cameras(1, 2) },
    { type: 'large', camera: 2 },
    { type: 'freeze', camera: 2, nowMs: 5 },
    { type: 'aspect', camera: 2, aspect: 1 },
    { type: 'cameras', cameras: cameras(1) },
  );
  assert.deepEqual(shown(state), [1]);
  assert.equal(state.chosen, undefined);
  assert.deepEqual([state.frozen.size, state.aspects.size], [0, 0]);
  // Another camera that gets its number is live.
  const next = wallReducer(state, { type: 'cameras', cameras: cameras(1, 2) });
  assert.equal(next.frozen.has(2), false);
});

test('a large camera that loses its tile to cameras of lower numbers is not large any more', () => {
  const high = Array.from({ length: MAX_TILES }, (_, index) => index + 10);
  const large = after({ type: 'cameras', cameras: cameras(...high) }, { type: 'large', camera: 25 });
  assert.deepEqual(shown(large), [25]);
  const more = wallReducer(large, { type: 'cameras', cameras: cameras(1, ...high) });
  assert.deepEqual([more.large, more.chosen, shown(more).length], [undefined, undefined, MAX_TILES]);
});

test('moving stops at the ends, and goes from large to large', () => {
  const start = after({ type: 'cameras', cameras: cameras(1, 4, 6) });
  const moved = (by: number, from = start) => wallReducer(from, { type: 'move', by });
  assert.equal(moved(1).chosen, 1);
  assert.equal(moved(1, moved(1)).chosen, 4);
  assert.equal(moved(9, moved(1)).chosen, 6);
  assert.equal(moved(-9, moved(1)).chosen, 1);
  const large = wallReducer(start, { type: 'large', camera: 4 });
  assert.deepEqual(shown(moved(1, large)), [6]);
  assert.equal(wallReducer(INITIAL_WALL, { type: 'move', by: 1 }), INITIAL_WALL);
});

test('a picture is frozen, and live again', () => {
  const frozen = after({ type: 'cameras', cameras: cameras(1) }, { type: 'freeze', camera: 1, nowMs: 7 });
  assert.equal(frozen.frozen.get(1), 7);
  assert.equal(wallReducer(frozen, { type: 'freeze', camera: 1, nowMs: 9 }).frozen.size, 0);
});
