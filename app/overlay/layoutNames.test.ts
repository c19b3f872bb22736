import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RectPx } from '../../vision/geometry.ts';
import { bottom, distanceBetween, intersect, right } from './freeSpace.ts';
import {
  CHIP_GAP_PX,
  layoutNames,
  type NamedBox,
  type NamesLayout,
  type NamesRoom,
  NO_NAMES_LAYOUT,
} from './layoutNames.ts';
import { BOX_GAP_PX } from './nameSlots.ts';

const CHIP = { width: 90, height: 26 };
const MORE = { width: 40, height: 26 };
/** A phone: the readout above, the controls below. */
const PHONE: NamesRoom = {
  bounds: { x: 8, y: 8, width: 374, height: 828 },
  obstacles: [
    { x: 16, y: 16, width: 186, height: 44 },
    { x: 16, y: 690, width: 358, height: 140 },
  ],
  more: MORE,
};
const thing = (id: number, x: number, y: number, width = 120, height = 200, score = 0.8): NamedBox => ({
  id,
  box: { x, y, width, height },
  score,
  chip: CHIP,
});
const only = (layout: NamesLayout) => {
  const [[, name] = []] = layout.placed;
  assert.ok(name && layout.placed.size === 1);
  return name;
};
const rectsOf = ({ placed, more }: NamesLayout): RectPx[] => [
  ...[...placed.values()].map(({ rect }) => rect),
  ...(more ? [more] : []),
];
const overlap = (a: RectPx, b: RectPx) => {
  const { width, height } = intersect(a, b);
  return width > 0.01 && height > 0.01;
};

function assertReadable(layout: NamesLayout, { bounds, obstacles }: NamesRoom): void {
  const rects = rectsOf(layout);
  rects.forEach((rect, index) => {
    const text = JSON.stringify(rect);
    const isInside =
      rect.x >= bounds.x - 0.01 &&
      rect.y >= bounds.y - 0.01 &&
      right(rect) <= right(bounds) + 0.01 &&
      bottom(rect) <= bottom(bounds) + 0.01;
    assert.ok(isInside, `${text} is within the bounds`);
    for (const obstacle of obstacles) assert.ok(!overlap(rect, obstacle), `${text} is under no control`);
    for (const other of rects.slice(index + 1)) assert.ok(!overlap(rect, other), `${text} is under no chip`);
  });
}

test('a name stands above the left corner of its box', () => {
  const { rect, slot, leader } = only(layoutNames([thing(1, 50, 300)], PHONE, NO_NAMES_LAYOUT, 0));
  assert.deepEqual(rect, { x: 50, y: 300 - CHIP.height - BOX_GAP_PX, ...CHIP });
  assert.equal(slot, 'above');
  assert.equal(leader, undefined);
});

test('under the readout it moves to where it can be read, still at its box', () => {
  const box = thing(1, 10, 30);
  const layout = layoutNames([box], PHONE, NO_NAMES_LAYOUT, 0);
  assertReadable(layout, PHONE);
  assert.ok(distanceBetween(only(layout).rect, box.box) <= BOX_GAP_PX);
});

test('a thing of which hardly anything is on screen gets no name, and is not counted as left out', () => {
  for (const box of [thing(1, -110, 300), thing(1, 50, -190)]) {
    const layout = layoutNames([box], PHONE, NO_NAMES_LAYOUT, 0);
    assert.deepEqual([layout.placed.size, layout.left], [0, []]);
  }
});

test('four people who stand close keep four names, each at its person', () => {
  const people = [0, 1, 2, 3].map((i) => thing(i, 20 + 70 * i, 200 + 3 * i, 110, 300));
  const layout = layoutNames(people, PHONE, NO_NAMES_LAYOUT, 0);
  assertReadable(layout, PHONE);
  assert.equal(layout.placed.size, 4);
  for (const { id, box } of people) {
    const name = layout.placed.get(id);
    assert.ok(name && distanceBetween(name.rect, box) <= BOX_GAP_PX, `${id} stands at its box`);
  }
});

