import assert from 'node:assert/strict';
import test from 'node:test';
import type { CodeReader } from '../../vision/codes/codeReader.ts';
import { drawCodes, drawTiltedBars, seeded } from './generatedCodes.ts';
import { openReader } from './openReader.ts';
import { readShare } from './readShare.ts';

/** Pixels that a reader takes in a millisecond, about: so that the test is the same on every machine. */
const PIXELS_PER_MS = 150_000;

async function withOwnTime(): Promise<{ read: CodeReader; clock: () => number }> {
  const reader = await openReader();
  let nowMs = 0;
  return {
    read(picture, effort) {
      nowMs += (picture.width * picture.height) / PIXELS_PER_MS;
      return reader(picture, effort);
    },
    clock: () => nowMs,
  };
}

/** Each symbology with each trait. */
const EVERY_KIND = 144;

test('a video reads at least 95 % of the codes that the reader finds by its defaults', async (t) => {
  const { read, clock } = await withOwnTime();
  const { codes, byDefaults, byLive, missed } = readShare(
    read,
    await drawCodes(EVERY_KIND, seeded(7)),
    clock,
  );
  t.diagnostic(`${codes} codes: ${byDefaults} by the defaults, ${byLive} live; missed: ${missed.join('; ')}`);
  assert.equal(codes, EVERY_KIND);
  assert.ok(byDefaults > 0.7 * codes, 'the pictures are not too hard');
  assert.ok(missed.length <= 0.05 * byDefaults, missed.join('; '));
});

test('a video reads at least 90 % of the bars at a tilt of 25 to 45 degrees, and corners follow', async (t) => {
  const { read, clock } = await withOwnTime();
  const pictures = await drawTiltedBars(40, seeded(8));
  const { codes, byDefaults, byLive, cornersOff } = readShare(read, pictures, clock);
  const [median = 1] = [...cornersOff].sort((a, b) => a - b).slice(cornersOff.length >> 1);
  t.diagnostic(
    `${codes} codes: ${byDefaults} by the defaults, ${byLive} live; corners off by ${median.toFixed(3)}`,
  );
  assert.equal(byDefaults, 0, 'readers do not see them upright');
  assert.ok(byLive >= 0.9 * codes);
  assert.ok(cornersOff.filter((off) => off > 0.15).length <= 0.1 * codes, `${cornersOff}`);
});
