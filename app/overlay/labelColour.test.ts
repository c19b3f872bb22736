import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { colourOf, labelColour, PALETTE } from './labelColour.ts';

function channels(hex: string): [number, number, number] {
  const value = Number.parseInt(hex.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** WCAG 2 relative luminance. */
function luminance(hex: string): number {
  const [red, green, blue] = channels(hex).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function distance(a: string, b: string): number {
  const [ar, ag, ab] = channels(a);
  const [br, bg, bb] = channels(b);
  return Math.hypot(ar - br, ag - bg, ab - bb);
}

test('every colour carries the chip ink with a contrast of at least 7', () => {
  const styles = readFileSync(new URL('../globals.css', import.meta.url), 'utf8');
  const ink = /--chip-ink: (#[0-9a-f]{6});/.exec(styles)?.[1];
  assert(ink);
  for (const colour of PALETTE) {
    const contrast = (luminance(colour) + 0.05) / (luminance(ink) + 0.05);
    assert.ok(contrast >= 7, `${colour} has ${contrast.toFixed(1)}`);
  }
});

test('tracks with adjacent numbers are easy to tell apart', () => {
  for (const [index, colour] of PALETTE.entries()) {
    for (const step of [1, 2]) {
      const other = PALETTE[(index + step) % PALETTE.length] ?? '';
      assert.ok(distance(colour, other) > 70, `${colour} and ${other} are ${distance(colour, other)} apart`);
    }
  }
});

test('a track keeps its colour, and any number has one', () => {
  assert.equal(labelColour(7), labelColour(7));
  assert.notEqual(labelColour(7), labelColour(8));
  for (const id of [0, -3, 1e9, 2.5]) assert.match(labelColour(id), /^#[0-9a-f]{6}$/);
});

test('all codes have one colour, all that is unknown one, anything else that of its track', () => {
  const cat = (id: number) => colourOf({ id, label: 'cat' });
  const code = (id: number) => colourOf({ id, label: 'QR', format: 'QRCode' });
  const unknown = (id: number) => colourOf({ id, label: 'unknown' });
  assert.equal(cat(7), labelColour(7));
  assert.notEqual(cat(8), cat(7));
  assert.equal(code(7), code(8));
  assert.equal(unknown(7), unknown(8));
  assert.notEqual(unknown(7), cat(7));
});