test('a name without room at its box is tied to it by a line that begins at the chip and ends in the box', () => {
  const things = Array.from({ length: 9 }, (_, i) => thing(i, 100, 300, 60, 40));
  const layout = layoutNames(things, PHONE, NO_NAMES_LAYOUT, 0);
  assertReadable(layout, PHONE);
  assert.equal(layout.placed.size, 9);
  const tied = [...layout.placed].filter(([, { leader }]) => leader !== undefined);
  assert.ok(tied.length > 0);
  for (const [id, { leader, rect }] of tied) {
    const at = (point: { x: number; y: number } = { x: 0, y: 0 }) => ({ ...point, width: 0, height: 0 });
    assert.equal(distanceBetween(at(leader?.from), rect), 0);
    assert.equal(distanceBetween(at(leader?.to), things[id]?.box ?? rect), 0);
  }
});

test('where not all have room the sure and large are named, and the others counted', () => {
  const room = { ...PHONE, bounds: { x: 8, y: 64, width: 200, height: 100 } };
  const things = Array.from({ length: 20 }, (_, i) => thing(i, 10 + 4 * i, 70, 100, 80, 0.3 + 0.03 * i));
  const layout = layoutNames(things, room, NO_NAMES_LAYOUT, 0);
  assertReadable(layout, room);
  assert.ok(layout.more && layout.placed.size > 2);
  assert.equal(layout.placed.size + layout.left.length, 20);
  const worst = Math.min(...layout.placed.keys());
  assert.ok(
    layout.left.every((id) => id < worst),
    'the surest are those with higher ids',
  );
});

test('no name has room: all are counted, or nothing is drawn', () => {
  const room = { ...PHONE, bounds: { x: 0, y: 0, width: 30, height: 10 } };
  const layout = layoutNames([thing(1, 0, 0, 30, 10)], room, NO_NAMES_LAYOUT, 0);
  assert.deepEqual([layout.placed.size, layout.left, layout.more], [0, [1], undefined]);
});

test('a name that gave way goes back to its place when that is free again, after a moment', () => {
  const [a, b] = [thing(1, 100, 300, 90, 200, 0.9), thing(2, 105, 300, 90, 200, 0.5)];
  const both = layoutNames([a, b], PHONE, NO_NAMES_LAYOUT, 0);
  const away = both.placed.get(2)?.rect;
  const soon = layoutNames([b], PHONE, both, 100);
  assert.deepEqual(soon.placed.get(2)?.rect, away);
  const later = layoutNames([b], PHONE, soon, 1_000);
  assert.equal(later.placed.get(2)?.slot, 'above');
  assert.equal(later.placed.get(2)?.rect.x, 105);
});

test('a more important newcomer takes no place from a name that stands, while there is room', () => {
  const old = thing(1, 100, 300, 90, 200, 0.4);
  const before = layoutNames([old], PHONE, NO_NAMES_LAYOUT, 0);
  const after = layoutNames([old, thing(2, 105, 300, 90, 200, 0.9)], PHONE, before, 33);
  assert.deepEqual(after.placed.get(1)?.rect, before.placed.get(1)?.rect);
  assert.equal(after.placed.size, 2);
});

test('while people walk, their names go with them and hardly ever hop', () => {
  let layout = NO_NAMES_LAYOUT;
  let hops = 0;
  for (let frame = 0; frame < 300; frame++) {
    // Each trembles, and two walk through the others.
    const shake = (i: number) => 1.5 * Math.sin(frame * 1.7 + i);
    const people = [0, 1, 2, 3, 4].map((i) => {
      const walked = i < 2 ? 60 * Math.sin(frame / 60 + i) : 0;
      return thing(i, 30 + 60 * i + walked + shake(i), 220 + shake(i + 9), 100, 250);
    });
    const next = layoutNames(people, PHONE, layout, frame * 33);
    assertReadable(next, PHONE);
    for (const { id } of people) {
      const [before, after] = [layout.placed.get(id), next.placed.get(id)];
      if (before && after && before.slot !== after.slot) hops += 1;
    }
    layout = next;
  }
  // 10 s of five people, two of whom pass the others again and again.
  assert.ok(hops <= 20, `${hops} names changed sides`);
});

const rect = (bounds: RectPx) =>
  fc
    .record({
      x: fc.integer({ min: -200, max: 2000 }),
      y: fc.integer({ min: -200, max: 1200 }),
      width: fc.integer({ min: 1, max: Math.ceil(bounds.width * 1.2) }),
      height: fc.integer({ min: 1, max: Math.ceil(bounds.height * 1.2) }),
    })
    .map((value) => ({ ...value, x: value.x / 1.7, y: value.y / 1.3 }));

