import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { type Box, iou } from './geometry.ts';
import { boxOfQuad, type Quad, turnedQuad } from './quad.ts';
import {
  type Detection,
  EMPTY_TRACKER,
  hideBelow,
  seedTracker,
  shownTracks,
  type TrackerState,
  track,
} from './tracker.ts';

const OPTIONS = { minScore: 0.5 };
const at = (label: string, box: Box, score = 0.8): Detection & { box: Box } => ({ label, score, box });

/** Runs frames at a steady rate; each frame is its detections. */
function run(
  frames: readonly (readonly (Detection & { box: Box })[])[],
  frameMs = 50,
  start: TrackerState = EMPTY_TRACKER,
  startMs = 0,
) {
  const shown: ReturnType<typeof shownTracks>[] = [];
  let state = start;
  frames.forEach((detections, index) => {
    state = track(state, detections, startMs + index * frameMs, OPTIONS);
    shown.push(shownTracks(state));
  });
  return { state, shown };
}

/** The same random numbers every time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

test('what the first frame shows is shown at once', () => {
  const { shown } = run([[at('cat', [0.25, 0.25, 0.5, 0.5])]]);
  assert.deepEqual(shown, [[{ id: 1, label: 'cat', score: 0.8, box: [0.25, 0.25, 0.5, 0.5] }]]);
});

test('later, what a single frame shows is noise', () => {
  const cat = at('cat', [0.6, 0.6, 0.3, 0.3]);
  const { shown } = run([[cat], [cat], [cat, at('cup', [0.2, 0.2, 0.2, 0.2])], [cat], [cat], [cat]]);
  for (const things of shown) {
    assert.deepEqual(
      things.map((thing) => thing.label),
      ['cat'],
    );
  }
});

test('a new thing with a score that noise does not have is shown at once', () => {
  const cat = at('cat', [0.6, 0.6, 0.3, 0.3]);
  const { shown } = run([[cat], [cat], [cat, at('cup', [0.2, 0.2, 0.2, 0.2], 0.9)]]);
  assert.deepEqual(
    shown.at(-1)?.map(({ label }) => label),
    ['cat', 'cup'],
  );
});

test('a thing keeps its id over a pan of 5 s, at 20 and at 4 labels a second', () => {
  for (const frameMs of [50, 250]) {
    const frames = Array.from({ length: 5_000 / frameMs }, (_, i) => {
      const x = 0.6 * ((i * frameMs) / 5_000);
      return [at('cat', [x, 0.3, 0.35, 0.4])];
    });
    const { shown } = run(frames, frameMs);
    assert.deepEqual(new Set(shown.flat().map((thing) => thing.id)), new Set([1]));
  }
});

test('a fast thing keeps its id when its boxes do not touch', () => {
  const frames = Array.from({ length: 6 }, (_, i) => [at('car', [0.02 + i * 0.12, 0.4, 0.1, 0.1])]);
  const { shown } = run(frames, 100);
  assert.deepEqual(
    shown.at(-1)?.map((thing) => thing.id),
    [1],
  );
});

test('two things that pass each other keep their ids', () => {
  const frames = Array.from({ length: 40 }, (_, i) => [
    at('person', [0.02 * i, 0.3, 0.15, 0.5]),
    at('dog', [0.8 - 0.02 * i, 0.5, 0.2, 0.25]),
  ]);
  const { shown } = run(frames);
  for (const things of shown) {
    assert.deepEqual(
      things.map((thing) => `${thing.id} ${thing.label}`),
      ['1 person', '2 dog'],
    );
  }
});

test('labels do not flicker when the score swings around the limit and frames are missed', () => {
  const random = seeded(7);
  const frames = Array.from({ length: 200 }, (_, i) =>
    i > 0 && random() < 0.2 ? [] : [at('cup', [0.4, 0.4, 0.2, 0.2], i === 0 ? 0.6 : 0.35 + 0.3 * random())],
  );
  const { shown } = run(frames);
  for (const things of shown)
    assert.deepEqual(
      things.map((thing) => thing.id),
      [1],
    );
});

test('nothing is ever shown with a score below the limit, whatever the scores, the limits and the gaps', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          scores: fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { maxLength: 3 }),
          limit: fc.option(fc.constantFrom(0.2, 0.3, 0.5, 0.8), { nil: undefined, freq: 5 }),
          frameMs: fc.constantFrom(33, 100, 400, 900),
        }),
        { maxLength: 60 },
      ),
      (frames) => {
        let [state, minScore, nowMs] = [EMPTY_TRACKER, 0.3, 0];
        for (const { scores, limit, frameMs } of frames) {
          if (limit !== undefined) {
            minScore = limit;
            state = hideBelow(state, minScore);
          }
          nowMs += frameMs;
          const things = scores.map((score, i) => at('person', [0.3 * i, 0.2, 0.25, 0.6], score));
          state = track(state, things, nowMs, { minScore });
          for (const { score } of shownTracks(state)) assert.ok(score >= minScore, `${score} at ${minScore}`);
        }
      },
    ),
  );
});

test('a thing that is seen below the limit stays for a second, goes with its box, and keeps the score it had', () => {
  const sure = [at('cat', [0.1, 0.3, 0.3, 0.4], 0.6), at('cat', [0.1, 0.3, 0.3, 0.4], 0.6)];
  const unsure = Array.from({ length: 30 }, (_, i) => at('cat', [0.1 + 0.01 * i, 0.3, 0.3, 0.4], 0.4));
  const { shown } = run([...sure, ...unsure].map((thing) => [thing]));
  const kept = shown.slice(2).filter((things) => things.length > 0);
  assert.equal(kept.length, 20, '1,000 ms in frames of 50 ms');
  for (const [thing] of kept) assert.ok(Math.abs((thing?.score ?? 0) - 0.6) < 1e-9);
  assert.ok((kept.at(-1)?.[0]?.box[0] ?? 0) > 0.25, 'its box has moved');
});

test('the shown name does not change for one frame that says otherwise, and does when all agree', () => {
  const box: Box = [0.3, 0.3, 0.4, 0.4];
  const cats = Array.from({ length: 5 }, () => [at('cat', box)]);
  const dogs = Array.from({ length: 12 }, () => [at('dog', box)]);
  const { shown } = run([...cats, [at('dog', box)], ...cats, ...dogs]);
  const names = shown.map((things) => things[0]?.label);
  assert.deepEqual(new Set(names.slice(0, 11)), new Set(['cat']));
  assert.equal(names.at(-1), 'dog');
  assert.deepEqual(new Set(shown.flat().map((thing) => thing.id)), new Set([1]));
});

test('a box at rest is steadier than its measurements, and a moving one does not fall behind', () => {
  const random = seeded(3);
  const noise = () => (random() - 0.5) * 0.02;
  const still = run(Array.from({ length: 100 }, () => [at('cup', [0.4 + noise(), 0.4 + noise(), 0.2, 0.2])]));
  const xs = still.shown.slice(20).map((things) => things[0]?.box[0] ?? 0);
  assert.ok(Math.max(...xs) - Math.min(...xs) < 0.012, 'at rest');

  const moving = run(Array.from({ length: 60 }, (_, i) => [at('cup', [0.01 * i, 0.4, 0.2, 0.2])]));
  moving.shown.slice(10).forEach((things, i) => {
    const box = things[0]?.box ?? [0, 0, 0, 0];
    assert.ok(iou(box, [0.01 * (i + 10), 0.4, 0.2, 0.2]) > 0.85, `in motion, frame ${i}: ${box}`);
  });
});

test('a thing that is gone goes after the hold time, and has its id again when it is back soon', () => {
  const box: Box = [0.3, 0.3, 0.4, 0.4];
  const here = Array.from({ length: 10 }, () => [at('cat', box)]);
  const gone = Array.from({ length: 16 }, () => []);
  const { shown } = run([...here, ...gone, ...here]);
  assert.equal(shown[10 + 7]?.length, 1, 'still held after 400 ms');
  assert.equal(shown[10 + 9]?.length, 0, 'gone after 500 ms');
  assert.deepEqual(
    shown.at(-1)?.map((thing) => thing.id),
    [1],
  );
});

test('another thing in the place of one that is gone is shown under its own name', () => {
  const box: Box = [0.3, 0.3, 0.4, 0.4];
  const cats = Array.from({ length: 10 }, () => [at('cat', box)]);
  const gone = Array.from({ length: 12 }, () => []);
  const dogs = Array.from({ length: 6 }, () => [at('dog', box)]);
  const { shown } = run([...cats, ...gone, ...dogs]);
  const names = shown.slice(cats.length + gone.length).flatMap((things) => things.map(({ label }) => label));
  assert.ok(names.length > 0);
  assert.deepEqual(new Set(names), new Set(['dog']));
});

test('ids are not given twice', () => {
  const box: Box = [0.3, 0.3, 0.4, 0.4];
  const first = run(Array.from({ length: 3 }, () => [at('cat', box)]));
  const later = run(
    Array.from({ length: 3 }, () => [at('cup', box)]),
    50,
    first.state,
    60_000,
  );
  assert.deepEqual(
    later.shown.at(-1)?.map((thing) => thing.id),
    [2],
  );
});

test('a limit that is raised hides what is below it, and lowered shows it again', () => {
  const cat = at('cat', [0.1, 0.1, 0.4, 0.4], 0.75);
  const { state } = run([[cat], [cat]]);
  const raised = track(hideBelow(state, 0.8), [cat], 100, { minScore: 0.8 });
  assert.deepEqual(shownTracks(raised), []);
  const lowered = track(hideBelow(raised, 0.5), [cat], 150, { minScore: 0.5 });
  assert.deepEqual(
    shownTracks(lowered).map(({ id }) => id),
    [1],
  );
});

test('after a break, things that are still there keep their ids, and new ones get new ids', () => {
  const cat = at('cat', [0.1, 0.1, 0.4, 0.4]);
  const { state } = run([[cat], [cat]]);
  const seeded = seedTracker(shownTracks(state), state.nextId, 60_000);
  const cup = at('cup', [0.7, 0.7, 0.2, 0.2]);
  const { shown } = run(
    [
      [cat, cup],
      [cat, cup],
    ],
    50,
    seeded,
    60_000,
  );
  assert.deepEqual(
    shown.at(-1)?.map((thing) => `${thing.id} ${thing.label}`),
    ['1 cat', '2 cup'],
  );
});

test('neither the state nor the detections are changed', () => {
  const { state } = run([[at('cat', [0.1, 0.1, 0.4, 0.4])]]);
  const detections = [at('cat', [0.12, 0.1, 0.4, 0.4])];
  const before = structuredClone({ state, detections });
  track(state, detections, 50, OPTIONS);
  assert.deepEqual({ state, detections }, before);
});

test('corners of a thing stay steady in its box, and turn at once where the text was turned', () => {
  const quadOf = (dy: number): Quad => [
    [0.2, 0.3 + dy],
    [0.6, 0.3 - dy],
    [0.6, 0.4 - dy],
    [0.2, 0.4 + dy],
  ];
  const line = (quad: Quad) => ({ label: 'Exit', text: 'Exit', score: 0.9, box: boxOfQuad(quad), quad });
  const options = { minScore: 0.5, confirmHits: 1 };
  const first = track(EMPTY_TRACKER, [line(quadOf(0))], 0, options);
  assert.deepEqual(
    shownTracks(first)[0]?.quad?.flatMap(([x, y]) => [x.toFixed(3), y.toFixed(3)]),
    [...['0.200', '0.300', '0.600', '0.300', '0.600', '0.400', '0.200', '0.400']],
  );
  const second = track(first, [line(quadOf(0.02))], 500, options);
  const [shown] = shownTracks(second);
  assert.equal(shown?.text, 'Exit');
  const tilt = (shown.quad?.[0][1] ?? 0) - (shown.quad?.[1][1] ?? 0);
  assert.ok(tilt > 0.005 && tilt < 0.035, `between both tilts: ${tilt}`);
  const turned = track(second, [line(turnedQuad(quadOf(0), 2))], 1_000, options);
  const corner = shownTracks(turned)[0]?.quad?.[0] ?? [0, 0];
  assert.ok(corner[0] > 0.5, `begins at the right: ${corner}`);
});
