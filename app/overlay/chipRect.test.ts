import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CHIP_GAP_PX, CHIP_HEIGHT_PX, chipRect, EDGE_PX } from './chipRect.ts';

const SCREEN = { width: 400, height: 800, topPx: 64 };
const box = (x: number, y: number, width = 120, height = 160) => ({ x, y, width, height });

test('a chip stands above the left corner of its box', () => {
  const chip = chipRect(box(50, 300), 90, SCREEN, []);
  assert.deepEqual(chip, { x: 50, y: 300 - CHIP_HEIGHT_PX - CHIP_GAP_PX, width: 90, height: CHIP_HEIGHT_PX });
});

test('at the top of the screen it goes inside, below the readout', () => {
  assert.equal(chipRect(box(50, 70), 90, SCREEN, [])?.y, 70 + CHIP_GAP_PX);
  assert.equal(chipRect(box(50, -60), 90, SCREEN, [])?.y, SCREEN.topPx);
});

test('it never leaves the screen sideways', () => {
  assert.equal(chipRect(box(380, 300, 100), 90, SCREEN, [])?.x, 400 - EDGE_PX - 90);
  assert.equal(chipRect(box(-60, 300), 90, SCREEN, [])?.x, EDGE_PX);
});

test('a box of which hardly anything is on screen gets none', () => {
  assert.equal(chipRect(box(-110, 300), 90, SCREEN, []), undefined);
  assert.equal(chipRect(box(50, -200), 90, SCREEN, []), undefined);
});

test('chips that would cover each other are stacked upwards', () => {
  const first = chipRect(box(50, 300), 90, SCREEN, []);
  assert.ok(first);
  const second = chipRect(box(80, 305), 90, SCREEN, [first]);
  assert.ok(second && second.y + CHIP_HEIGHT_PX < first.y);
  const third = chipRect(box(60, 298), 90, SCREEN, [first, second]);
  assert.ok(third && third.y + CHIP_HEIGHT_PX < second.y);
});

test('where there is no room to stack, it stays with its box', () => {
  const first = chipRect(box(50, 100), 90, SCREEN, []);
  assert.ok(first);
  assert.deepEqual(chipRect(box(50, 100), 90, SCREEN, [first]), first);
});