const scene = fc
  .record({
    width: fc.integer({ min: 120, max: 1_904 }),
    height: fc.integer({ min: 60, max: 1_064 }),
    left: fc.integer({ min: 0, max: 44 }),
    top: fc.integer({ min: 0, max: 47 }),
  })
  .chain(({ left, top, ...size }) => {
    const bounds = { x: left, y: top, ...size };
    return fc.record({
      bounds: fc.constant(bounds),
      obstacles: fc.array(rect({ x: 0, y: 0, width: size.width / 3, height: size.height / 5 }), {
        maxLength: 6,
      }),
      boxes: fc.array(
        fc.record({
          box: rect(bounds),
          score: fc.double({ min: 0.05, max: 1, noNaN: true }),
          width: fc.integer({ min: 40, max: 160 }),
        }),
        { maxLength: 30 },
      ),
    });
  });

type Scene = { boxes: readonly { box: RectPx; score: number; width: number }[] };
const namedBoxes = ({ boxes }: Scene, by = 0): NamedBox[] =>
  boxes.map(({ box, score, width }, id) => ({
    id,
    score,
    chip: { width, height: 26 },
    box: { ...box, x: box.x + by * Math.sin(id), y: box.y + by * Math.cos(id) },
  }));

test('whatever there is: no chip over another or an obstacle, all within the bounds, each name placed or counted', () => {
  fc.assert(
    fc.property(scene, fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 6 }), (drawn, moves) => {
      const room = { bounds: drawn.bounds, obstacles: drawn.obstacles, more: MORE };
      let layout = NO_NAMES_LAYOUT;
      let nowMs = 0;
      for (const by of [0, ...moves]) {
        nowMs += by * 30;
        const boxes = namedBoxes(drawn, by);
        layout = layoutNames(boxes, room, layout, nowMs);
        assertReadable(layout, room);
        const visible = boxes.filter(({ box }) => {
          const seen = intersect(box, room.bounds);
          return seen.width * seen.height > 0 && seen.width * seen.height >= 0.2 * box.width * box.height;
        });
        const ids = [...layout.placed.keys(), ...layout.left].sort((a, b) => a - b);
        assert.deepEqual(
          ids,
          visible.map(({ id }) => id),
        );
      }
    }),
    { numRuns: 400 },
  );
});

test('all names are placed wherever they fit into lines between the obstacles', () => {
  let withAll = 0;
  fc.assert(
    fc.property(scene, (drawn) => {
      const room = { bounds: drawn.bounds, obstacles: drawn.obstacles, more: MORE };
      const boxes = namedBoxes(drawn);
      const layout = layoutNames(boxes, room, NO_NAMES_LAYOUT, 0);
      const widest = Math.max(0, ...boxes.map(({ chip }) => chip.width)) + CHIP_GAP_PX;
      // Cells of a table; counted are those that no obstacle touches.
      let cells = 0;
      for (let y = drawn.bounds.y; y + 26 <= bottom(drawn.bounds); y += 26 + CHIP_GAP_PX) {
        for (let x = drawn.bounds.x; x + widest <= right(drawn.bounds); x += widest) {
          const cell = { x, y: y - CHIP_GAP_PX, width: widest + CHIP_GAP_PX, height: 26 + 2 * CHIP_GAP_PX };
          if (!drawn.obstacles.some((obstacle) => overlap(cell, obstacle))) cells += 1;
        }
      }
      if (cells < layout.placed.size + layout.left.length) return;
      // More would hide the picture.
      const covered = boxes.reduce((sum, { chip }) => sum + chip.width * chip.height, 0);
      if (boxes.length > 6 && covered > 0.34 * drawn.bounds.width * drawn.bounds.height) return;
      withAll += 1;
      assert.deepEqual(layout.left, []);
    }),
    { numRuns: 400 },
  );
  assert.ok(withAll > 100, `${withAll} scenes had room for all`);
});

test('in a scene that stands still nothing moves', () => {
  fc.assert(
    fc.property(scene, (drawn) => {
      const room = { bounds: drawn.bounds, obstacles: drawn.obstacles, more: MORE };
      const boxes = namedBoxes(drawn);
      let layout = NO_NAMES_LAYOUT;
      const seen: string[] = [];
      for (let nowMs = 0; nowMs <= 6_000; nowMs += 400) {
        layout = layoutNames(boxes, room, layout, nowMs);
        seen.push(JSON.stringify(rectsOf(layout)));
      }
      assert.equal(new Set(seen.slice(-6)).size, 1, 'at rest after some seconds');
    }),
    { numRuns: 200 },
  );
});

