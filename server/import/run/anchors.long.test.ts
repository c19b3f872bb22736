import assert from 'node:assert/strict';
import test from 'node:test';
import type { AnchorFamily } from '../deploy/heads/anchors.ts';
import { ImportError } from '../importError.ts';
import { samplePictures } from '../pictures/samplePictures.ts';
import {
  decoded,
  decodeKeras,
  decodeTorchvision,
  decodeYx,
  defaultBoxes,
  efficientDetAnchors,
  kerasAnchors,
  mediapipeSsdAnchors,
  torchvisionAnchors,
} from '../testing/anchors/authors.ts';
import { type ConstantOutput, constantDetector } from '../testing/detectorForms/constantDetector.ts';
import { type Raw, suppressed } from '../testing/grids/authors.ts';
import { decided, importBytes } from '../testing/importForTests.ts';
import { seeded } from '../testing/opHarness.ts';

/*
 * Detectors before decoding, under the names and in the shapes that their authors publish, with random numbers. What the
 * imported graph finds is what the authors' own programs make of the same numbers.
 */

const [cat] = await samplePictures();
assert.ok(cat);
const random = seeded(29);
type Rows = readonly (readonly number[])[];

/** Boxes near their anchors, so that some of each is in the picture, with signs that no decoded boxes have. */
const codes = (count: number, spread: number): number[][] =>
  Array.from({ length: count }, () => Array.from({ length: 4 }, () => (random() - 0.5) * spread));
/** Numbers before a sigmoid or softmax: few anchors are sure, and no two are equally so. */
const logits = (count: number, columns: number, sure: number, hasNothing: boolean): number[][] =>
  Array.from({ length: count }, (_, row) => {
    const isSure = row % Math.floor(count / 40) === 7;
    const best = (hasNothing ? 1 : 0) + Math.floor(random() * (columns - (hasNothing ? 1 : 0)));
    return Array.from({ length: columns }, (_, column) =>
      hasNothing && column === 0
        ? 2 + random()
        : isSure && column === best
          ? sure + 3 * random()
          : -6 - random(),
    );
  });

const table = (name: string, rows: Rows, sides = [rows.length, rows[0]?.length ?? 0]): ConstantOutput => ({
  name,
  shape: [1, ...sides],
  values: rows.flat(),
});
const columns = (name: string, rows: Rows): ConstantOutput => ({
  name,
  shape: [1, rows[0]?.length ?? 0, rows.length],
  values: (rows[0] ?? []).flatMap((_, column) => rows.map((row) => row[column] ?? 0)),
});
/** The rows of one grid as a map, h * w * anchors rows. */
function map(name: string, rows: Rows, side: number, isChannelsFirst: boolean): ConstantOutput {
  const perCell = rows.length / side ** 2;
  const channels = perCell * (rows[0]?.length ?? 0);
  if (!isChannelsFirst) return table(name, rows, [side, side, channels]);
  const cells = Array.from({ length: side ** 2 }, (_, cell) =>
    rows.slice(cell * perCell, (cell + 1) * perCell).flat(),
  );
  const values = Array.from({ length: channels }, (_, channel) =>
    cells.map((cell) => cell[channel] ?? 0),
  ).flat();
  return { name, shape: [1, channels, side, side], values };
}

interface Family {
  readonly input: readonly number[];
  /** None are said: COCO's are taken for 80, 90 and 91 columns. */
  readonly labels?: readonly string[];
  readonly outputs: readonly ConstantOutput[];
  readonly raw: readonly Raw[];
  readonly maxOverlap: number;
  readonly right: AnchorFamily;
  /** Whose they are, where nothing else says it. */
  readonly anchors?: AnchorFamily;
  readonly channels?: 'RGB' | 'BGR';
}

const THINGS = ['cat', 'dog', 'fox'];
const clip = (side: number) => [side, side] as const;
const sidesOf = (side: number) => [8, 16, 32, 64, 128].map((stride) => Math.ceil(side / stride));

function efficientDet(
  form: 'maps' | 'channels last' | 'table',
  count = 3,
  names: readonly [string, string] = ['regression', 'classification'],
): Family {
  const side = 256;
  const anchors = efficientDetAnchors(side);
  const [boxes, scores] = [codes(anchors.length, 0.6), logits(anchors.length, count, 0, false)];
  let from = 0;
  const levels = sidesOf(side).map((each) => {
    const start = from;
    from += 9 * each ** 2;
    return { each, boxes: boxes.slice(start, from), scores: scores.slice(start, from) };
  });
  const isFirst = form === 'maps';
  const outputs =
    form === 'table'
      ? [table(names[0], boxes), table(names[1], scores)]
      : [
          ...levels.map((level, at) => map(`class_net_${at}`, level.scores, level.each, isFirst)),
          ...levels.map((level, at) => map(`box_net_${at}`, level.boxes, level.each, isFirst)),
        ];
  return {
    input: form === 'channels last' ? [1, side, side, 3] : [1, 3, side, side],
    ...(count === 3 ? { labels: THINGS } : {}),
    outputs,
    raw: decoded(anchors, boxes, scores, decodeYx(1, 1), { ends: 'sigmoid', skip: 0, clip: clip(side) }),
    maxOverlap: 0.5,
    right: 'efficientdet',
    ...(form === 'table' && count === 3 ? { anchors: 'efficientdet' } : {}),
  };
}

