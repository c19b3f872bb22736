import assert from 'node:assert/strict';
import test from 'node:test';
import { hideNamesBelow, type NamesState, NO_NAMES, nameFrame, shownNames } from './names.ts';

const OPTIONS = { minScore: 0.5 };
const FRAME_MS = 33;

/** Frames one after the other, each the scores of its names. */
function see(frames: Record<string, number>[], from: NamesState = NO_NAMES): NamesState {
  return frames.reduce<NamesState>((state, scores, i) => {
    const seen = Object.entries(scores).map(([label, score]) => ({ label, score }));
    const atMs = (from.atMs === Number.NEGATIVE_INFINITY ? 0 : from.atMs) + (i + 1) * FRAME_MS;
    return nameFrame(state, seen, atMs, OPTIONS);
  }, from);
}
const shown = (state: NamesState) => shownNames(state).map(({ label }) => label);

test('the first frame is believed at once', () => {
  const [name, ...others] = shownNames(see([{ rose: 0.9, tulip: 0.1 }]));
  assert.deepEqual(name, { id: 1, label: 'rose', score: 0.9 });
  assert.deepEqual(others, []);
});

test('one odd frame neither hides a name nor shows another', () => {
  const state = see([{ rose: 0.9 }, { rose: 0.9 }, { tulip: 0.9 }, { rose: 0.9 }]);
  assert.deepEqual(shown(state), ['rose']);
});

test('a change is followed within half a second, and a name that comes back soon has its id again', () => {
  const roses = see([{ rose: 0.9 }]);
  const tulips = see(Array(15).fill({ tulip: 0.95, rose: 0.05 }), roses);
  assert.deepEqual(shown(tulips), ['tulip']);
  const again = see(Array(15).fill({ rose: 0.95 }), tulips);
  assert.deepEqual(shown(again), ['rose']);
  assert.equal(shownNames(again)[0]?.id, 1);
});

test('a score that wavers around the limit neither shows nor hides the name again and again', () => {
  let state = see([{ rose: 0.55 }]);
  const seen = new Set<string>();
  for (let i = 0; i < 60; i++) {
    state = see([{ rose: i % 2 === 0 ? 0.45 : 0.56 }], state);
    seen.add(shown(state).join());
  }
  assert.deepEqual([...seen], ['rose']);
});

test('a name below the limit stays for a second at most, and is never shown with less than the limit', () => {
  let state = see([{ rose: 0.55 }]);
  let shownMs = 0;
  for (let i = 0; i < 60; i++) {
    state = see([{ rose: 0.45 }], state);
    for (const { score } of shownNames(state)) assert.ok(score >= OPTIONS.minScore, `shown with ${score}`);
    if (shown(state).length > 0) shownMs += FRAME_MS;
  }
  assert.ok(shownMs > 500 && shownMs < 1_300, `${shownMs} ms`);
  assert.deepEqual(shown(state), []);
});

test('a limit that is raised hides names below it at once', () => {
  const state = see([{ rose: 0.6 }, { rose: 0.6 }]);
  assert.deepEqual(shown(hideNamesBelow(state, 0.7)), []);
  assert.deepEqual(shown(hideNamesBelow(state, 0.6)), ['rose']);
});

test('several names hold at once, best first, three at most', () => {
  const state = see([{ a: 0.6, b: 0.9, c: 0.7, d: 0.8 }]);
  assert.deepEqual(shown(state), ['b', 'd', 'c']);
});

test('a name that stands twice in the labels is shown once, with the better score', () => {
  const seen = [
    { label: 'crane', score: 0.9 },
    { label: 'crane', score: 0.05 },
  ];
  const state = nameFrame(nameFrame(NO_NAMES, seen, 33, OPTIONS), seen, 66, OPTIONS);
  assert.deepEqual(shownNames(state), [{ id: 1, label: 'crane', score: 0.9 }]);
});

test('after a break nothing from before it is shown', () => {
  const before = see([{ rose: 0.9 }]);
  const after = nameFrame(before, [{ label: 'tulip', score: 0.8 }], before.atMs + 10_000, OPTIONS);
  assert.deepEqual(shown(after), ['tulip']);
});