test('what a person locked on to is named before all else, at once', () => {
  const room = { ...PHONE, bounds: { x: 8, y: 64, width: 200, height: 100 } };
  const things = Array.from({ length: 20 }, (_, i) => thing(i, 10 + 4 * i, 70, 100, 80, 0.3 + 0.03 * i));
  const before = layoutNames(things, room, NO_NAMES_LAYOUT, 0);
  assert.ok(before.left.includes(0), 'the least sure has no room');
  const locked = things.map((one) => (one.id === 0 ? { ...one, isLocked: true } : one));
  const after = layoutNames(locked, room, before, 33);
  assertReadable(after, room);
  assert.ok(after.placed.has(0));
  assert.ok(!after.faint.has(0));
});

test('of two alike the one in the middle is named before the one in the corner', () => {
  const room = {
    bounds: { x: 0, y: 0, width: 400, height: 30 },
    obstacles: [{ x: 0, y: 0, width: 250, height: 30 }],
    more: MORE,
  };
  const [corner, middle] = [thing(1, 340, 0, 60, 30), thing(2, 255, 0, 60, 30)];
  assert.deepEqual([...layoutNames([corner, middle], room, NO_NAMES_LAYOUT, 0).placed.keys()], [2]);
});

test('thirty things on a phone: names hide at most a good third of the picture, the others are left for dots', () => {
  const things = Array.from({ length: 60 }, (_, i) =>
    thing(i, 10 + 60 * (i % 6), 70 + 58 * Math.floor(i / 6), 50, 50, 0.9 - i / 100),
  );
  const room = { ...PHONE, obstacles: [] };
  const layout = layoutNames(things, room, NO_NAMES_LAYOUT, 0);
  assertReadable(layout, room);
  const covered = [...layout.placed.values()].reduce((sum, { rect }) => sum + rect.width * rect.height, 0);
  assert.ok(covered <= 0.34 * room.bounds.width * room.bounds.height);
  assert.ok(layout.placed.size >= 30);
  assert.equal(layout.placed.size + layout.left.length, 60);
});

test('among many the small and unsure fade, and a trembling score makes none flicker; among a few none fades', () => {
  const few = [thing(1, 100, 300, 200, 300, 0.9), thing(2, 20, 700, 12, 12, 0.3)];
  assert.equal(layoutNames(few, PHONE, NO_NAMES_LAYOUT, 0).faint.size, 0);
  const many = (by: number) => [
    ...Array.from({ length: 7 }, (_, i) => thing(i, 20 + 40 * i, 200, 90, 250, 0.9)),
    thing(9, 150, 480, 84, 84, 0.45 + by),
  ];
  let layout = layoutNames(many(0), PHONE, NO_NAMES_LAYOUT, 0);
  assert.deepEqual([...layout.faint], [9]);
  for (let frame = 1; frame < 60; frame++) {
    layout = layoutNames(many(0.04 * Math.sin(frame)), PHONE, layout, frame * 33);
    assert.deepEqual([...layout.faint], [9], `frame ${frame}`);
  }
});

test('a small move of the boxes moves the chips that keep their side as little', () => {
  fc.assert(
    fc.property(scene, (drawn) => {
      const room = { bounds: drawn.bounds, obstacles: drawn.obstacles, more: MORE };
      const settled = layoutNames(
        namedBoxes(drawn),
        room,
        layoutNames(namedBoxes(drawn), room, NO_NAMES_LAYOUT, 0),
        5_000,
      );
      const next = layoutNames(namedBoxes(drawn, 1), room, settled, 5_033);
      let hops = 0;
      for (const [id, { rect: after }] of next.placed) {
        const before = settled.placed.get(id)?.rect;
        if (before && Math.hypot(after.x - before.x, after.y - before.y) > 6) hops += 1;
      }
      // Who is pushed out of a full row may have to go elsewhere; the others stay.
      assert.ok(hops <= Math.ceil(next.placed.size / 3), `${hops} of ${next.placed.size} hopped`);
    }),
    { numRuns: 200 },
  );
});