/** A size that its steps do not divide: grids have one more cell, and steps are rounded down. */
function torchvisionRetinaNet(): Family {
  const [width, height] = [300, 200];
  const anchors = torchvisionAnchors(width, height);
  const [boxes, scores] = [codes(anchors.length, 0.6), logits(anchors.length, 91, 0, false)];
  return {
    input: [1, 3, height, width],
    outputs: [table('cls_logits', scores), table('bbox_regression', boxes)],
    raw: decoded(anchors, boxes, scores, decodeTorchvision([1, 1, 1, 1]), {
      ends: 'sigmoid',
      skip: 1,
      clip: [width, height],
    }),
    maxOverlap: 0.5,
    right: 'retinanet-torchvision',
  };
}

function kerasRetinaNet(): Family {
  const [width, height] = [320, 224];
  const anchors = kerasAnchors(width, height);
  const boxes = codes(anchors.length, 3);
  const scores = logits(anchors.length, 3, 0, false).map((row) => row.map((x) => 1 / (1 + Math.exp(-x))));
  return {
    input: [1, height, width, 3],
    labels: THINGS,
    outputs: [table('regression', boxes), table('classification', scores)],
    raw: decoded(anchors, boxes, scores, decodeKeras, { ends: 'none', skip: 0, clip: [width, height] }),
    maxOverlap: 0.5,
    right: 'retinanet-keras',
    anchors: 'retinanet-keras',
    channels: 'BGR',
  };
}

const SSD300 = {
  maps: [38, 19, 10, 5, 3, 1],
  ratios: [[2], [2, 3], [2, 3], [2, 3], [2], [2]],
  steps: [8, 16, 32, 64, 100, 300],
  coco: [0.07, 0.15, 0.33, 0.51, 0.69, 0.87, 1.05],
  voc: [30, 60, 111, 162, 213, 264, 315].map((size) => size / 300),
};

function ssd300(form: 'torchvision' | 'nvidia' | 'voc'): Family {
  const { maps, ratios, steps, coco, voc } = SSD300;
  const anchors = defaultBoxes(300, maps, form === 'voc' ? voc : coco, ratios, steps, form === 'nvidia');
  assert.equal(anchors.length, 8732);
  const [boxes, scores] = [codes(8732, 5), logits(8732, 4, 4, true)];
  const outputs = {
    torchvision: () => [table('cls_logits', scores), table('bbox_regression', boxes)],
    nvidia: () => [columns('ploc', boxes), columns('plabel', scores)],
    voc: () => [table('loc', boxes), table('conf', scores)],
  }[form]();
  return {
    input: [1, 3, 300, 300],
    labels: THINGS,
    outputs,
    raw: decoded(anchors, boxes, scores, decodeTorchvision([10, 10, 5, 5]), {
      ends: 'softmax',
      skip: 1,
      ...(form === 'voc' ? {} : { clip: clip(300) }),
    }),
    maxOverlap: 0.45,
    right: form === 'voc' ? 'ssd300-voc' : 'ssd300',
    ...(form === 'voc' ? { anchors: 'ssd300-voc' } : {}),
  };
}

function ssdlite(): Family {
  const scales = [0.2, 0.35, 0.5, 0.65, 0.8, 0.95, 1];
  const anchors = defaultBoxes(320, [20, 10, 5, 3, 2, 1], scales, Array(6).fill([2, 3]));
  assert.equal(anchors.length, 3234);
  const [boxes, scores] = [codes(3234, 5), logits(3234, 91, 8, true)];
  return {
    input: [1, 3, 320, 320],
    outputs: [table('bbox_regression', boxes), table('cls_logits', scores)],
    raw: decoded(anchors, boxes, scores, decodeTorchvision([10, 10, 5, 5]), {
      ends: 'softmax',
      skip: 1,
      clip: clip(320),
    }),
    maxOverlap: 0.55,
    right: 'ssdlite320',
  };
}

