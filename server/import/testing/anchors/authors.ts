import type { Raw } from '../grids/authors.ts';

/*
 * Anchors and the decoding of boxes as authors of detectors write them (deploy/heads/anchors.ts names their files), without
 * anything of the product: y0, x0, y1, x1 where TensorFlow does so, loops where numpy stacks.
 */

type Row = readonly number[];
/** x0, y0, x1, y1 in pixels. */
type Corners = readonly [number, number, number, number];
const value = (row: Row | undefined, at: number): number => {
  const found = row?.[at];
  if (found === undefined) throw new Error(`no number ${at}`);
  return found;
};
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
function softmax(row: Row): number[] {
  const powers = row.map((x) => Math.exp(x - Math.max(...row)));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

/** effdet: _generate_anchor_configs and _generate_anchor_boxes with min_level 3, max_level 7, num_scales 3, anchor_scale 4. */
export function efficientDetAnchors(imageSize: number): Corners[] {
  const anchors: Corners[] = [];
  for (let level = 3; level <= 7; level++) {
    const stride = 2 ** level;
    for (let yv = stride / 2; yv < imageSize; yv += stride) {
      for (let xv = stride / 2; xv < imageSize; xv += stride) {
        for (let octave = 0; octave < 3; octave++) {
          for (const aspect of [
            [1.0, 1.0],
            [1.4, 0.7],
            [0.7, 1.4],
          ]) {
            const base = 4.0 * stride * 2 ** (octave / 3);
            const halfX = (base * value(aspect, 0)) / 2;
            const halfY = (base * value(aspect, 1)) / 2;
            anchors.push([xv - halfX, yv - halfY, xv + halfX, yv + halfY]);
          }
        }
      }
    }
  }
  return anchors;
}

/** torchvision's AnchorGenerator with sizes (x, int(x * 2 ** (1 / 3)), int(x * 2 ** (2 / 3))) and ratios 0.5, 1, 2. */
export function torchvisionAnchors(width: number, height: number): Corners[] {
  const anchors: Corners[] = [];
  // Python's round goes to the even neighbour of a half, as torch.round.
  const round = (x: number) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));
  [32, 64, 128, 256, 512].forEach((x, k) => {
    const scales = [x, Math.trunc(x * 2 ** (1.0 / 3)), Math.trunc(x * 2 ** (2.0 / 3))];
    const base = [0.5, 1.0, 2.0].flatMap((ratio) =>
      scales.map((scale) => {
        const [ws, hs] = [scale / Math.sqrt(ratio), scale * Math.sqrt(ratio)];
        return [round(-ws / 2), round(-hs / 2), round(ws / 2), round(hs / 2)] as const;
      }),
    );
    const [gridWidth, gridHeight] = [Math.ceil(width / (8 << k)), Math.ceil(height / (8 << k))];
    const [strideWidth, strideHeight] = [Math.floor(width / gridWidth), Math.floor(height / gridHeight)];
    for (let j = 0; j < gridHeight; j++) {
      for (let i = 0; i < gridWidth; i++) {
        const [shiftX, shiftY] = [i * strideWidth, j * strideHeight];
        for (const [x0, y0, x1, y1] of base) {
          anchors.push([shiftX + x0, shiftY + y0, shiftX + x1, shiftY + y1]);
        }
      }
    }
  });
  return anchors;
}

/** keras-retinanet: anchors_for_shape. */
export function kerasAnchors(width: number, height: number): Corners[] {
  const anchors: Corners[] = [];
  for (const p of [3, 4, 5, 6, 7]) {
    const [columns, lines] = [width, height].map((side) => Math.floor((side + 2 ** p - 1) / 2 ** p));
    for (let row = 0; row < (lines ?? 0); row++) {
      for (let column = 0; column < (columns ?? 0); column++) {
        for (const ratio of [0.5, 1, 2]) {
          for (const scale of [2 ** 0, 2 ** (1.0 / 3.0), 2 ** (2.0 / 3.0)]) {
            const area = (2 ** (p + 2) * scale) ** 2;
            const w = Math.sqrt(area / ratio);
            const h = w * ratio;
            const [x, y] = [(column + 0.5) * 2 ** p, (row + 0.5) * 2 ** p];
            anchors.push([x - w * 0.5, y - h * 0.5, x + w * 0.5, y + h * 0.5]);
          }
        }
      }
    }
  }
  return anchors;
}

/**
 * torchvision's DefaultBoxGenerator with clip=True; NVIDIA's DefaultBoxes and ssd.pytorch's PriorBox give the same boxes.
 * @param isBySize as NVIDIA orders them: all cells for one size, then for the next
 */
export function defaultBoxes(
  side: number,
  maps: readonly number[],
  scales: readonly number[],
  aspectRatios: readonly (readonly number[])[],
  steps?: readonly number[],
  isBySize = false,
): Corners[] {
  const boxes: Corners[] = [];
  maps.forEach((map, k) => {
    const [s, next] = [value(scales, k), value(scales, k + 1)];
    const pairs: [number, number][] = [
      [s, s],
      [Math.sqrt(s * next), Math.sqrt(s * next)],
    ];
    for (const ratio of aspectRatios[k] ?? []) {
      pairs.push([s * Math.sqrt(ratio), s / Math.sqrt(ratio)], [s / Math.sqrt(ratio), s * Math.sqrt(ratio)]);
    }
    const fk = steps ? side / value(steps, k) : map;
    const box = (i: number, j: number, [w, h]: [number, number]) => {
      const [cx, cy] = [(i + 0.5) / fk, (j + 0.5) / fk];
      const [halfW, halfH] = [Math.min(w, 1) / 2, Math.min(h, 1) / 2];
      boxes.push([(cx - halfW) * side, (cy - halfH) * side, (cx + halfW) * side, (cy + halfH) * side]);
    };
    const cells = Array.from({ length: map * map }, (_, at) => [at % map, Math.floor(at / map)] as const);
    if (isBySize) for (const pair of pairs) for (const [i, j] of cells) box(i, j, pair);
    else for (const [i, j] of cells) for (const pair of pairs) box(i, j, pair);
  });
  return boxes;
}

