import { aboutOutputs } from '../../../../protocol/sentences/outputs.ts';
import type { Cells, Columns, GridFamily, GridHead } from '../../deploy/heads/gridHead.ts';
import {
  areScores,
  boxesOf,
  cellCount,
  columnKinds,
  columnOf,
  type Evidence,
  type Reading,
  STRIDES,
  STRIDES_TO_64,
} from './evidence.ts';
import type { Output } from './found.ts';
import { followsGrid } from './grid.ts';

/*
 * Detectors whose outputs stand for the cells of grids, each as its authors decode it:
 * YOLOX: Megvii-BaseDetection/YOLOX, yolox/utils/demo_utils.py (demo_postprocess).
 * NanoDet: RangiLyu/nanodet, nanodet/model/head/gfl_head.py (anchors in the centres of cells), nanodet_plus_head.py (four grids,
 * anchors in the corners of cells).
 * PicoDet: PaddlePaddle/PaddleDetection, deploy/python/picodet_postprocess.py.
 * YuNet: opencv/opencv, modules/objdetect/src/face_detect.cpp.
 * SCRFD: deepinsight/insightface, python-package/insightface/model_zoo/retinaface.py.
 * BlazeFace, palms and poses: google-ai-edge/mediapipe, SsdAnchorsCalculator with fixed_anchor_size, whose two anchors for each
 * layer all stand in the centre of a cell, so that layers of one stride are one grid of more anchors.
 */

/** Numbers for each distance in NanoDet and PicoDet: reg_max + 1. */
const BINS = [8, 11, 17] as const;
/** MediaPipe's layers: the strides of detectors of faces (128 and 256 pixels), palms (256, 192) and poses (224), two anchors each. */
const MEDIAPIPE = [
  [8, 16, 16, 16],
  [16, 32, 32, 32],
  [8, 16, 32, 32, 32],
] as const;
/** Of faces farther away (192 pixels): one layer, whose cells have one anchor (`interpolated_scale_aspect_ratio: 0`). */
const MEDIAPIPE_FULL_RANGE = 4;

/** Reads boxes that still need the grids that they belong to. */
export function readGrids(evidence: Evidence): Reading<GridHead> | undefined {
  const tables = evidence.outputs.filter(({ dims }) => dims.length === 2);
  return readOneTable(tables, evidence) ?? readByGrid(tables, evidence) ?? readMediaPipe(tables, evidence);
}

/** YOLOX and NanoDet: all grids in one table. */
function readOneTable(tables: readonly Output[], evidence: Evidence): Reading<GridHead> | undefined {
  const { arrangement, labels } = evidence;
  const [table] = tables;
  if (table === undefined || evidence.outputs.length !== 1 || !table.batched) return undefined;
  const [rows = 0, count = 0] = table.dims;
  const strides = [STRIDES, STRIDES_TO_64].find((one) => cellCount(arrangement, one) === rows);
  if (strides === undefined) return undefined;
  const part = (from: number, to: number): Columns => ({ outputs: [table.name], count, from, to });
  const bins = BINS.find((one) => count - 4 * one === (labels.count ?? 80));
  if (bins !== undefined) {
    const classes = count - 4 * bins;
    if (columnKinds(table, classes, count) === 'scores') return undefined;
    return reading(evidence, {
      family: 'nanodet',
      cells: cellsOf(arrangement, strides, strides === STRIDES_TO_64 ? 0 : 0.5),
      coding: 'distributions',
      boxes: part(classes, count),
      scores: part(0, classes),
      activation: activationOf(columnKinds(table, 0, classes)),
    });
  }
  const classes = labels.count ?? count - 5;
  const isYolox =
    classes > 0 &&
    count === classes + 5 &&
    columnKinds(table, 4, count) === 'scores' &&
    !areScores(columnOf(table, 0).concat(columnOf(table, 2))) &&
    !followsGrid(boxesOf(table), strides, arrangement);
  if (!isYolox) return undefined;
  return reading(evidence, {
    family: 'yolox',
    cells: cellsOf(arrangement, strides),
    coding: 'logarithms',
    boxes: part(0, 4),
    scores: part(5, count),
    objectness: { ...part(4, 5), root: false },
    activation: 'none',
  });
}