/** Before and after the axis of one is taken away: BoxPredictor's outputs, as freezing scripts name them. */
function tensorFlowSsd(isSqueezed: boolean): Family {
  const anchors = mediapipeSsdAnchors(300);
  assert.equal(anchors.length, 1917);
  const [boxes, scores] = [codes(1917, 5), logits(1917, 4, 0, true).map(([, ...rest]) => [-5, ...rest])];
  return {
    input: [1, 300, 300, 3],
    labels: THINGS,
    outputs: [table('concat', boxes, isSqueezed ? [1917, 4] : [1917, 1, 4]), table('concat_1', scores)],
    raw: decoded(anchors, boxes, scores, decodeYx(10, 5), { ends: 'sigmoid', skip: 1 }),
    maxOverlap: 0.6,
    right: 'ssd-tensorflow',
  };
}

const FAMILIES: Readonly<Record<string, () => Family>> = {
  'EfficientDet by levels': () => efficientDet('maps'),
  'EfficientDet by levels, channels last': () => efficientDet('channels last'),
  "EfficientDet in two tables of COCO's ids": () => efficientDet('table', 90),
  'EfficientDet in outputs that are called as those of a deployed graph': () =>
    efficientDet('table', 90, ['boxes', 'scores']),
  // Scores come first, and have as many columns as boxes.
  'EfficientDet of four classes in outputs without names': () => {
    const family = efficientDet('table', 4, ['1843', '1842']);
    return {
      ...family,
      labels: [...THINGS, 'hen'],
      outputs: family.outputs.toReversed(),
      anchors: 'efficientdet',
    };
  },
  'EfficientDet in two tables, as a person says': () => efficientDet('table'),
  "torchvision's RetinaNet": torchvisionRetinaNet,
  'keras-retinanet, as a person says': kerasRetinaNet,
  "torchvision's SSD300": () => ssd300('torchvision'),
  "NVIDIA's SSD300": () => ssd300('nvidia'),
  "ssd.pytorch's, as a person says": () => ssd300('voc'),
  "torchvision's SSDLite320": ssdlite,
  "TensorFlow's SSD": () => tensorFlowSsd(true),
  "TensorFlow's SSD with an axis of one": () => tensorFlowSsd(false),
};

for (const [name, make] of Object.entries(FAMILIES)) {
  test(`${name}: the graph finds what its authors' program finds`, async (t) => {
    const { input, labels, outputs, raw, maxOverlap, right, anchors, channels = 'RGB' } = make();
    const bytes = constantDetector({ input, outputs });
    const given = labels ? { labels: [...labels] } : {};
    if (anchors) {
      await assert.rejects(importBytes(t, bytes, given, { samples: [cat] }), (error) => {
        assert.ok(error instanceof ImportError);
        assert.equal(error.code, 'needs_options');
        assert.equal(error.question?.field, 'anchors');
        assert.ok(error.question?.choices.some(({ value }) => value === anchors));
        return true;
      });
    }
    const { report } = await importBytes(
      t,
      bytes,
      // The sample is stretched, so that boxes of the input are those of the picture.
      { ...given, ...(anchors ? { anchors } : {}), fit: 'stretch', minScore: 0.3 },
      { samples: [cat] },
    );
    assert.equal(decided(report, 'head'), 'anchors, inferred');
    assert.equal(decided(report, 'anchors'), `${right}, ${anchors ? 'given' : 'inferred'}`);
    assert.equal(decided(report, 'channels')?.split(',')[0], channels);
    const [width, height] = input[1] === 3 ? [input[3], input[2]] : [input[2], input[1]];
    const expected = suppressed(raw, maxOverlap, 0.3);
    const found = (report.samples[0]?.labels ?? []).filter(({ score }) => score > 0.3);
    assert.ok(found.length >= 3, `${found.length} found`);
    for (const [at, one] of found.entries()) {
      const best = expected[at];
      assert.ok(best && width && height, `${found.length} found, ${expected.length} expected`);
      if (labels) assert.equal(one.label, labels[best.line]);
      assert.ok(Math.abs(one.score - best.score) < 1e-4, `${one.score}, not ${best.score}`);
      const cut = (edge: number, of: number) => Math.min(1, Math.max(0, edge / of));
      const [left, top] = [cut(best.x1, width), cut(best.y1, height)];
      const box = [left, top, cut(best.x2, width) - left, cut(best.y2, height) - top];
      for (const [side, number] of box.entries()) {
        assert.ok(Math.abs((one.box?.[side] ?? 9) - number) < 1e-4, `${name}: ${one.box}, not ${box}`);
      }
    }
    const difference = report.goldens.largestDifference ?? 1;
    assert.ok(difference < 1e-4, `${difference}`);
  });
}

test('anchors that do not fit the size of the input are said to be wrong', async (t) => {
  const { input, outputs } = ssdlite();
  const bytes = constantDetector({ input, outputs });
  await assert.rejects(importBytes(t, bytes, { anchors: 'ssd300' }, { samples: [cat] }), {
    code: 'needs_options',
  });
});