/** MediaPipe's SsdAnchorsCalculator with the options of object_detection_oid_v4_cpu.pbtxt. */
export function mediapipeSsdAnchors(side: number): Corners[] {
  const [min, max] = [0.2, 0.95];
  const strides = [16, 32, 64, 128, 256, 512];
  const anchors: Corners[] = [];
  strides.forEach((stride, layer) => {
    const scale = min + ((max - min) * layer) / (strides.length - 1);
    const [ratios, scales]: [number[], number[]] = [[], []];
    if (layer === 0) {
      ratios.push(1.0, 2.0, 0.5);
      scales.push(0.1, scale, scale);
    } else {
      for (const ratio of [1.0, 2.0, 0.5, 3.0, 0.3333]) {
        ratios.push(ratio);
        scales.push(scale);
      }
      const next =
        layer === strides.length - 1 ? 1.0 : min + ((max - min) * (layer + 1)) / (strides.length - 1);
      ratios.push(1.0);
      scales.push(Math.sqrt(scale * next));
    }
    const map = Math.ceil(side / stride);
    for (let y = 0; y < map; y++) {
      for (let x = 0; x < map; x++) {
        ratios.forEach((ratio, id) => {
          const h = value(scales, id) / Math.sqrt(ratio);
          const w = value(scales, id) * Math.sqrt(ratio);
          const [cx, cy] = [(x + 0.5) / map, (y + 0.5) / map];
          anchors.push([(cx - w / 2) * side, (cy - h / 2) * side, (cx + w / 2) * side, (cy + h / 2) * side]);
        });
      }
    }
  });
  return anchors;
}

/** A box from its four numbers and its anchor. */
type Decode = (row: Row, anchor: Corners) => Corners;

/** decode_box_outputs of automl and effdet, and TensorFlow's FasterRcnnBoxCoder with scale factors. */
export const decodeYx =
  (yScale: number, sizeScale: number): Decode =>
  (row, [x0, y0, x1, y1]) => {
    const [ha, wa] = [y1 - y0, x1 - x0];
    const [ty, tx] = [value(row, 0) / yScale, value(row, 1) / yScale];
    const [th, tw] = [value(row, 2) / sizeScale, value(row, 3) / sizeScale];
    const [w, h] = [Math.exp(tw) * wa, Math.exp(th) * ha];
    const ycenter = ty * ha + (y0 + y1) / 2;
    const xcenter = tx * wa + (x0 + x1) / 2;
    return [xcenter - w / 2, ycenter - h / 2, xcenter + w / 2, ycenter + h / 2];
  };

/** torchvision's BoxCoder.decode_single. */
export const decodeTorchvision =
  (weights: readonly [number, number, number, number]): Decode =>
  (row, [x0, y0, x1, y1]) => {
    const [widths, heights] = [x1 - x0, y1 - y0];
    const clip = Math.log(1000 / 16);
    const dx = value(row, 0) / weights[0];
    const dy = value(row, 1) / weights[1];
    const dw = Math.min(value(row, 2) / weights[2], clip);
    const dh = Math.min(value(row, 3) / weights[3], clip);
    const [ctrX, ctrY] = [x0 + 0.5 * widths + dx * widths, y0 + 0.5 * heights + dy * heights];
    const [w, h] = [Math.exp(dw) * widths, Math.exp(dh) * heights];
    return [ctrX - 0.5 * w, ctrY - 0.5 * h, ctrX + 0.5 * w, ctrY + 0.5 * h];
  };

/** keras-retinanet's bbox_transform_inv. */
export const decodeKeras: Decode = (row, [x0, y0, x1, y1]) => [
  x0 + value(row, 0) * 0.2 * (x1 - x0),
  y0 + value(row, 1) * 0.2 * (y1 - y0),
  x1 + value(row, 2) * 0.2 * (x1 - x0),
  y1 + value(row, 3) * 0.2 * (y1 - y0),
];

/**
 * Boxes and scores of all anchors, before suppression.
 * @param skip how many columns in front stand for nothing
 * @param clip cuts boxes to an input of that width and height
 */
export function decoded(
  anchors: readonly Corners[],
  boxes: readonly Row[],
  logits: readonly Row[],
  decode: Decode,
  {
    ends,
    skip,
    clip,
  }: { ends: 'sigmoid' | 'softmax' | 'none'; skip: number; clip?: readonly [number, number] },
): Raw[] {
  if (anchors.length !== boxes.length) throw new Error(`${anchors.length} anchors, ${boxes.length} boxes`);
  const within = (x: number, most: number | undefined) =>
    most === undefined ? x : Math.min(Math.max(x, 0), most);
  return anchors.flatMap((anchor, at) => {
    const [x1, y1, x2, y2] = decode(boxes[at] ?? [], anchor);
    const row = logits[at] ?? [];
    const scores = ends === 'softmax' ? softmax(row) : ends === 'sigmoid' ? row.map(sigmoid) : row;
    return scores.slice(skip).map((score, line) => ({
      x1: within(x1, clip?.[0]),
      y1: within(y1, clip?.[1]),
      x2: within(x2, clip?.[0]),
      y2: within(y2, clip?.[1]),
      score,
      line,
    }));
  });
}
