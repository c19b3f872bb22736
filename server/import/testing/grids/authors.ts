/*
 * What authors of detectors do with the outputs, written down from their code (decide/outputs/grids.ts names it), without
 * anything of the product: the boxes and scores of all anchors, before suppression.
 */

/** A row of a table that stands for one anchor. */
type Row = readonly number[];
export interface Raw {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly score: number;
  readonly line: number;
  /** x and y of each key point, in pixels. */
  readonly points?: readonly number[];
}
const value = (row: Row | undefined, at: number): number => {
  const found = row?.[at];
  if (found === undefined) throw new Error(`no number ${at}`);
  return found;
};
const clamp = (score: number) => Math.min(Math.max(score, 0), 1);

/** YOLOX: demo_postprocess, then the best class of each (yolox/utils/boxes.py, postprocess). */
export function yolox(table: readonly Row[], side: number, strides: readonly number[]): Raw[] {
  const found: Raw[] = [];
  let at = 0;
  for (const stride of strides) {
    for (let yv = 0; yv < side / stride; yv++) {
      for (let xv = 0; xv < side / stride; xv++) {
        const row = table[at++];
        const cx = (value(row, 0) + xv) * stride;
        const cy = (value(row, 1) + yv) * stride;
        const w = Math.exp(value(row, 2)) * stride;
        const h = Math.exp(value(row, 3)) * stride;
        const classes = (row ?? []).slice(5);
        const best = Math.max(...classes);
        found.push({
          x1: cx - w / 2,
          y1: cy - h / 2,
          x2: cx + w / 2,
          y2: cy + h / 2,
          score: value(row, 4) * best,
          line: classes.indexOf(best),
        });
      }
    }
  }
  return found;
}

/** NanoDet and PicoDet: Integral over reg_max + 1 numbers, then distance2bbox. */
export function distributions(
  levels: readonly { scores: readonly Row[]; boxes: readonly Row[]; stride: number }[],
  side: number,
  shift: number,
): Raw[] {
  return levels.flatMap(({ scores, boxes, stride }) =>
    boxes.flatMap((row, at) => {
      const across = side / stride;
      const x = ((at % across) + shift) * stride;
      const y = (Math.floor(at / across) + shift) * stride;
      const bins = row.length / 4;
      const distances = [0, 1, 2, 3].map((edge) => {
        const powers = row.slice(edge * bins, edge * bins + bins).map(Math.exp);
        const sum = powers.reduce((a, b) => a + b);
        return powers.reduce((total, power, step) => total + (step * power) / sum, 0) * stride;
      });
      return (scores[at] ?? []).map((score, line) => ({
        x1: x - value(distances, 0),
        y1: y - value(distances, 1),
        x2: x + value(distances, 2),
        y2: y + value(distances, 3),
        score,
        line,
      }));
    }),
  );
}

/** OpenCV's YuNet: FaceDetectorYNImpl::postProcess. */
export function yunet(
  levels: readonly {
    cls: readonly Row[];
    obj: readonly Row[];
    bbox: readonly Row[];
    kps: readonly Row[];
    stride: number;
  }[],
  side: number,
): Raw[] {
  const found: Raw[] = [];
  for (const { cls, obj, bbox, kps, stride } of levels) {
    const cols = side / stride;
    for (let r = 0; r < cols; r++) {
      for (let c = 0; c < cols; c++) {
        const at = r * cols + c;
        const w = Math.exp(value(bbox[at], 2)) * stride;
        const h = Math.exp(value(bbox[at], 3)) * stride;
        const x1 = (c + value(bbox[at], 0)) * stride - w / 2;
        const y1 = (r + value(bbox[at], 1)) * stride - h / 2;
        const score = Math.sqrt(clamp(value(cls[at], 0)) * clamp(value(obj[at], 0)));
        const points = (kps[at] ?? []).map((place, axis) => (place + (axis % 2 === 0 ? c : r)) * stride);
        found.push({ x1, y1, x2: x1 + w, y2: y1 + h, score, line: 0, points });
      }
    }
  }
  return found;
}

/** InsightFace's SCRFD: forward, with two anchors in each cell, distance2bbox and distance2kps. */
export function scrfd(
  levels: readonly {
    scores: readonly Row[];
    boxes: readonly Row[];
    points: readonly Row[];
    stride: number;
  }[],
  side: number,
): Raw[] {
  return levels.flatMap(({ scores, boxes, points, stride }) => {
    const centres: [number, number][] = [];
    for (let y = 0; y < side / stride; y++) {
      for (let x = 0; x < side / stride; x++) {
        centres.push([x * stride, y * stride], [x * stride, y * stride]);
      }
    }
    return centres.map(([x, y], at) => ({
      x1: x - value(boxes[at], 0) * stride,
      y1: y - value(boxes[at], 1) * stride,
      x2: x + value(boxes[at], 2) * stride,
      y2: y + value(boxes[at], 3) * stride,
      score: value(scores[at], 0),
      line: 0,
      points: (points[at] ?? []).map((away, axis) => (axis % 2 === 0 ? x : y) + away * stride),
    }));
  });
}

/** MediaPipe: SsdAnchorsCalculator layer by layer, then DecodeBoxes with x_scale = the side of the input, and the sigmoid. */
export function mediapipe(
  boxes: readonly Row[],
  scores: readonly Row[],
  side: number,
  layers: readonly number[],
  perLayer = 2,
): Raw[] {
  const anchors: [number, number][] = [];
  for (let layer = 0; layer < layers.length; ) {
    const stride = layers[layer] ?? 1;
    let last = layer;
    while (layers[last] === stride) last++;
    const map = Math.ceil(side / stride);
    for (let y = 0; y < map; y++) {
      for (let x = 0; x < map; x++) {
        for (let each = 0; each < perLayer * (last - layer); each++)
          anchors.push([(x + 0.5) / map, (y + 0.5) / map]);
      }
    }
    layer = last;
  }
  return anchors.map(([ax, ay], at) => {
    const x = (value(boxes[at], 0) / side + ax) * side;
    const y = (value(boxes[at], 1) / side + ay) * side;
    const [w, h] = [value(boxes[at], 2), value(boxes[at], 3)];
    return {
      x1: x - w / 2,
      y1: y - h / 2,
      x2: x + w / 2,
      y2: y + h / 2,
      score: 1 / (1 + Math.exp(-value(scores[at], 0))),
      line: 0,
      points: (boxes[at] ?? [])
        .slice(4)
        .map((place, axis) => (place / side + (axis % 2 === 0 ? ax : ay)) * side),
    };
  });
}

/** Greedy suppression within each class, and corners cut to the input. */
export function suppressed(raw: readonly Raw[], maxOverlap: number, minScore: number): Raw[] {
  const area = ({ x1, y1, x2, y2 }: Raw) => Math.max(0, x2 - x1) * Math.max(0, y2 - y1);
  const kept: Raw[] = [];
  for (const one of raw.filter(({ score }) => score > minScore).sort((a, b) => b.score - a.score)) {
    const isFree = kept.every((other) => {
      const across = Math.min(one.x2, other.x2) - Math.max(one.x1, other.x1);
      const down = Math.min(one.y2, other.y2) - Math.max(one.y1, other.y1);
      const both = across > 0 && down > 0 ? across * down : 0;
      return other.line !== one.line || both / (area(one) + area(other) - both) <= maxOverlap;
    });
    if (isFree) kept.push(one);
  }
  return kept.slice(0, 100);
}
