import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ModelScore } from '../../../protocol/score.ts';
import { DELIVERED } from '../../ui/words/words.ts';
import { scoreText } from './scoreText.ts';

const text = (score: ModelScore) => scoreText(DELIVERED.words, score);
const at = '2026-11-29T16:39:37.629Z';

test('a score says what, on how many pictures, of which folder, and when', () => {
  const boxes = {
    kind: 'boxes',
    at,
    set: 'coco',
    pictures: 5_000,
    things: 9,
    ap: 0.2324,
    ap50: 0.3713,
  } as const;
  assert.match(
    text(boxes),
    /^Average precision 0\.232 \(0\.371 at an overlap of 0\.5\) on 5,000 pictures of coco, measured .*2026.*\.$/,
  );
  const names = { kind: 'names', at, pictures: 1, classes: 1, top1: 0.5, top5: 0.75 } as const;
  assert.match(
    text({ ...names, set: '' }),
    /^The best name is right on 50% of 1 picture, one of the best five on 75%, measured .*\.$/,
  );
});

test('classes of pixels', () => {
  assert.match(
    text({ kind: 'pixels', at, set: '', pictures: 2, classes: 3, meanIou: 0.5, right: 0.9 }),
    /^Mean overlap of classes 0\.5, 90% of pixels right, on 2 pictures, measured .*\.$/,
  );
});

test('a kind that only a newer server knows says nothing', () => {
  assert.equal(text({ kind: 'sounds', at, set: '', pictures: 1 } as unknown as ModelScore), '');
});
