import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Label } from '../../protocol/messages.ts';
import type { Box } from '../../vision/geometry.ts';
import type { GrabbedFrame } from '../capture/grabFrames.ts';
import { FramesInView } from './framesInView.ts';

const LABEL: Label = {
  id: 1,
  label: 'text',
  score: 0.9,
  box: [0, 0, 1, 0.5],
  quad: [
    [0, 0],
    [1, 0],
    [1, 0.5],
    [0, 0.5],
  ],
};
const PART: Box = [0.5, 0.25, 0.25, 0.5];

function push(inView: FramesInView, capturedAtMs: number, part: Box | undefined): void {
  const picture = { close() {} } as GrabbedFrame['picture'];
  inView.before({ wantsFrame: () => true, push: () => {} }).push({ picture, capturedAtMs, part });
}

test('labels of a frame that showed a part are put where they belong in the whole', () => {
  const inView = new FramesInView();
  push(inView, 10, PART);
  push(inView, 20, undefined);
  assert.deepEqual(inView.inSource([LABEL], 10), [
    {
      ...LABEL,
      box: [0.5, 0.25, 0.25, 0.25],
      quad: [
        [0.5, 0.25],
        [0.75, 0.25],
        [0.75, 0.5],
        [0.5, 0.5],
      ],
    },
  ]);
  assert.deepEqual(inView.inSource([LABEL], 20), [LABEL]);
  const area: Label = { id: 2, label: 'road', score: 0.9, outline: [[0, 0, 1, 0, 1, 1]], share: 0.5 };
  assert.deepEqual(inView.inSource([area], 10), [
    { ...area, outline: [[0.5, 0.25, 0.75, 0.25, 0.75, 0.75]], share: 0.0625 },
  ]);
});

test('what frames showed is forgotten once no one can wait for their labels', () => {
  const inView = new FramesInView();
  for (let atMs = 0; atMs < 100; atMs += 1) push(inView, atMs, PART);
  assert.deepEqual(inView.inSource([LABEL], 0), [LABEL]);
  assert.notDeepEqual(inView.inSource([LABEL], 99), [LABEL]);
});
