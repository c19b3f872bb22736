import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Box } from './geometry.ts';
import { EMPTY_HANDOVER, type HandoverState, handOver } from './handover.ts';

interface Thing {
  id: number;
  label: string;
  box?: Box | undefined;
}

/** Hands labellings over, one after another. */
function hand() {
  let state: HandoverState<Thing> = EMPTY_HANDOVER;
  return (source: string, capturedAtMs: number, labels: Thing[], modelIndex = 0) => {
    const done = handOver(state, { source, modelIndex, labels, capturedAtMs });
    state = done.state;
    return done.labels;
  };
}

const LEFT: Box = [0.1, 0.1, 0.3, 0.4];
const RIGHT: Box = [0.6, 0.2, 0.3, 0.4];
const moved = ([x, y, width, height]: Box, by: number): Box => [x + by, y, width, height];
const ids = (labels: readonly Thing[]) => labels.map(({ id }) => id);

test('things keep their ids over a switch, under whatever ids the other side knows them', () => {
  const see = hand();
  const [cat, dog] = ids(
    see('server', 0, [
      { id: 5, label: 'cat', box: LEFT },
      { id: 9, label: 'dog', box: RIGHT },
    ]),
  );
  const onDevice = see('device', 300, [
    { id: 5, label: 'dog', box: moved(RIGHT, -0.05) },
    { id: 6, label: 'cat', box: moved(LEFT, 0.1) },
  ]);
  assert.deepEqual(ids(onDevice), [dog, cat]);
  assert.deepEqual(ids(see('device', 400, [{ id: 6, label: 'cat', box: RIGHT }])), [cat]);
  assert.deepEqual(ids(see('server', 900, [{ id: 5, label: 'cat', box: RIGHT }])), [cat]);
});

test('what is elsewhere, or another thing, is new', () => {
  const see = hand();
  const before = ids(see('server', 0, [{ id: 1, label: 'cat', box: LEFT }]));
  const after = see('device', 1_000, [
    { id: 1, label: 'cat', box: RIGHT },
    { id: 2, label: 'dog', box: LEFT },
  ]);
  assert.equal(new Set([...before, ...ids(after)]).size, 3);
});

test('the nearer of two of a kind keeps the id', () => {
  const see = hand();
  const [first, second] = ids(
    see('server', 0, [
      { id: 1, label: 'cup', box: [0.1, 0.1, 0.2, 0.2] },
      { id: 2, label: 'cup', box: [0.2, 0.1, 0.2, 0.2] },
    ]),
  );
  const after = see('device', 100, [
    { id: 8, label: 'cup', box: [0.19, 0.1, 0.2, 0.2] },
    { id: 7, label: 'cup', box: [0.12, 0.1, 0.2, 0.2] },
  ]);
  assert.deepEqual(ids(after), [second, first]);
});

test('a thing that the new side shows only in its second frame stays and keeps its id', () => {
  const see = hand();
  const cat: Thing = { id: 3, label: 'cat', box: LEFT };
  const [id] = ids(see('server', 0, [cat]));
  assert.deepEqual(ids(see('device', 700, [])), [id]);
  const labels = see('device', 780, [{ ...cat, id: 1, box: moved(LEFT, 0.02) }]);
  assert.deepEqual(labels, [{ ...cat, id, box: moved(LEFT, 0.02) }]);
});

test('what the new side never sees leaves soon, and at once where it sees something else', () => {
  const see = hand();
  const cat: Thing = { id: 3, label: 'cat', box: LEFT };
  see('server', 0, [cat]);
  assert.equal(see('device', 100, []).length, 1);
  assert.deepEqual(see('device', 501, []), []);
  const other = hand();
  other('server', 0, [cat]);
  assert.deepEqual(
    other('device', 100, [{ ...cat, label: 'dog' }]).map(({ label }) => label),
    ['dog'],
  );
});

test('a thing keeps its id after the longest wait for a silent server', () => {
  const see = hand();
  const cat: Thing = { id: 3, label: 'cat', box: LEFT };
  const before = ids(see('server', 0, [cat]));
  assert.deepEqual(ids(see('device', 3_900, [{ ...cat, id: 1 }])), before);
});