/** YuNet, SCRFD, PicoDet and the first NanoDet: outputs of their own for each grid. */
function readByGrid(tables: readonly Output[], evidence: Evidence): Reading<GridHead> | undefined {
  const { arrangement, labels } = evidence;
  for (const [strides, perCell] of [
    [STRIDES_TO_64, 1],
    [STRIDES, 1],
    [STRIDES, 2],
  ] as const) {
    const cells = cellsOf(arrangement, strides, 0, perCell);
    const levels = strides.map((stride) =>
      tables.filter(({ dims }) => dims[0] === perCell * cellCount(arrangement, [stride])),
    );
    const sizes = (levels[0] ?? []).map(({ dims }) => dims[1] ?? 0);
    const isWhole = levels.every((level) => `${widthsOf(level)}` === `${widthsOf(levels[0] ?? [])}`);
    if (!isWhole || levels.flat().length !== evidence.outputs.length) continue;
    /** The tables of a width, one for each grid; `nth` where a grid has several. */
    const part = (width: number, nth = 0): Columns => ({
      outputs: levels.map((level) => level.filter(({ dims }) => dims[1] === width)[nth]?.name ?? ''),
      count: width,
      from: 0,
      to: width,
    });
    const [, two] = sizes.filter((width) => width === 1);
    if (sizes.includes(1) && sizes.includes(4) && sizes.every((width) => [1, 4, 10].includes(width))) {
      const isYunet = two !== undefined;
      // YuNet's are cut to 0..1 by its program; numbers before a sigmoid are of another detector.
      const areFinished = levels.flat().every((one) => one.dims[1] !== 1 || areScores(columnOf(one, 0)));
      if (!isYunet && !areFinished) continue;
      // YuNet's two scores are multiplied, whichever is which.
      return reading(evidence, {
        family: isYunet ? 'yunet' : 'scrfd',
        cells,
        coding: isYunet ? 'logarithms' : 'distances',
        boxes: part(4),
        scores: part(1),
        ...(isYunet ? { objectness: { ...part(1, 1), root: true } } : {}),
        activation: 'none',
      });
    }
    const bins = BINS.find((one) => sizes.includes(4 * one) && sizes.length === 2);
    const classes = sizes.find((width) => width !== 4 * (bins ?? 0)) ?? labels.count;
    if (bins === undefined || classes === undefined || perCell !== 1) continue;
    const scores = levels.flat().filter(({ dims }) => dims[1] === classes);
    const areAllScores = scores.every((one) => columnKinds(one, 0, classes) === 'scores');
    return reading(evidence, {
      family: strides === STRIDES_TO_64 ? 'picodet' : 'nanodet',
      cells: cellsOf(arrangement, strides, 0.5),
      coding: 'distributions',
      boxes: part(4 * bins),
      scores: part(classes),
      activation: areAllScores ? 'none' : 'sigmoid',
    });
  }
  return undefined;
}

/** A box and points for each anchor, in pixels, and one number before its sigmoid. */
function readMediaPipe(tables: readonly Output[], evidence: Evidence): Reading<GridHead> | undefined {
  const boxes = tables.find(({ dims: [, count = 0] }) => count > 4 && count % 2 === 0);
  const scores = tables.find(({ dims }) => dims[1] === 1 && dims[0] === boxes?.dims[0]);
  if (boxes === undefined || scores === undefined || evidence.outputs.length !== 2) return undefined;
  if (areScores(columnOf(scores, 0))) return undefined;
  const { width, height } = evidence.arrangement;
  const ofLayers = MEDIAPIPE.map((layers) =>
    [...new Set<number>(layers)].map((stride) => ({
      stride,
      perCell: 2 * layers.filter((layer) => layer === stride).length,
    })),
  );
  const cells = [...ofLayers, [{ stride: MEDIAPIPE_FULL_RANGE, perCell: 1 }]]
    .map((grids): Cells => ({ width, height, grids, offset: 0.5 }))
    .find((one) => rowsOf(one) === boxes.dims[0]);
  if (cells === undefined) return undefined;
  const [, count = 0] = boxes.dims;
  return reading(evidence, {
    family: 'mediapipe',
    cells,
    coding: 'pixels',
    boxes: { outputs: [boxes.name], count, from: 0, to: 4 },
    scores: { outputs: [scores.name], count: 1, from: 0, to: 1 },
    activation: 'sigmoid',
  });
}

const NAMES: Readonly<Record<GridFamily, string>> = {
  yolox: 'YOLOX',
  nanodet: 'NanoDet',
  picodet: 'PicoDet',
  yunet: 'YuNet',
  scrfd: 'SCRFD',
  mediapipe: 'MediaPipe',
};

type Found = Pick<GridHead, 'family' | 'cells' | 'coding' | 'boxes' | 'scores' | 'activation'> &
  Partial<Pick<GridHead, 'objectness'>>;

function reading({ outputs, arrangement }: Evidence, found: Found): Reading<GridHead> {
  const { boxes, scores, objectness, cells, family } = found;
  const names = [...new Set([boxes, scores, objectness].flatMap((part) => part?.outputs ?? []))];
  const anchors = rowsOf(cells);
  const head: GridHead = {
    kind: 'detection',
    head: 'grid',
    objectness,
    bestClassAlone: family === 'yolox',
    ...found,
    classes: scores.to - scores.from,
    order: 'left-top-right-bottom',
    unit: [arrangement.width, arrangement.height],
    outputs: names,
    batched: outputs.every(({ name, batched }) => batched || !names.includes(name)),
    anchors,
  };
  return {
    head,
    why: aboutOutputs('grids', {
      family: NAMES[family],
      anchors,
      strides: cells.grids.map(({ stride }) => stride),
      outputs: names.map((name) => `"${name}"`),
    }),
    // Points of faces.
    explains: outputs.filter(({ dims }) => dims[1] === 10).map(({ name }) => name),
  };
}

const activationOf = (kind: ReturnType<typeof columnKinds>) => (kind === 'scores' ? 'none' : 'sigmoid');

const widthsOf = (level: readonly Output[]) => level.map(({ dims }) => dims[1] ?? 0).sort((a, b) => a - b);

const cellsOf = (
  { width, height }: { width: number; height: number },
  strides: readonly number[],
  offset: Cells['offset'] = 0,
  perCell = 1,
): Cells => ({ width, height, grids: strides.map((stride) => ({ stride, perCell })), offset });

const rowsOf = ({ width, height, grids }: Cells): number =>
  grids.reduce((sum, { stride, perCell }) => sum + perCell * cellCount({ width, height }, [stride]), 0);
