import assert from 'node:assert/strict';
import test from 'node:test';
import type { ModelInfo } from '../../protocol/messages.ts';
import type { PictureAnswer } from '../../vision/tasks/taskOf.ts';
import type { Tile } from '../../vision/tiles/planTiles.ts';
import { type DeviceAnswer, predictTiles } from './predictTiles.ts';

const model = (version = 'v') =>
  ({
    id: 'm',
    version,
    task: 'object-detection',
    input: { width: 300, height: 300, fit: 'stretch' },
  }) as ModelInfo;
const cup = (x: number): PictureAnswer => ({
  task: 'object-detection',
  detections: [{ label: 'cup', score: 0.9, box: [x, 0.4, 0.2, 0.2] }],
});
const said = (answer: PictureAnswer | undefined, version?: string): DeviceAnswer => ({
  model: model(version),
  labels: [],
  answer,
});
const nothing: PictureAnswer = { task: 'object-detection', detections: [] };
const picture = { width: 1_200, height: 800 };

test('what a tile shows lies in its place of the picture, and what the mirrored view shows on the other side', async () => {
  const { labels } = await predictTiles(
    said(nothing),
    picture,
    async ({ part: [x, y, width], isMirrored }) => {
      if (isMirrored) return said(cup(0.1));
      // The last of the four tiles.
      return said(x > 0.4 && y > 0.4 && width > 0.5 ? cup(0.4) : nothing);
    },
  );
  const boxes = labels.map(({ box }) => box);
  assert.equal(boxes.length, 2);
  const [start, side] = [0.75 / 1.75, 1 / 1.75];
  const expected = [start + 0.4 * side, start + 0.4 * side, 0.2 * side, 0.2 * side];
  const near = (box: readonly number[] | undefined, to: readonly number[]) =>
    box?.every((value, at) => Math.abs(value - (to[at] ?? 0)) < 0.001);
  assert.ok(
    boxes.some((box) => near(box, expected)),
    JSON.stringify(boxes),
  );
  assert.ok(
    boxes.some((box) => near(box, [0.7, 0.4, 0.2, 0.2])),
    JSON.stringify(boxes),
  );
});

test('tiles that another version saw are left out', async () => {
  const { labels } = await predictTiles(said(nothing), picture, async () => said(cup(0.4), 'next'));
  assert.deepEqual(labels, []);
});

test('a model that sees pictures as a whole is asked once', async () => {
  const seen: Tile[] = [];
  const see = async (tile: Tile) => {
    seen.push(tile);
    return said(nothing);
  };
  const embedding = said({ task: 'image-embedding', embedding: Float32Array.of(1) });
  assert.equal(await predictTiles(embedding, picture, see), embedding);
  const none = said(undefined);
  assert.equal(await predictTiles(none, picture, see), none);
  assert.deepEqual(seen, []);
});
