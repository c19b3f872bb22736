import { toObject } from 'flatbuffers/js/flexbuffers.js';
import * as v from 'valibot';
import { aboutTflite } from '../../../../protocol/sentences/tflite.ts';
import type { LowerOperator } from './operators.ts';

/** Of TFLite_Detection_PostProcess: how far the boxes were stretched for training. */
const Options = v.object({
  num_classes: v.pipe(v.number(), v.integer(), v.minValue(1)),
  y_scale: v.number(),
  x_scale: v.number(),
  h_scale: v.number(),
  w_scale: v.number(),
});

/** What the decoded boxes are called, whatever the file calls its outputs. */
export const POST_PROCESS = 'TFLite_Detection_PostProcess';
export const BOXES = 'boxes';
export const SCORES = 'scores';

/**
 * The end of a detector of TensorFlow's Object Detection API. Boxes are decoded from their anchors (top, left, bottom,
 * right, 0..1); overlapping ones stay, since whoever reads the graph suppresses them.
 */
const detectionPostProcess: LowerOperator = (ctx) => {
  const options = v.safeParse(Options, readOptions(ctx.op.customOptions));
  if (!options.success) throw ctx.malformed(aboutTflite('lite_options_unreadable'));
  const { num_classes, y_scale, x_scale, h_scale, w_scale } = options.output;
  const { lowering } = ctx;
  const pair = (of: string, from: number) =>
    lowering.add(
      'StridedSlice',
      [
        of,
        ...[
          [0, 0, from],
          [0, 0, from + 2],
          [1, 1, 1],
        ].map((ints) => lowering.addInts(ints)),
      ],
      {
        begin_mask: { i: 3 },
        end_mask: { i: 3 },
      },
    );
  const anchors = ctx.weights(2);
  const anchorPair = (from: number) => {
    const values = Array.from({ length: anchors.data.length / 4 }, (_, row) => [
      anchors.data[row * 4 + from] ?? 0,
      anchors.data[row * 4 + from + 1] ?? 0,
    ]).flat();
    return lowering.addFloats(values, [1, values.length / 2, 2]);
  };
  const codes = ctx.ref(0);
  const [centres, sides] = [anchorPair(0), anchorPair(2)];
  const moved = ctx.add('RealDiv', [pair(codes, 0), lowering.addFloats([y_scale, x_scale], [1, 1, 2])]);
  const centre = ctx.add('AddV2', [ctx.add('Mul', [moved, sides]), centres]);
  const stretched = ctx.add('RealDiv', [pair(codes, 2), lowering.addFloats([h_scale, w_scale], [1, 1, 2])]);
  const side = ctx.add('Mul', [ctx.add('Exp', [stretched]), sides]);
  const half = ctx.add('Mul', [side, lowering.addFloats([0.5], [])]);
  const corners = [ctx.add('Sub', [centre, half]), ctx.add('AddV2', [centre, half])];
  const boxes = lowering.add('ConcatV2', [...corners, lowering.addInts([-1], [])], {}, BOXES);
  const classes = ctx.tensor(1).shape.at(-1) ?? 0;
  // The first class is the background, where there is one more than there are names.
  const bounds = [
    [0, 0, classes - num_classes],
    [0, 0, classes],
    [1, 1, 1],
  ].map((ints) => lowering.addInts(ints));
  const masks = { begin_mask: { i: 3 }, end_mask: { i: 3 } };
  const scores = lowering.add('StridedSlice', [ctx.ref(1), ...bounds], masks, SCORES);
  ctx.op.outputs.forEach((output, i) => {
    lowering.setRef(output, i === 0 ? boxes : scores);
  });
};

function readOptions(bytes: Uint8Array): unknown {
  try {
    return toObject(Uint8Array.from(bytes).buffer);
  } catch {
    return undefined;
  }
}

export const postProcessOperators: Record<string, LowerOperator> = { [POST_PROCESS]: detectionPostProcess };
