import assert from 'node:assert/strict';
import test from 'node:test';
import type { Box } from '../geometry.ts';
import { fitPicture } from '../steps.ts';
import { boxInShown, fitPart } from './fitPart.ts';
import { planParts } from './planParts.ts';

const PICTURE = { width: 1_280, height: 960 };
const INPUT = { width: 300, height: 300 };
const holds = ([x, y, width, height]: Box, [left, top, wide, high]: Box) =>
  left >= x - 1e-9 && top >= y - 1e-9 && left + wide <= x + width + 1e-9 && top + high <= y + height + 1e-9;

test('what was tapped comes first with what is around it, within the picture', () => {
  for (const focus of [
    [0.5, 0.5, 0.1, 0.05],
    [0, 0.95, 0.04, 0.05],
    [0.2, 0.1, 0.7, 0.9],
  ] as const) {
    const [first] = planParts(PICTURE, INPUT, { things: [], focus });
    assert.ok(first && holds(first, focus) && holds([0, 0, 1, 1], first), `${first}`);
  }
});

test('large parts come before small ones, and of one size those with small or unsure things', () => {
  const small = { score: 0.9, box: [0.9, 0.9, 0.05, 0.05] as const };
  const sure = { score: 0.9, box: [0.05, 0.05, 0.4, 0.4] as const };
  const parts = planParts(PICTURE, INPUT, { things: [small, sure] });
  assert.equal(parts.length, 10);
  assert.ok(parts[0] && holds(parts[0], small.box), `${parts[0]}`);
  const areas = parts.map(([, , width, height]) => Math.round(1e4 * width * height));
  assert.deepEqual(
    areas,
    areas.toSorted((a, b) => b - a),
  );
  const unsure = { score: 0.6, box: [0.05, 0.05, 0.4, 0.4] as const };
  assert.deepEqual(planParts(PICTURE, INPUT, { things: [unsure] })[0]?.slice(0, 2), [0, 0]);
});

test('a picture with no more pixels than the model sees has no parts, tapped or not', () => {
  assert.deepEqual(
    planParts({ width: 150, height: 100 }, INPUT, { things: [], focus: [0, 0, 0.1, 0.1] }),
    [],
  );
});

test('a part lies in what the whole shows, whatever is cut off or put around it', () => {
  for (const fit of ['stretch', 'crop', 'letterbox'] as const) {
    const input = { ...INPUT, fit };
    const { part: shown } = fitPicture(PICTURE, input);
    const { part, inputRect } = fitPart(PICTURE, input, [0.5, 0.5, 0.5, 0.5]);
    const inShown = boxInShown(part, shown);
    assert.ok(holds([0.499, 0.499, 0.502, 0.502], inShown), `${fit}: ${inShown}`);
    assert.ok(holds([0, 0, 1, 1], inputRect), `${fit}: ${inputRect}`);
    // As wide and high as in the picture: nothing is distorted but by a stretch.
    const ratio = (part[2] * PICTURE.width) / (part[3] * PICTURE.height) / (inputRect[2] / inputRect[3]);
    assert.ok(Math.abs(ratio - (fit === 'stretch' ? 4 / 3 : 1)) < 0.01, `${fit}: ${ratio}`);
  }
});
