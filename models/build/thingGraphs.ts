import { GraphParts } from '../../server/import/onnx/cutGraph.ts';
import { decodeModel, encodeModel, withFields } from '../../server/import/onnx/onnxBytes.ts';
import { OnnxGraph } from '../../server/import/onnx/onnxGraph.ts';
import { nodeProto, portProto, tensorProto } from '../../server/import/onnx/onnxModel.ts';
import { float32, int64 } from '../../server/import/onnx/tensor.ts';
import { EMBEDDING_SIZE } from '../../vision/things/taught.ts';
import { THING_SIDE_PX } from '../../vision/things/thingSide.ts';

/**
 * What the ninth block of the detector's network gives, [N, 64, 10, 10] for a picture of 160 pixels: what is behind it is about the
 * 80 kinds that the network was trained on, and tells things of one kind apart less well.
 */
export const CUT_AT =
  'FeatureExtractor/MobilenetV2/expanded_conv_9/ArithmeticOptimizer/AddOpsRewrite_Leaf_1_add';

const CHANNELS = 64;
/** Side of the map at the cut. */
export const MAP_SIDE = 10;
/** Cells on each side that the map is averaged in: where the parts of a thing are counts, but not to the pixel. */
const CELLS = 3;

/** The network up to the cut, with its channels averaged in cells: cell by cell, row by row, all channels of each. */
export function buildEmbedder(detector: Uint8Array): Uint8Array {
  const model = decodeModel(detector);
  const source = model.graph ?? {};
  const cut = new GraphParts(source).cut(model, [CUT_AT]);
  const back = new OnnxGraph();
  const shape = (sides: readonly number[]) => back.constant(int64(sides), 'back/shape');
  const flat = back.add('Reshape', [CUT_AT, shape([0, CHANNELS, MAP_SIDE ** 2])], {}, 'back/flat');
  const means = back.constant(float32([MAP_SIDE ** 2, CELLS ** 2], cellWeights()), 'back/means');
  const cells = back.add('MatMul', [flat, means], {}, 'back/cells');
  const turned = back.add('Transpose', [cells], { perm: { ints: [0, 2, 1] } }, 'back/turned');
  const embedding = back.add('Reshape', [turned, shape([0, EMBEDDING_SIZE])], {}, 'back/embedding');
  back.output({ name: 'embedding', dtype: 'float32', shape: ['N', EMBEDDING_SIZE] }, embedding);
  const side = THING_SIDE_PX;
  return encodeModel(
    withFields(cut, {
      graph: withFields(cut.graph ?? {}, {
        name: 'things',
        node: [...(cut.graph?.node ?? []), ...back.nodes.map(nodeProto)],
        initializer: [
          ...(cut.graph?.initializer ?? []),
          ...[...back.constants].map(([name, tensor]) => tensorProto(name, tensor)),
        ],
        input: [portProto({ name: 'image', dtype: 'uint8', shape: ['N', side, side, 3] })],
        output: back.outputs.map(portProto),
      }),
    }),
  );
}

/** How much each point of the map counts in each cell, [points, cells]: cells that do not end between two points share one. */
function cellWeights(): number[] {
  const spans = Array.from({ length: CELLS }, (_, cell) => ({
    from: Math.floor((cell * MAP_SIDE) / CELLS),
    to: Math.ceil(((cell + 1) * MAP_SIDE) / CELLS),
  }));
  const share = (at: number, { from, to }: (typeof spans)[number]) =>
    at >= from && at < to ? 1 / (to - from) : 0;
  return Array.from({ length: MAP_SIDE ** 2 }, (_, point) => {
    const [row, column] = [Math.floor(point / MAP_SIDE), point % MAP_SIDE];
    return spans.flatMap((rows) => spans.map((columns) => share(row, rows) * share(column, columns)));
  }).flat();
}
