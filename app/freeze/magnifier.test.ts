import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Magnifier } from './magnifier.ts';

/** A camera of 4:3 that covers a window of 300 by 400, 100 pixels from the left of the page. */
function magnifier() {
  const scales: number[] = [];
  const made = new Magnifier(
    () => ({ left: 100, top: 0 }),
    ({ scale }) => scales.push(scale),
  );
  made.setLayout({
    content: { x: -116.5, y: 0, width: 533, height: 400 },
    viewport: { width: 300, height: 400 },
  });
  return { made, scales };
}
const rounded = (part: readonly number[] | undefined) => part?.map((side) => Math.round(side * 100) / 100);

test('a picture that is not magnified has no part, though its edges are outside the window', () => {
  assert.equal(magnifier().made.partInWindow(false), undefined);
});

test('the part in the window follows the fingers; in a mirror it is on the other side', () => {
  const { made, scales } = magnifier();
  // Twice, around the left edge of the window in the middle of its height.
  made.zoomBy(2, { x: 100, y: 200 });
  const [x = 0, ...rest] = rounded(made.partInWindow(false)) ?? [];
  assert.deepEqual([x, ...rest], [0.22, 0.25, 0.28, 0.5]);
  assert.deepEqual(rounded(made.partInWindow(true)), [0.5, 0.25, 0.28, 0.5]);
  made.panBy({ x: -10_000, y: 10_000 });
  assert.deepEqual(rounded(made.partInWindow(false)), [0.72, 0, 0.28, 0.5]);
  made.toggle();
  assert.equal(made.partInWindow(false), undefined);
  assert.equal(scales.at(-1), 1);
});

test('a pan by shares moves the part by a share of the window, as far as there is picture', () => {
  const { made } = magnifier();
  made.panByShare(0.5, 0);
  assert.equal(made.partInWindow(false), undefined);
  made.zoomBy(2, { x: 100, y: 200 });
  made.panByShare(0.5, 0.25);
  assert.deepEqual(rounded(made.partInWindow(false)), [0.36, 0.38, 0.28, 0.5]);
  made.panByShare(-10, 10);
  assert.deepEqual(rounded(made.partInWindow(false)), [0, 0.5, 0.28, 0.5]);
});

test('a picture that lies elsewhere, as in a phone that was turned, is shown as a whole', () => {
  const { made } = magnifier();
  made.toggle();
  assert.equal(made.scale, 2.5);
  made.setLayout({ content: { x: 0, y: 0, width: 400, height: 300 }, viewport: { width: 400, height: 300 } });
  assert.equal(made.scale, 1);
});