test('after a long gap nothing is the same any more', () => {
  const see = hand();
  const cat: Thing = { id: 3, label: 'cat', box: LEFT };
  const before = ids(see('server', 0, [cat]));
  assert.notDeepEqual(ids(see('device', 4_001, [cat])), before);
});

test('a thing keeps its id over the silence of a server until the device takes over', () => {
  const see = hand();
  const cat: Thing = { id: 3, label: 'cat', box: LEFT };
  const before = ids(see('server', 0, [cat]));
  // Its box stood for a second, and was gone for not much longer than that.
  assert.deepEqual(ids(see('device', 2_100, [{ ...cat, id: 1 }])), before);
});

test('names of the whole picture go by the name', () => {
  const see = hand();
  const [cat] = ids(
    see('server', 0, [
      { id: 1, label: 'cat' },
      { id: 2, label: 'lynx' },
    ]),
  );
  const after = see('device', 100, [
    { id: 1, label: 'dog' },
    { id: 2, label: 'cat' },
  ]);
  assert.deepEqual([after.length, after[1]?.id], [2, cat]);
});

test('models of one session do not take each other’s things', () => {
  const see = hand();
  const [cat] = ids(see('server', 0, [{ id: 1, label: 'cat', box: LEFT }]));
  const [secondary] = ids(see('server', 0, [{ id: 2, label: 'cat', box: LEFT }], 1));
  assert.notEqual(cat, secondary);
  assert.deepEqual(ids(see('device', 100, [{ id: 1, label: 'cat', box: LEFT }], 1)), [secondary]);
  assert.deepEqual(ids(see('device', 100, [{ id: 2, label: 'cat', box: LEFT }])), [cat]);
});

const cell = fc.integer({ min: 0, max: 3 });
const scenes = fc.array(
  fc.record({
    source: fc.constantFrom('server', 'device', 'server after a restart'),
    modelIndex: fc.integer({ min: 0, max: 1 }),
    afterMs: fc.integer({ min: 1, max: 2_000 }),
    labels: fc.uniqueArray(
      fc.record({
        id: fc.integer({ min: 1, max: 6 }),
        label: fc.constantFrom('cat', 'dog'),
        box: fc.option(
          fc.tuple(cell, cell).map(([x, y]): Box => [x / 4, y / 4, 0.3, 0.3]),
          { nil: undefined },
        ),
      }),
      { selector: ({ id }) => id },
    ),
  }),
);

test('ids are unique over all that is shown, and a new one was never given before', () => {
  fc.assert(
    fc.property(scenes, (steps) => {
      let state: HandoverState<Thing> = EMPTY_HANDOVER;
      let nowMs = 0;
      /** All ids that each of the two models ever showed. */
      const given = [new Set<number>(), new Set<number>()] as const;
      for (const { source, modelIndex, afterMs, labels } of steps) {
        nowMs += afterMs;
        const { nextId } = state;
        const done = handOver(state, { source, modelIndex, capturedAtMs: nowMs, labels });
        const now = ids(done.labels);
        assert.equal(new Set(now).size, now.length);
        const mine = given[modelIndex === 0 ? 0 : 1];
        for (const id of now) assert.ok(id >= nextId || mine.has(id));
        assert.deepEqual(
          done.labels.slice(0, labels.length).map(({ label }) => label),
          labels.map(({ label }) => label),
        );
        for (const id of now) mine.add(id);
        state = done.state;
      }
      for (const id of given[0]) assert.ok(!given[1].has(id));
    }),
  );
});

test('a thing that keeps its box and label keeps its id, however often the side changes', () => {
  const changes = fc.array(
    fc.record({ source: fc.nat({ max: 3 }), afterMs: fc.integer({ min: 1, max: 4_000 }) }),
    { minLength: 1 },
  );
  fc.assert(
    fc.property(changes, (steps) => {
      const see = hand();
      let nowMs = 0;
      let place = 0;
      let before: number[] | undefined;
      for (const { source, afterMs } of steps) {
        nowMs += afterMs;
        place += source;
        const now = ids(
          see(`side ${place % 3}`, nowMs, [
            { id: 1 + (place % 3), label: 'cat', box: LEFT },
            { id: 10, label: 'cat', box: RIGHT },
          ]),
        );
        assert.deepEqual(now, before ?? now);
        before = now;
      }
    }),
  );
});
